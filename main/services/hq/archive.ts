import { dirname, join } from 'node:path';
import { FieldError } from '../../../preload/contract/failure.ts';
import { receiptName } from '../../core/supply/receipt.ts';
import { holdExclusive } from '../../store/exclusive.ts';
import { settleBag, unsettled } from '../../store/hq/bags.ts';
import type { KeptBag } from '../../store/hq/bags.ts';
import { openIndex } from '../../store/hq/index.ts';
import type { HqIndex } from '../../store/hq/index.ts';
import type { Files } from '../../ports.ts';
import type { HqDeps } from './deps.ts';

/** Where everything of an archive lies. */
export interface Places {
  readonly folder: string;
  readonly index: string;
  readonly lock: string;
  /** Sealed bags while they are copied off their stick. */
  readonly incoming: string;
  /** What is being opened; renamed to its place below `sites` when complete. */
  readonly opening: string;
  readonly quarantine: string;
  readonly sites: string;
  readonly receipts: string;
  /** For what does not fit into memory. */
  readonly scratch: string;
}

export const placesOf = (folder: string): Places => ({
  folder,
  index: join(folder, 'hq.db'),
  lock: join(folder, 'lock.db'),
  incoming: join(folder, 'incoming'),
  opening: join(folder, 'opening'),
  quarantine: join(folder, 'quarantine'),
  sites: join(folder, 'sites'),
  receipts: join(folder, 'receipts'),
  scratch: join(folder, 'scratch'),
});

export interface Archive {
  readonly at: Places;
  readonly index: HqIndex;
  close(): void;
}

const inUse = (about: string): FieldError =>
  new FieldError({
    code: 'held-elsewhere',
    says: 'Another Coldstart is working on this archive.',
    about,
    untouched: 'Nothing was read or changed.',
    next: 'Wait until it is done, then try again.',
  });

/**
 * Opens an archive to write to it, and makes it when there is none. Holds its lock until `close`: whatever another one
 * left half-done is nobody's work in progress, so it is finished or cleared away here. Throws `held-elsewhere`.
 */
export async function openArchive(deps: HqDeps, asked: string): Promise<Archive> {
  const { files, clock, world } = deps;
  await requireArchive(files, asked);
  await files.makeFolder(asked);
  const folder = await files.real(asked);
  const at = placesOf(folder);
  const lock = holdExclusive(at.lock);
  if (!lock) throw inUse(folder);
  try {
    const index = openIndex(at.index, world, clock.now());
    const archive: Archive = {
      at,
      index,
      close: () => {
        index.close();
        lock.close();
      },
    };
    for (const bag of index.read(unsettled)) await settle(files, archive, bag);
    for (const left of [at.incoming, at.opening, at.scratch]) await files.remove(left);
    return archive;
  } catch (thrown) {
    lock.close();
    throw thrown;
  }
}

/** What an archive has from its first moment on, and what any disk may have beside. */
const ours = new Set(['hq.db', 'lock.db', 'sites', 'quarantine', 'receipts']);
const anybodys = /^(?:\.|lost\+found$|System Volume Information$)/;

/** Opened bags hold secrets: they go into a folder of their own, never among what lies on a stick or in a home. */
async function requireArchive(files: Files, folder: string): Promise<void> {
  for (let above = folder; ; above = dirname(above)) {
    if (await files.stat(join(above, 'bagit.txt'))) throw insideBag(folder);
    if (above === dirname(above)) break;
  }
  if (!(await files.stat(folder))) return;
  const names = (await files.list(folder)).map(({ name }) => name);
  if (names.some(name => ours.has(name)) || names.every(name => anybodys.test(name))) return;
  throw new FieldError({
    code: 'refused',
    says: 'This folder holds other things, so no archive was made in it: opened bags hold secrets of sites.',
    about: folder,
    untouched: 'Nothing was written.',
    next: 'Name an archive, or a new or empty folder on an encrypted disk.',
  });
}

const insideBag = (about: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'The archive would lie inside a bag and spoil it.',
    about,
    untouched: 'Nothing was written.',
    next: 'Name a folder of its own on an encrypted disk, by its full path.',
  });

/** Looks into the index of an archive that is there; somebody may be receiving meanwhile. Throws `no-such-thing`. */
export async function readArchive(deps: HqDeps, folder: string): Promise<Archive> {
  const at = placesOf(folder);
  if (!(await deps.files.stat(at.index)))
    throw new FieldError({
      code: 'no-such-thing',
      says: 'There is no archive in this folder.',
      about: folder,
      untouched: 'Nothing was done.',
      next: 'Name the folder that was given with --out when bags were received.',
    });
  const index = openIndex(at.index, deps.world, deps.clock.now());
  return { at, index, close: () => index.close() };
}

/** Where an opened bag waits until it is recorded. Two contents under one id must not meet, so the hash is in it. */
export const openingOf = (
  { opening }: Places,
  { folder, tagmanifestSha256 }: Pick<KeptBag, 'folder' | 'tagmanifestSha256'>,
): string => join(opening, `${folder.split('/').at(-1) ?? ''}-${tagmanifestSha256.slice(0, 8)}`);

/**
 * Brings the folder and the receipt of a recorded bag to their places. Can be broken off and begun again at any point.
 */
export async function settle(files: Files, { at, index }: Archive, bag: KeptBag): Promise<void> {
  const [from, to] = [openingOf(at, bag), join(at.folder, bag.folder)];
  if (await files.stat(from)) {
    await files.makeFolder(dirname(to));
    // Only an index that was lost does not know a folder of that name; what is in it is kept.
    if (await files.stat(to)) await files.move(to, `${to}.before-${bag.receivedAt.replaceAll(/[:.]/g, '')}`);
    await files.move(from, to);
  }
  await writeReceipt(files, at.receipts, bag);
  index.write(db => settleBag(db, bag.export));
}

/** The signature first: a receipt never lies there without one. Gives its path. */
export async function writeReceipt(
  files: Files,
  folder: string,
  { export: id, receipt, signature }: Pick<KeptBag, 'export' | 'receipt' | 'signature'>,
): Promise<string> {
  await files.makeFolder(folder);
  const path = join(folder, receiptName(id));
  await files.write(`${path}.minisig`, signature);
  await files.write(path, receipt);
  return path;
}
