import { ListChecks, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Plan } from '../../../preload/contract/domain.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { ask, task } from '../app/ask.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { startRun } from './actions.ts';
import { PlanView } from './PlanView.tsx';

const removeKey = (node: NodeId): string => `remove:${node}`;

/** The way back: the node's name typed, the plan seen, then the run. */
export function RemoveK3s({
  node,
  name,
  onClose,
}: {
  readonly node: NodeId;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.runs.back;
  const [typedName, setTypedName] = useState('');
  const [plan, setPlan] = useState<Plan>();
  const busy = useBusy(removeKey(node));
  const wanted = { is: 'remove-k3s', node, typedName } as const;
  const makePlan = (): void =>
    void task(page, removeKey(node), how => ask(page, 'run.plan', { ask: wanted }, how)).then(setPlan);
  const start = async (digest: string): Promise<void> => {
    const run = await task(page, removeKey(node), how => startRun(page, wanted, digest, how));
    if (!run) return;
    onClose();
    go({ is: 'run', run: run.id });
  };
  return (
    <Dialog
      wide={plan !== undefined}
      title={words.dialog(name)}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{all.ui.cancel}</Button>
          {plan ? (
            <Button look="danger" icon={Trash2} busy={busy} onClick={() => void start(plan.digest)}>
              {words.run}
            </Button>
          ) : (
            <Button
              look="primary"
              icon={ListChecks}
              busy={busy}
              disabled={typedName !== name}
              onClick={makePlan}
            >
              {words.plan}
            </Button>
          )}
        </>
      }
    >
      <Banner tone="warn" title={words.warn}>
        <p>{words.says}</p>
      </Banner>
      {plan ? (
        <PlanView plan={plan} />
      ) : (
        <form
          onSubmit={event => {
            event.preventDefault();
            if (typedName === name) makePlan();
          }}
        >
          <p>{words.type(name)}</p>
          <TextField label={words.label} value={typedName} onValue={setTypedName} />
        </form>
      )}
      <TaskLine task={removeKey(node)} label={plan ? words.starting : words.planning} />
    </Dialog>
  );
}
