import { dirname, join } from 'node:path';
import { mebibytes } from '../../core/bag-space.ts';
import type { Digest } from '../../core/bagit.ts';
import type { Files, Work } from '../../ports.ts';
import { checkBag, everythingIn } from '../supply/check-bag.ts';
import { otherCopy, refusal } from './look.ts';

/** A sealed bag as it lies in the archive now: whole, every hash compared. */
export interface CopiedBag {
  readonly folder: string;
  readonly bytes: number;
  /** Every file, by its path in the bag, with the hash of what was copied. */
  readonly content: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
  /** The same `Work`, which knows the hashes of these files from when they were copied. */
  readonly work: Work;
}

interface Copying {
  readonly files: Files;
  readonly work: Work;
  readonly signal: AbortSignal;
  readonly onProgress: (doneBytes: number) => void;
}

/** Left free in the archive beside the bag and what comes out of it. */
const margin = 64 * 1024 * 1024;

/**
 * Copies a bag into the archive and checks the copy: complete, nothing extra, every hash. From here on only the copy
 * counts, so a stick that gives other bytes at a second look changes nothing. Throws `damaged`, `space-short`, and what
 * a stick says that was pulled.
 */
export async function copyIn(
  from: string,
  to: string,
  { files, work, signal, onProgress }: Copying,
): Promise<CopiedBag> {
  const found = await everythingIn(files, from);
  const strange = found.filter(each => each.kind !== 'file');
  if (strange.length > 0)
    throw notWhole(
      from,
      strange.map(
        each =>
          `${each.path} is ${each.kind === 'link' ? 'a symbolic link' : 'no plain file'}; a bag holds plain files only.`,
      ),
    );
  const bytes = found.reduce((sum, each) => sum + each.bytes, 0);
  await requireRoom(files, to, bytes);
  const hashes = new Map<string, { readonly bytes: number } & Record<Digest, string>>();
  let before = 0;
  await files.makeFolder(to);
  for (const { path } of found) {
    const target = join(to, path);
    const upTo = before;
    await files.makeFolder(dirname(target));
    const carried = await work.carry(join(from, path), target, {
      signal,
      onProgress: done => onProgress(upTo + done),
    });
    hashes.set(target, carried);
    before += carried.bytes;
  }
  const known: Work = { ...work, readBack: paths => Promise.resolve(remembered(hashes, paths)) };
  const { check } = await checkBag({ files, work: known }, to, { signal });
  if (!check.complete) throw notWhole(from, check.problems);
  const content = found.flatMap(({ path }) => {
    const file = hashes.get(join(to, path));
    return file ? [{ path, bytes: file.bytes, sha256: file.sha256 }] : [];
  });
  return { folder: to, bytes, content, work: known };
}

const remembered = (
  hashes: ReadonlyMap<string, { readonly bytes: number } & Record<Digest, string>>,
  paths: readonly string[],
): Awaited<ReturnType<Work['readBack']>> => ({
  reached: 'medium-not-proven',
  files: paths.map(path => {
    const found = hashes.get(path);
    if (!found) throw new Error('a file of a bag was never copied');
    return found;
  }),
});

/** Every problem is named; the first ones stand in the sentence. */
const notWhole = (about: string, problems: readonly string[]) =>
  refusal(
    'damaged',
    `The bag is not whole: ${problems.slice(0, 3).join(' ')}${problems.length > 3 ? ` And ${problems.length - 3} more.` : ''}`,
    about,
    otherCopy,
  );

/** For the sealed copy, and for what comes out of it. */
async function requireRoom(files: Files, to: string, bytes: number): Promise<void> {
  const { free } = await files.space(to);
  const wanted = 2 * bytes + margin;
  if (free >= wanted) return;
  throw refusal(
    'space-short',
    `Taking this bag in needs ${mebibytes(wanted)} in the archive, and only ${mebibytes(free)} are free.`,
    to,
    'Make room there, then receive it again.',
  );
}
