import { join } from 'node:path';
import { casOf, inventoryIn, tokensIn } from '../../core/hq/inventory.ts';
import type { BagInventory } from '../../core/hq/inventory.ts';
import { provenHere } from '../../core/hq/snapshot.ts';
import type { KeptBagSnapshot } from '../../core/hq/snapshot.ts';
import type { Secret } from '../../core/secret.ts';
import type { SiteId } from '../../../preload/contract/ids.ts';
import type { Clock, Files, Work } from '../../ports.ts';
import type { Opened } from '../supply/open-bag.ts';

interface Proving {
  readonly files: Files;
  readonly work: Pick<Work, 'measureSnapshot'>;
  readonly clock: Clock;
  readonly scratch: string;
  readonly signal: AbortSignal;
}

const mostBytes = 64 * 1024 * 1024;
const textOf = async (files: Files, path: string): Promise<string> =>
  Buffer.from(await files.read(path, mostBytes)).toString('utf8');

export const inventoryOf = async (files: Files, folder: string): Promise<BagInventory | undefined> =>
  inventoryIn(await textOf(files, join(folder, 'inventory', 'inventory.json')));

const tokensFile = 'config/server-tokens.json';

/** Proves every snapshot that came out of a bag with the tokens that came with it; one that fails stops none. */
export async function proveAll(
  { files, work, clock, scratch, signal }: Proving,
  folder: string,
  opened: readonly Opened[],
  inventory: BagInventory,
): Promise<readonly KeptBagSnapshot[]> {
  const tokens: readonly Secret[] = opened.some(each => each.path === tokensFile)
    ? tokensIn(await textOf(files, join(folder, tokensFile)))
    : [];
  const site = {
    id: inventory.site.id as SiteId,
    name: inventory.site.name,
    caHashes: [...new Set([...inventory.caHashes, ...casOf(tokens)])],
  };
  const proven: KeptBagSnapshot[] = [];
  for (const { path } of opened.filter(each => each.path.startsWith('snapshots/'))) {
    const at = join(folder, path);
    const entry = inventory.snapshots.get(path) ?? { id: path, name: path };
    const measured = await work.measureSnapshot(at, tokens, { given: false, scratch, signal });
    proven.push(provenHere(measured, { entry, site, path: at, at: clock.now() }));
  }
  return proven;
}
