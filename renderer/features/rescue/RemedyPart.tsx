import { Undo2, Wrench } from 'lucide-react';
import { useStore } from 'zustand';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { Empty } from '../../ui/parts.tsx';
import { Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { usePage } from '../app/page.ts';
import { RemedyAsked } from '../remedies/RemedyAsked.tsx';
import { openPart } from './actions.ts';

/** The chosen remedy: its questions, its plan, and the button that runs exactly that. */
export function RemedyPart({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const words = useWords().rescue.remedy;
  const state = useStore(page.remedies);
  const { chosen, form } = state;
  const back = (
    <Button look="quiet" icon={Undo2} onClick={() => openPart(page, 'doctor')}>
      {words.toDoctor}
    </Button>
  );
  if (state.node !== node.id || !chosen)
    return (
      <Empty icon={Wrench} title={words.none} says={words.noneSays}>
        {back}
      </Empty>
    );
  return (
    <>
      <div className="row between">
        <h3>{form?.title ?? chosen.title}</h3>
        {back}
      </div>
      {chosen.mayLose !== undefined && (
        <Banner tone="warn" title={words.mayLose}>
          <p>{chosen.mayLose}</p>
        </Banner>
      )}
      <RemedyAsked node={node} />
    </>
  );
}
