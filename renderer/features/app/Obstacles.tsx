import { useStore } from 'zustand';
import { VaultDialog } from '../settings/VaultDialog.tsx';
import { HostKeyDialog } from '../sites/HostKeyDialog.tsx';
import { SecretDialog } from '../sites/SecretDialog.tsx';
import { usePage } from './page.ts';

/** The dialog for what stands in the way just now. */
export function Obstacles() {
  const page = usePage();
  const facing = useStore(page.app, state => state.facing);
  if (!facing) return null;
  const { obstacle, done } = facing;
  switch (obstacle.is) {
    case 'host-key':
      return <HostKeyDialog obstacle={obstacle} done={done} />;
    case 'secret':
      return <SecretDialog obstacle={obstacle} done={done} />;
    case 'vault':
      return <VaultDialog onDone={() => done(true)} onClose={() => done(false)} />;
    default:
      return obstacle satisfies never;
  }
}
