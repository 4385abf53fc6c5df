import { useStore } from 'zustand';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { Button } from '../../ui/Button.tsx';
import { Head } from '../../ui/parts.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { ShellPane } from '../runs/ShellPane.tsx';

/** A shell on one node, as large as the window allows. */
export function ShellView({ node: id }: { readonly node: NodeId }) {
  const page = usePage();
  const words = useWords().sites;
  const nodes = useStore(page.sites, state => state.nodes.value);
  const node = nodes?.find(each => each.id === id);
  if (!node) return <Head title={nodes ? words.unknownNode : words.shell} />;
  return (
    <div className="whole-screen">
      <Head title={words.shellTitle(node.name)} says={words.shellSays}>
        <Button onClick={() => go({ is: 'sites' })}>{words.title}</Button>
      </Head>
      <ShellPane node={id} title={words.shellTitle(node.name)} />
    </div>
  );
}
