import { useStore } from 'zustand';
import type { Machine } from '../../../preload/contract/scan.ts';
import { usePage } from '../app/page.ts';
import { AddNode } from '../sites/AddNode.tsx';
import { siteOf } from '../sites/store.ts';
import { closeSheet, loadInventory } from './actions.ts';
import { ForgetMachine, JoinSite } from './Confirm.tsx';
import { MachineDialog } from './MachineDialog.tsx';
import { addressOf } from './machines.ts';

/** What a machine is called when it becomes a node; its address alone is no name. */
const nodeName = ({ name, addresses }: Machine): string =>
  addresses.some(({ address }) => address === name) ? '' : name;

/** The one dialog that stands over the screen: a machine, or something that is done with it. */
export function MachineSheet() {
  const page = usePage();
  const sheet = useStore(page.map, state => state.sheet);
  const machine = useStore(page.map, ({ inventory }) =>
    inventory.value?.machines.find(({ id }) => id === sheet?.machine),
  );
  const site = useStore(page.sites, siteOf);
  if (!sheet || !machine) return null;
  const close = (): void => closeSheet(page);
  switch (sheet.is) {
    case 'machine':
      return <MachineDialog key={machine.id} machine={machine} site={site} />;
    case 'join':
      return site ? <JoinSite machine={machine} site={site} onClose={close} /> : null;
    case 'forget':
      return <ForgetMachine machine={machine} onClose={close} />;
    case 'add':
      return site ? (
        <AddNode
          site={site.id}
          initial={{
            name: nodeName(machine),
            address: machine.ssh?.address ?? addressOf(machine) ?? '',
            port: machine.ssh?.port ?? 22,
          }}
          onClose={() => {
            close();
            void loadInventory(page);
          }}
        />
      ) : null;
    default:
      return sheet.is satisfies never;
  }
}
