import type { Sha256 } from '../../../preload/contract/domain.ts';
import { FieldError, failureOf } from '../../../preload/contract/failure.ts';
import { belongs, expectedOf } from '../../core/bundle.ts';
import { nameMeans } from '../../core/bundle-names.ts';
import type { Clock, Files, OnProgress, Work } from '../../ports.ts';
import type { Content } from './examine.ts';
import { pathIn } from './folder.ts';
import type { Folder } from './folder.ts';
import { meter } from './meter.ts';
import type { Meter } from './meter.ts';
import type { Objects } from './objects.ts';

export interface BringTools {
  readonly files: Files;
  readonly work: Pick<Work, 'hash' | 'copy'>;
  readonly clock: Clock;
  readonly objects: Objects;
  readonly vaultFolder: string;
}

interface Item {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  /** The hash a list promises; files that no list names are hashed before they are copied. */
  readonly expected?: Sha256;
  /** An archive or program nothing vouches for is hashed, to be shown, and not taken in. */
  readonly isTaken: boolean;
  /** Bytes of the same content that the vault already holds. */
  readonly held?: number;
  readonly part: number;
}

export interface Brought {
  /** What was read, by name. */
  readonly contents: ReadonlyMap<string, Content>;
  readonly copiedBytes: number;
}

async function itemsOf(folder: Folder, objects: Objects): Promise<readonly Item[]> {
  const mine = folder.entries.filter(entry => entry.kind === 'file' && belongs(entry.name, folder.vouching));
  const items = mine.map(async ({ name, bytes }): Promise<Item> => {
    const expected = expectedOf(name, folder.vouching)[0]?.sha256;
    const held = expected === undefined ? undefined : await objects.bytesOf(expected);
    return {
      name,
      path: pathIn(folder, name),
      bytes,
      ...(expected === undefined ? {} : { expected }),
      isTaken: expected !== undefined || !['binary', 'images'].includes(nameMeans(name).role),
      ...(held === undefined ? {} : { held }),
      part: expected === undefined ? 0 : await objects.partBytesOf(expected),
    };
  });
  return (await Promise.all(items)).toSorted((a, b) => b.bytes - a.bytes);
}

/** The laptop needs some room of its own besides the bundle. */
const reserve = 64 * 1024 * 1024;

async function refuseWithoutRoom(tools: BringTools, items: readonly Item[]): Promise<void> {
  const needed = items
    .filter(item => item.expected !== undefined && item.held === undefined)
    .reduce((sum, item) => sum + Math.max(0, item.bytes - item.part), 0);
  const { free } = await tools.files.space(tools.vaultFolder);
  if (needed === 0 || needed + reserve <= free) return;
  const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
  throw new FieldError({
    code: 'space-short',
    says: `The bundle needs ${mebibytes(needed)} MiB on this laptop; ${mebibytes(Math.max(0, free - reserve))} MiB can be used.`,
    about: tools.vaultFolder,
    untouched: 'Nothing was copied.',
    next: 'Make room on the laptop, or remove a bundle that is no longer needed, then import again.',
    facts: { neededBytes: needed, freeBytes: free },
  });
}

const hashOne = async (
  tools: BringTools,
  path: string,
  signal: AbortSignal,
  onProgress: (n: number) => void,
) => {
  const [content] = await tools.work.hash([path], { signal, onProgress });
  if (!content) throw new Error('a hash was asked for and none came');
  return content;
};

/** Copies one file into the vault under the hash it should have; a bad beginning of an earlier try is thrown away once. */
async function copied(
  tools: BringTools,
  item: Item,
  sha256: Sha256,
  signal: AbortSignal,
  job: (n: number) => void,
) {
  const { objects, work, files } = tools;
  const part = objects.partOf(sha256);
  await objects.makeRoom(sha256);
  const once = () => work.copy(item.path, part, { signal, resume: true, onProgress: job });
  let result = await once();
  if (result.sha256 !== sha256 && result.resumedAt > 0) {
    await files.remove(part);
    result = await once();
  }
  if (result.sha256 === sha256) await objects.settle(sha256);
  else await files.remove(part);
  return result;
}

