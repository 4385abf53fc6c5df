import type { NodeLook, SiteNode } from '../../../preload/contract/domain.ts';
import { useStore } from 'zustand';
import { Button } from '../../ui/Button.tsx';
import { FailurePanel } from '../../ui/FailurePanel.tsx';
import { Facts, Short } from '../../ui/parts.tsx';
import { Badge, Banner } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';
import { clearTask, passwordAgain } from '../app/ask.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { useTask } from '../app/use-task.ts';
import { chooseNode } from '../install/actions.ts';
import { lookAt, lookKey } from './actions.ts';

/** What a look gave, or why it gave nothing. */
export function Looked({ node }: { readonly node: SiteNode }) {
  const page = usePage();
  const all = useWords();
  const words = all.sites;
  const look = useStore(page.sites, state => state.looks[node.id]);
  const task = useTask(lookKey(node.id));
  if (task?.is === 'failed') {
    const wrong = task.failure.code === 'login-refused';
    return (
      <FailurePanel failure={task.failure}>
        {wrong && (
          <Button
            look="primary"
            onClick={() => void passwordAgain(page, node.id, task.failure, () => lookAt(page, node.id))}
          >
            {words.enterPassword}
          </Button>
        )}
        <Button look={wrong ? 'plain' : 'primary'} onClick={() => void lookAt(page, node.id)}>
          {all.ui.tryAgain}
        </Button>
        <Button look="quiet" onClick={() => clearTask(page, lookKey(node.id))}>
          {all.ui.close}
        </Button>
      </FailurePanel>
    );
  }
  if (task?.is === 'busy')
    return (
      <p className="hint" role="status">
        {words.looking(node.name)}
      </p>
    );
  return look ? <LookCard node={node} look={look} /> : null;
}

function LookCard({ node, look }: { readonly node: SiteNode; readonly look: NodeLook }) {
  const page = usePage();
  const words = useWords().sites;
  return (
    <section className="card" role="status" aria-label={words.looked(node.name)}>
      <Banner tone="good" title={words.looked(node.name)}>
        <p>{words.lookedSays}</p>
      </Banner>
      <Facts
        facts={[
          [words.facts.hostname, look.hostname],
          [words.facts.os, look.os],
          [words.facts.kernel, look.kernel],
          [words.facts.arch, look.arch],
          [
            words.facts.sudo,
            <Badge key="sudo" tone={look.sudo === 'none' ? 'bad' : 'good'}>
              {words.sudo[look.sudo]}
            </Badge>,
          ],
          [words.facts.k3s, look.k3s ?? words.noK3s],
          [words.facts.machineId, <Short key="id">{look.machineId}</Short>],
          [
            words.facts.hostKey,
            <code key="key" className="code">
              {look.hostKey}
            </code>,
          ],
        ]}
      />
      {look.k3s === undefined && look.sudo !== 'none' && (
        <div className="row">
          <Button
            look="primary"
            onClick={() => {
              void chooseNode(page, node.id);
              go({ is: 'install' });
            }}
          >
            {words.install}
          </Button>
        </div>
      )}
    </section>
  );
}
