import { Eye, HardDriveDownload, LifeBuoy, Link2, Plus, SquareTerminal, Trash2 } from 'lucide-react';
import { useStore } from 'zustand';
import type { Site, SiteNode } from '../../../preload/contract/domain.ts';
import type { Machine } from '../../../preload/contract/scan.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { useWords } from '../../words/context.ts';
import { go } from '../app/actions.ts';
import { usePage } from '../app/page.ts';
import { useBusy } from '../app/use-task.ts';
import type { Route } from '../app/route.ts';
import { chooseNode } from '../install/actions.ts';
import { lookAt, lookKey } from '../sites/actions.ts';
import { Looked } from '../sites/Looked.tsx';
import { closeSheet, openSheet } from './actions.ts';
import { MachineFacts } from './MachineFacts.tsx';

/** Everything known of one machine, and what can be done with it. */
export function MachineDialog({
  machine,
  site,
}: {
  readonly machine: Machine;
  readonly site: Site | undefined;
}) {
  const page = usePage();
  const all = useWords();
  const words = all.map.machine;
  const node = useStore(page.sites, ({ nodes }) => nodes.value?.find(({ id }) => id === machine.node));
  const isSerialOnly = machine.serial !== undefined && machine.addresses.length === 0;
  return (
    <Dialog
      wide
      title={machine.name}
      onClose={() => closeSheet(page)}
      foot={<Button onClick={() => closeSheet(page)}>{all.ui.close}</Button>}
    >
      <div className="row tight">
        {node ? <NodeDeeds node={node} machine={machine} /> : <Adding machine={machine} site={site} />}
        <Joining machine={machine} site={site} />
        <Button
          look="danger"
          icon={Trash2}
          onClick={() => openSheet(page, { is: 'forget', machine: machine.id })}
        >
          {words.forget}
        </Button>
      </div>
      {!node && (
        <p className="hint">{site ? (isSerialOnly ? words.serialFirst : words.addFirst) : words.siteFirst}</p>
      )}
      {node && <Looked node={node} />}
      <MachineFacts machine={machine} />
    </Dialog>
  );
}

/** Goes to another screen; the dialog does not wait there for the way back. */
function useLeave(): (route: Route) => void {
  const page = usePage();
  return route => {
    closeSheet(page);
    go(route);
  };
}

function NodeDeeds({ node, machine }: { readonly node: SiteNode; readonly machine: Machine }) {
  const page = usePage();
  const words = useWords().map.machine;
  const leave = useLeave();
  const runsKubernetes = /^(k3s|rke2|kubernetes|talos)/.test(machine.kind);
  return (
    <>
      <Button look="primary" icon={SquareTerminal} onClick={() => leave({ is: 'shell', node: node.id })}>
        {words.connect}
      </Button>
      <Button icon={Eye} busy={useBusy(lookKey(node.id))} onClick={() => void lookAt(page, node.id)}>
        {words.look}
      </Button>
      {!runsKubernetes && (
        <Button
          icon={HardDriveDownload}
          onClick={() => {
            void chooseNode(page, node.id);
            leave({ is: 'install' });
          }}
        >
          {words.install}
        </Button>
      )}
      <Button icon={LifeBuoy} onClick={() => leave({ is: 'rescue', node: node.id })}>
        {words.rescue}
      </Button>
    </>
  );
}

function Adding({ machine, site }: { readonly machine: Machine; readonly site: Site | undefined }) {
  const page = usePage();
  const words = useWords().map.machine;
  const leave = useLeave();
  const { serial } = machine;
  // Nobody is led to log in where another machine pretends to be his.
  const ssh = machine.cluster.is === 'claims' ? undefined : machine.ssh;
  return (
    <>
      {site ? (
        <Button
          look={ssh ? 'primary' : 'plain'}
          icon={Plus}
          onClick={() => openSheet(page, { is: 'add', machine: machine.id })}
        >
          {words.addNode}
        </Button>
      ) : (
        <Button onClick={() => leave({ is: 'sites' })}>{words.toSites}</Button>
      )}
      {serial !== undefined && (
        <Button
          look={ssh ? 'plain' : 'primary'}
          icon={SquareTerminal}
          onClick={() => leave({ is: 'console', port: serial })}
        >
          {words.console}
        </Button>
      )}
    </>
  );
}

/** Only a cluster that proved its CA, and that no site has, can be said to be this site's. */
function Joining({ machine, site }: { readonly machine: Machine; readonly site: Site | undefined }) {
  const page = usePage();
  const words = useWords().map.machine;
  const { cluster } = machine;
  if (cluster.is !== 'unknown' || cluster.caHash === undefined || !site) return null;
  return (
    <Button icon={Link2} onClick={() => openSheet(page, { is: 'join', machine: machine.id })}>
      {words.join(site.name)}
    </Button>
  );
}
