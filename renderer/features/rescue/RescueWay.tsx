import { LifeBuoy } from 'lucide-react';
import { useStore } from 'zustand';
import type { Failure } from '../../../preload/contract/failure.ts';
import { Button } from '../../ui/Button.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { nodeAbout, saysNoAnswer } from './about.ts';

/** The way from any failure of a silent node to its rescue. */
export function RescueWay({ failure }: { readonly failure: Failure }) {
  const page = usePage();
  const words = useWords().rescue;
  // The rescue itself has nothing to lead to, and a run has the same button for exactly its node.
  const here = useStore(page.app, ({ route }) => ['rescue', 'console', 'run'].includes(route.is));
  const node = useStore(page.sites, ({ nodes }) => nodeAbout(nodes.value ?? [], failure));
  if (here || !saysNoAnswer(failure)) return null;
  return (
    <Button icon={LifeBuoy} onClick={() => go({ is: 'rescue', ...(node !== undefined && { node }) })}>
      {words.openThis}
    </Button>
  );
}
