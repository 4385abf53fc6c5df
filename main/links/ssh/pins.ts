import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { knownHostLine } from '../../core/known-hosts.ts';
import type { OfferedKey } from './host-keys.ts';

/** Adds a host key to our known_hosts file; on disk for certain when this returns. */
export async function pin(file: string, { hop, blob }: OfferedKey): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const before = await readFile(file, 'utf8').catch(() => '');
  const gap = before === '' || before.endsWith('\n') ? '' : '\n';
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.appendFile(`${gap}${knownHostLine(hop.label, blob)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
