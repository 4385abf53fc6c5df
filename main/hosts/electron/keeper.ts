import { safeStorage } from 'electron';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../../core/secret.ts';
import type { Keeper } from '../../machine/vault.ts';

/** On Linux Electron may fall back to a fixed password (`basic_text`), which keeps nothing; other systems have one store. */
function backendNow(): string {
  if (!safeStorage.isEncryptionAvailable()) return 'unknown';
  if (process.platform === 'linux') return safeStorage.getSelectedStorageBackend();
  return process.platform === 'darwin' ? 'keychain' : 'dpapi';
}

/**
 * The operating system's key store by way of Electron, which encrypts but does not keep: what it encrypted lies in files
 * of `folder`. Use it once the app is ready. What can no longer be decrypted counts as not kept.
 */
export function safeStorageKeeper(folder: string): Keeper {
  const at = (name: string): string => join(folder, `${name}.kept`);
  return {
    backend: backendNow(),
    get: async name => {
      try {
        return new Secret(safeStorage.decryptString(await readFile(at(name))));
      } catch {
        return undefined;
      }
    },
    set: async (name, secret) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(`${at(name)}.new`, safeStorage.encryptString(secret.reveal()), { mode: 0o600 });
      await rename(`${at(name)}.new`, at(name));
    },
    delete: async name => {
      await rm(at(name), { force: true });
    },
  };
}
