import { ListChecks, Play } from 'lucide-react';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { ByStick } from '../runs/ByStick.tsx';
import { PlanView } from '../runs/PlanView.tsx';
import { installAsk, planKey, showPlan, startInstall, startKey } from './actions.ts';

/** The plan, and the button that starts exactly it. */
export function PlanPart() {
  const page = usePage();
  const words = useWords().install;
  const plan = useStore(page.install, state => state.plan);
  const planning = useBusy(planKey);
  const starting = useBusy(startKey);
  if (!plan)
    return (
      <>
        <TaskLine task={planKey} label={words.planning} />
        <div className="row">
          <Button look="primary" icon={ListChecks} busy={planning} onClick={() => void showPlan(page)}>
            {words.showPlan}
          </Button>
        </div>
      </>
    );
  const run = (
    <Button look="primary" icon={Play} busy={starting} onClick={() => void startInstall(page)}>
      {words.run}
    </Button>
  );
  return (
    <>
      <PlanView plan={plan}>
        <ByStick
          plan={plan}
          wanted={installAsk(page, true)}
          busy={planning}
          choose={byStick => void showPlan(page, byStick)}
        />
        <TaskLine task={planKey} label={words.planning} />
        <div className="row between">
          <p>{words.planSays}</p>
          {run}
        </div>
      </PlanView>
      <TaskLine task={startKey} label={words.starting} />
    </>
  );
}
