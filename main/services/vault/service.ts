import type { About } from '../../../preload/contract/domain.ts';
import type { CallHandlers } from '../../bridge/handlers.ts';
import { Secret } from '../../core/secret.ts';
import type { KeptVault } from '../../ports.ts';

type VaultCalls =
  'vault.create' | 'vault.unlock' | 'vault.lock' | 'vault.change' | 'vault.remember' | 'vault.forget';

/** What the technician does with the vault itself. Every answer tells how the app stands afterwards. */
export function vaultService({
  vault,
  about,
}: {
  readonly vault: KeptVault;
  readonly about: () => About;
}): Pick<CallHandlers, VaultCalls> {
  return {
    'vault.create': async ({ passphrase }) => {
      await vault.create(new Secret(passphrase));
      return about();
    },
    'vault.unlock': async ({ passphrase }) => {
      await vault.unlock(new Secret(passphrase));
      return about();
    },
    'vault.lock': () => {
      vault.lock();
      return about();
    },
    'vault.change': async ({ old, fresh }) => {
      await vault.change(new Secret(old), new Secret(fresh));
      return about();
    },
    'vault.remember': async () => {
      await vault.remember();
      return about();
    },
    'vault.forget': async () => {
      await vault.forget();
      return about();
    },
  };
}
