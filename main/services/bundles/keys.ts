import { join } from 'node:path';
import { publicKey } from '../../core/minisign.ts';
import type { PublicKey } from '../../core/minisign.ts';
import type { Files } from '../../ports.ts';

/** A key whose signature on a bundle counts. What a practice key signs is practice. */
export interface TrustedKey extends PublicKey {
  readonly practice: boolean;
}

const mostKeyBytes = 4096;

async function keysOf(files: Files, folder: string): Promise<readonly TrustedKey[]> {
  if (!(await files.stat(folder))) return [];
  const names = (await files.list(folder)).filter(
    ({ name, stat }) => name.endsWith('.pub') && stat.kind === 'file',
  );
  const keys = await Promise.all(
    names.map(async ({ name }) => {
      const bytes = await files.read(join(folder, name), mostKeyBytes);
      const key = publicKey(Buffer.from(bytes).toString('utf8'));
      return key && { ...key, practice: name.startsWith('practice') };
    }),
  );
  return keys.filter(key => key !== undefined);
}

/** The keys that ship with the app, then those the technician put into the home; files that are no key are passed over. */
export async function trustedKeys(files: Files, folders: readonly string[]): Promise<readonly TrustedKey[]> {
  return (await Promise.all(folders.map(folder => keysOf(files, folder)))).flat();
}