/** Undefined for a copy the laptop's disk no longer gives back: as good as damaged. */
async function readable<T>(hashing: Promise<T>): Promise<T | undefined> {
  try {
    return await hashing;
  } catch (thrown) {
    if (failureOf(thrown).code === 'gone-away') return undefined;
    throw thrown;
  }
}

async function bringOne(tools: BringTools, item: Item, signal: AbortSignal, report: Meter) {
  const { objects, files } = tools;
  const hashed = (path: string) => hashOne(tools, path, signal, report.job());
  if (!item.isTaken) return { content: await hashed(item.path), copiedBytes: 0 };
  const sha256 = item.expected ?? (await hashed(item.path)).sha256;
  if ((await objects.bytesOf(sha256)) !== undefined) {
    const [content, object] = await Promise.all([
      hashed(item.path),
      readable(hashed(objects.pathOf(sha256))),
    ]);
    if (object?.sha256 === sha256) return { content, copiedBytes: 0 };
    // The vault's own copy went bad. It is worth nothing, and a good one is at hand.
    await files.remove(objects.pathOf(sha256));
    if (content.sha256 !== sha256) return { content, copiedBytes: 0 };
  }
  const content = await copied(tools, item, sha256, signal, report.job());
  return { content, copiedBytes: content.sha256 === sha256 ? content.bytes - content.resumedAt : 0 };
}

/** The same content under two names is taken in once, one after the other. */
function grouped(items: readonly Item[]): readonly (readonly Item[])[] {
  return [...Map.groupBy(items, item => item.expected ?? '').values()];
}

/** Everything to be read, what the vault holds already included, since that is checked again. */
const totalOf = (items: readonly Item[]): number =>
  items.reduce(
    (sum, item) =>
      sum + item.bytes * (item.expected === undefined && item.isTaken ? 2 : 1) + (item.held ?? 0),
    0,
  );

/**
 * Takes the folder's files into the vault, hashing each while it is copied. What the vault holds already is checked and
 * not copied again; what a broken import left is continued. Throws `space-short` before anything is written. A file
 * that does not have the promised hash is not kept; its real hash is in the answer.
 */
export async function bring(
  tools: BringTools,
  folder: Folder,
  signal: AbortSignal,
  progress: OnProgress,
): Promise<Brought> {
  const items = await itemsOf(folder, tools.objects);
  await refuseWithoutRoom(tools, items);
  const isNew = items.some(item => item.isTaken && item.held === undefined && item.expected !== undefined);
  const what = isNew ? 'Copying into the vault' : 'Everything is in the vault already: checking it again';
  const report = meter(tools.clock, totalOf(items), what, progress);
  const contents = new Map<string, Content>();
  let copiedBytes = 0;
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const groups = grouped(items).map(async group => {
    for (const item of group) {
      const brought = await bringOne(tools, item, either, report);
      contents.set(item.name, { sha256: brought.content.sha256, bytes: brought.content.bytes });
      copiedBytes += brought.copiedBytes;
    }
  });
  try {
    await Promise.all(groups);
  } catch (thrown) {
    stop.abort();
    await Promise.allSettled(groups);
    throw thrown;
  }
  return { contents, copiedBytes };
}

/** Hashes the folder's files where they are. */
export async function hashFolder(
  tools: Pick<BringTools, 'work' | 'clock'>,
  folder: Folder,
  signal: AbortSignal,
  progress: OnProgress,
): Promise<ReadonlyMap<string, Content>> {
  const mine = folder.entries
    .filter(entry => entry.kind === 'file' && belongs(entry.name, folder.vouching))
    .toSorted((a, b) => b.bytes - a.bytes);
  const total = mine.reduce((sum, entry) => sum + entry.bytes, 0);
  const onProgress = meter(tools.clock, total, 'Checking every file', progress).job();
  const paths = mine.map(entry => pathIn(folder, entry.name));
  const hashes = await tools.work.hash(paths, { signal, onProgress });
  return new Map(hashes.map(({ sha256, bytes }, i) => [mine[i]?.name ?? '', { sha256, bytes }]));
}
