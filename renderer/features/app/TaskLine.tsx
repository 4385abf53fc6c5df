import { CircleStop } from 'lucide-react';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { useWords } from '../../words/context.ts';
import { clearTask, passwordAgain, stopTask } from './ask.ts';
import { usePage } from './page.ts';
import { useTask } from './use-task.ts';

/** A task where it was started: its progress and a way to stop it, or why it failed. Nothing once it is done. */
export function TaskLine({
  task: key,
  label,
  again,
  node,
}: {
  readonly task: string;
  readonly label: string;
  /** Does it once more; offered after a failure. */
  readonly again?: () => void;
  /** Whose login it was: a refused one can be given anew. */
  readonly node?: NodeId | undefined;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.ui;
  const task = useTask(key);
  const refused = node !== undefined && task?.is === 'failed' && task.failure.code === 'login-refused';
  if (task?.is === 'failed')
    return (
      <FailurePanel failure={task.failure}>
        {again && refused && (
          <Button look="primary" onClick={() => void passwordAgain(page, node, task.failure, again)}>
            {all.sites.enterPassword}
          </Button>
        )}
        {again && !refused && (
          <Button look="primary" onClick={again}>
            {words.tryAgain}
          </Button>
        )}
        <Button look="quiet" onClick={() => clearTask(page, key)}>
          {words.close}
        </Button>
      </FailurePanel>
    );
  if (task?.is !== 'busy') return null;
  return (
    <div className="task" role="group" aria-label={label}>
      <ProgressBar progress={task.progress ?? { what: label, done: 0, unit: 'steps' }} label={label} />
      <Button icon={CircleStop} busy={task.stopping} onClick={() => stopTask(page, key)}>
        {task.stopping ? words.stopping : words.stop}
      </Button>
    </div>
  );
}
