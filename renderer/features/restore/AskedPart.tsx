import { ListChecks } from 'lucide-react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { RemedyFields } from '../remedies/RemedyFields.tsx';
import { answerRestore, fetchRestoreForm, planRestore, restoreFormKey, restorePlanKey } from './actions.ts';

/** What the chosen way back asks, once every node was looked at. */
export function AskedPart() {
  const page = usePage();
  const words = useWords().restore.asked;
  const { form, draft, node } = useStore(page.restore);
  const planning = useBusy(restorePlanKey);
  return (
    <>
      <TaskLine
        task={restoreFormKey}
        label={words.looking}
        node={node}
        again={() => void fetchRestoreForm(page)}
      />
      {form && (
        <form
          className="form"
          onSubmit={event => {
            event.preventDefault();
            if (!planning) void planRestore(page);
          }}
        >
          <p>{form.says}</p>
          {form.fields.length === 0 && <p className="hint">{words.nothing}</p>}
          <RemedyFields
            fields={form.fields}
            draft={draft}
            onAnswer={(name, value) => answerRestore(page, name, value)}
          />
          <TaskLine task={restorePlanKey} label={words.planning} />
          <div className="row">
            <Button look="primary" type="submit" icon={ListChecks} busy={planning}>
              {words.showPlan}
            </Button>
          </div>
        </form>
      )}
    </>
  );
}
