import { ListChecks, Play } from 'lucide-react';
import { useStore } from 'zustand';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { TextField } from '../../ui/Field.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { ByStick } from '../runs/ByStick.tsx';
import { PlanView } from '../runs/PlanView.tsx';
import {
  answer,
  changeAnswers,
  fetchForm,
  formKey,
  planKey,
  remedyAsk,
  showPlan,
  startKey,
  startRemedy,
  typeName,
} from './actions.ts';
import { isReady } from './draft.ts';
import { RemedyFields } from './RemedyFields.tsx';

/** What the chosen remedy asks, then its plan, and the button that runs exactly that. */
export function RemedyAsked({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const words = useWords().rescue.remedy;
  const { form, plan } = useStore(page.remedies);
  return (
    <>
      <TaskLine task={formKey} label={words.asking} node={node.id} again={() => void fetchForm(page)} />
      {form && (plan ? <ThePlan /> : <Questions node={node} />)}
    </>
  );
}

function Questions({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const words = useWords().rescue.remedy;
  const { form, draft, typedName } = useStore(page.remedies);
  const planning = useBusy(planKey);
  if (!form) return null;
  const ready = isReady(form, typedName, node.name);
  return (
    <form
      className="form"
      onSubmit={event => {
        event.preventDefault();
        if (ready && !planning) void showPlan(page);
      }}
    >
      {form.says !== '' && <p>{form.says}</p>}
      <RemedyFields
        fields={form.fields}
        draft={draft}
        onAnswer={(name, value) => answer(page, name, value)}
      />
      {form.typedName && (
        <TextField
          label={words.typeLabel}
          hint={words.type(node.name)}
          value={typedName}
          onValue={typed => typeName(page, typed)}
        />
      )}
      <TaskLine task={planKey} label={words.planning} />
      <div className="row">
        <Button look="primary" type="submit" icon={ListChecks} busy={planning} disabled={!ready}>
          {words.showPlan}
        </Button>
      </div>
    </form>
  );
}

function ThePlan() {
  const page = usePage();
  const words = useWords().rescue.remedy;
  const { plan } = useStore(page.remedies);
  const planning = useBusy(planKey);
  const starting = useBusy(startKey);
  if (!plan) return null;
  return (
    <PlanView plan={plan}>
      <ByStick
        plan={plan}
        wanted={remedyAsk(page, true)}
        busy={planning}
        choose={byStick => void showPlan(page, byStick)}
      />
      <TaskLine task={planKey} label={words.planning} />
      <p>{words.planSays}</p>
      <div className="row">
        <Button look="primary" icon={Play} busy={starting} onClick={() => void startRemedy(page)}>
          {words.run}
        </Button>
        <Button look="quiet" onClick={() => changeAnswers(page)}>
          {words.change}
        </Button>
      </div>
      <TaskLine task={startKey} label={words.starting} />
    </PlanView>
  );
}
