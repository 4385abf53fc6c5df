import { basename, join } from 'node:path';
import type { BagCheck } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { bagPromise, differences } from '../../core/bag-check.ts';
import type { BagPromise, Found } from '../../core/bag-check.ts';
import { bagSignature, digests, manifest } from '../../core/bagit.ts';
import type { Digest } from '../../core/bagit.ts';
import type { Files, Work } from '../../ports.ts';

export interface Reading {
  readonly signal: AbortSignal;
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

/** What was read from a bag, beside the verdict on it. */
export interface CheckedBag {
  readonly check: BagCheck;
  readonly promise: BagPromise;
  /** Hashes by path of every file that was read. */
  readonly read: ReadonlyMap<string, Record<Digest, string>>;
}

const mostFiles = 100_000;
const mostDepth = 32;
const mostTagBytes = 64 * 1024 * 1024;

/** Everything in a folder, however deep; links are named, not followed. */
export async function everythingIn(
  files: Files,
  folder: string,
  under = '',
  depth = 0,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const { name, stat } of await files.list(join(folder, under))) {
    const path = under === '' ? name : `${under}/${name}`;
    if (stat.kind !== 'folder') found.push({ path, kind: stat.kind, bytes: stat.bytes });
    else if (depth >= mostDepth) found.push({ path, kind: 'other', bytes: 0 });
    else found.push(...(await everythingIn(files, folder, path, depth + 1)));
    if (found.length > mostFiles)
      throw new FieldError({
        code: 'damaged',
        says: `This folder holds more than ${mostFiles} files: no bag of ours does.`,
        about: folder,
        untouched: 'Nothing was changed.',
        next: 'Name the bag itself, the folder that holds bagit.txt.',
      });
  }
  return found;
}

const tagManifest = /^tagmanifest-[a-z0-9]+\.txt$/;
/** What no manifest names, and is read all the same. */
const besideManifests = (path: string): boolean => tagManifest.test(path) || path === bagSignature;
const tagText = /^(?:bagit|bag-info|README|(?:tag)?manifest-[a-z0-9]+)\.txt$/;

async function textsOf(
  files: Files,
  folder: string,
  found: readonly Found[],
): Promise<{ readonly texts: ReadonlyMap<string, string>; readonly problems: readonly string[] }> {
  const texts = new Map<string, string>();
  const problems: string[] = [];
  for (const { path } of found.filter(file => file.kind === 'file' && tagText.test(file.path)))
    try {
      const bytes = await files.read(join(folder, path), mostTagBytes);
      texts.set(path, new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
    } catch (thrown) {
      if (!(thrown instanceof TypeError)) throw thrown;
      problems.push(`${path} is not UTF-8 text.`);
    }
  return { texts, problems };
}

/** Files beside the payload that no tag manifest vouches for; ours lists every one. */
const unvouched = (found: readonly Found[], promise: BagPromise): readonly string[] =>
  found
    .filter(file => file.kind === 'file' && !file.path.startsWith('data/'))
    .filter(file => !promise.hashes.has(file.path) && !besideManifests(file.path))
    .map(file => `${file.path} lies in the bag but is in no tag manifest.`);

/** No manifest vouches for a tag manifest. Ours say one thing in one way only, so every byte of theirs can be foretold. */
function rewritten(
  texts: ReadonlyMap<string, string>,
  read: ReadonlyMap<string, Record<Digest, string>>,
): readonly string[] {
  const tags = [...read]
    .filter(([path]) => !path.startsWith('data/') && !besideManifests(path))
    .map(([path, hashes]) => ({ path, bytes: 0, ...hashes }));
  return digests
    .map(digest => ({ name: `tagmanifest-${digest}.txt`, text: manifest(tags, digest) }))
    .filter(({ name, text }) => texts.get(name) !== text)
    .map(({ name }) => `${name} is missing, or not as it was written.`);
}

/**
 * Checks a bag as RFC 8493 asks: complete, nothing extra, every hash. Problems are sentences; an unreadable stick throws.
 */
export async function checkBag(
  { files, work }: { readonly files: Files; readonly work: Work },
  folder: string,
  { signal, onProgress }: Reading,
): Promise<CheckedBag> {
  const found = await everythingIn(files, folder);
  const { texts, problems } = await textsOf(files, folder, found);
  const promise = bagPromise({ found, texts });
  const plain = found.filter(file => file.kind === 'file');
  const wanted = plain.filter(file => promise.hashes.has(file.path) || besideManifests(file.path));
  const total = wanted.reduce((sum, file) => sum + file.bytes, 0);
  const back = await work.readBack(
    wanted.map(file => join(folder, file.path)),
    { signal, ...(onProgress ? { onProgress: done => onProgress(done, total) } : {}) },
  );
  const read = new Map(
    wanted.map((file, i) => [
      file.path,
      { sha256: back.files[i]?.sha256 ?? '', sha512: back.files[i]?.sha512 ?? '' },
    ]),
  );
  const isOurs = /^Coldstart-Format:/m.test(texts.get('bag-info.txt') ?? '');
  const all = [
    ...(basename(folder).endsWith('.partial') ? ['Its name ends in .partial: it was never finished.'] : []),
    ...problems,
    ...promise.problems,
    ...(isOurs ? [...unvouched(found, promise), ...rewritten(texts, read)] : []),
    ...differences(promise, read),
  ];
  const check: BagCheck = {
    path: folder,
    complete: all.length === 0,
    files: plain.length,
    bytes: plain.reduce((sum, file) => sum + file.bytes, 0),
    readBack: back.reached,
    problems: all,
  };
  return { check, promise, read };
}
