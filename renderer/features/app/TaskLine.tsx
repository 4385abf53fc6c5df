import { CircleStop } from 'lucide-react';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { useWords } from '../../words/context.ts';
import { clearTask, stopTask } from './ask.ts';
import { usePage } from './page.ts';
import { useTask } from './use-task.ts';

/** A task where it was started: its progress and a way to stop it, or why it failed. Nothing once it is done. */
export function TaskLine({
  task: key,
  label,
  again,
}: {
  readonly task: string;
  readonly label: string;
  /** Does it once more; offered after a failure. */
  readonly again?: () => void;
}) {
  const page = usePage();
  const words = useWords().ui;
  const task = useTask(key);
  if (task?.is === 'failed')
    return (
      <FailurePanel failure={task.failure}>
        {again && (
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
