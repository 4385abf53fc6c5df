import { Network, Stethoscope } from 'lucide-react';
import { useStore } from 'zustand';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { TaskLine } from '../app/TaskLine.tsx';
import { useBusy } from '../app/use-task.ts';
import { examineKey } from '../doctor/actions.ts';
import { ExaminationView } from '../doctor/ExaminationView.tsx';
import { examinationOf } from '../doctor/store.ts';
import { chooseRemedy } from '../remedies/actions.ts';
import { examineFor, openPart } from './actions.ts';

/** The doctor: asks, changes nothing, and names the cause. */
export function DoctorPart({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const all = useWords();
  const words = all.doctor;
  const examination = useStore(page.doctor, state => examinationOf(state, node.id));
  const key = examineKey(node.id);
  const busy = useBusy(key);
  const cabled = useStore(page.rescue, ({ way }) => way?.is === 'port');
  const well = !busy && examination?.state === 'done' && examination.verdict === 'healthy';
  const again = (): void => void examineFor(page, node.id);
  return (
    <>
      {!examination && <p>{words.says}</p>}
      <TaskLine task={key} label={words.examining} node={node.id} again={again} />
      {examination && (
        <ExaminationView
          examination={examination}
          onRemedy={remedy => {
            void chooseRemedy(page, node.id, remedy);
            openPart(page, 'remedy');
          }}
        />
      )}
      <div className="row">
        {well && cabled && (
          <Button look="primary" icon={Network} onClick={() => openPart(page, 'back')}>
            {all.rescue.parts.back}
          </Button>
        )}
        <Button
          look={examination && !busy ? 'plain' : 'primary'}
          icon={Stethoscope}
          busy={busy}
          onClick={again}
        >
          {examination && !busy ? words.examineAgain : words.examine}
        </Button>
      </div>
    </>
  );
}
