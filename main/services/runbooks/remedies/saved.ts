import { failureOf, FieldError } from '../../../../preload/contract/failure.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import { mebibytes } from '../../../core/runbook/preflight/sight.ts';
import { isSealedAtHome, localName, onTheDisk } from '../../../core/runbook/remedies/saved.ts';
import type { OnDisk } from '../../../core/runbook/remedies/saved.ts';
import { script } from '../../../core/sh.ts';
import type { Files } from '../../../ports.ts';
import { notSo, so } from '../book.ts';
import type { Hands, Look, Step } from '../book.ts';
import { secretFile } from '../secret-file.ts';
import { runFolder } from '../terminal.ts';
import type { RemedyParts } from './frame.ts';

/** Only names and sizes are read. Newest first within a folder, so the best comes before a card dies. */
const listScript = String.raw`# what is there to save? bytes and path, newest first
for r in "$@"; do
  [ -e "$r" ] || continue
  find "$r" -xdev -type f ! -name '*.part' -exec stat -c '%Y %s %n' {} + 2>/dev/null | sort -rn | cut -d ' ' -f 2-
done
exit 0`;

/** Slower than this, and a file counts as one the disk does not give. Bytes a second; a cable at 115200 gives 8 KiB. */
const slowest = 4096;
/** What a file of any size is given, in milliseconds. */
const patience = 60_000;

/** Left free on the laptop. */
const margin = 64 * 2 ** 20;

const list = async (hands: Hands, roots: readonly string[]): Promise<readonly OnDisk[]> =>
  onTheDisk(
    (await hands.exec(script(listScript, ...roots), { as: 'root', hush: true, timeoutMs: 120_000 })).stdout,
  );

async function requireRoom(files: Files, folder: string, bytes: number): Promise<void> {
  const { free } = await files.space(folder);
  if (free >= bytes + margin) return;
  throw new FieldError({
    code: 'space-short',
    says: `The copies need ${mebibytes(bytes + margin)} on this laptop, and only ${mebibytes(free)} are free.`,
    about: folder,
    untouched: 'Nothing was changed on the node.',
    next: 'Make room on the laptop, then continue the run.',
  });
}

/** Brings one file, from the byte an earlier try reached; its hash is compared on both ends. */
async function fetchOne({ files }: RemedyParts, hands: Hands, one: OnDisk, local: string): Promise<void> {
  const limit = AbortSignal.timeout(Math.round(patience + (one.bytes / slowest) * 1000));
  const sink = await files.open(`${local}.partial`, 'append');
  try {
    await hands.link.download(one.path, sink, { signal: AbortSignal.any([hands.signal, limit]), as: 'root' });
    await sink.sync();
  } finally {
    await sink.close();
  }
  await files.move(`${local}.partial`, local);
}

/** Failures of one file; with any other the run itself cannot go on. */
const ofTheFile = (thrown: unknown, hands: Hands): boolean =>
  !hands.signal.aborted &&
  !['link-lost', 'disk-full', 'gone-away', 'vault-locked', 'bug'].includes(failureOf(thrown).code);

async function keepOne(parts: RemedyParts, run: RunId, hands: Hands, one: OnDisk): Promise<void> {
  const folder = `${runFolder(parts.runs, run)}/saved`;
  if (isSealedAtHome(one)) {
    const text = await secretFile(hands, one.path);
    if (text) await parts.strongbox.keep(run, localName(one.path), text);
    // an empty file beside the sealed one tells that it is here
    await parts.files.write(`${folder}/${localName(one.path)}.is-sealed`, '');
    return;
  }
  await fetchOne(parts, hands, one, `${folder}/${localName(one.path)}`);
}

const isHere = async ({ files, runs }: RemedyParts, run: RunId, one: OnDisk): Promise<boolean> => {
  const at = `${runFolder(runs, run)}/saved/${localName(one.path)}`;
  if (isSealedAtHome(one)) return (await files.stat(`${at}.is-sealed`)) !== undefined;
  // a database that is written meanwhile grows; what was fetched is what was there
  return (await files.stat(at)) !== undefined;
};

async function saveAll(
  parts: RemedyParts,
  run: RunId,
  hands: Hands,
  roots: readonly string[],
): Promise<string> {
  const folder = `${runFolder(parts.runs, run)}/saved`;
  await parts.files.makeFolder(folder);
  const all = await list(hands, roots);
  const missing: OnDisk[] = [];
  for (const one of all) if (!(await isHere(parts, run, one))) missing.push(one);
  const bytes = missing.reduce((sum, one) => sum + one.bytes, 0);
  await requireRoom(parts.files, folder, bytes);
  let done = 0;
  const lost: string[] = [];
  for (const one of missing) {
    hands.progress(bytes === 0 ? 1 : done / bytes, `Saving ${one.path}`);
    try {
      await keepOne(parts, run, hands, one);
    } catch (thrown) {
      if (!ofTheFile(thrown, hands)) throw thrown;
      lost.push(one.path);
      hands.note(`${one.path} could not be read: ${failureOf(thrown).says}`);
    }
    done += one.bytes;
  }
  return `${all.length - lost.length} of ${all.length} files are on the laptop, in ${folder}${lost.length > 0 ? `. The disk did not give: ${lost.join(', ')}` : ''}.`;
}

/** How many of what is on the disk are here. What cannot be read is told; that nothing can is a failure. */
const areHere = (parts: RemedyParts, run: RunId, roots: readonly string[], all: boolean): Look => ({
  shows: [{ text: script(listScript, ...roots).text, as: 'root' }],
  look: async hands => {
    const there = await list(hands, roots);
    const missing: string[] = [];
    for (const one of there) if (!(await isHere(parts, run, one))) missing.push(one.path);
    if (there.length === 0) return so('there is nothing of it on the node');
    if (missing.length === there.length || (all && missing.length > 0))
      return notSo(
        `${missing.length} of ${there.length} files could not be saved: ${missing.slice(0, 5).join(', ')}`,
      );
    return so(
      missing.length === 0
        ? `all ${there.length} files are on the laptop, each hash equal on both ends`
        : `${there.length - missing.length} of ${there.length} files are on the laptop; missing: ${missing.join(', ')}`,
    );
  },
});

export interface Saving {
  readonly id: string;
  readonly title: string;
  readonly why: string;
}
const usual: Saving = {
  id: 'saved',
  title: 'Copy the data to the laptop',
  why: 'Whatever is still readable goes to the laptop first. It goes on where it stopped, file by file.',
};

/** Copies folders to the laptop. With `all` every file has to arrive; else what the disk does not give is told. */
export function savedStep(
  parts: RemedyParts,
  run: RunId,
  roots: readonly string[],
  how: { readonly words?: Saving; readonly all?: boolean } = {},
): Step {
  const { words = usual, all = false } = how;
  const here = areHere(parts, run, roots, all);
  return {
    ...words,
    weight: 10,
    changes: false,
    probe: {
      shows: [],
      look: async hands =>
        await Promise.resolve(
          hands.didBefore(words.id) ? so('saved before in this run') : notSo('not saved in this run yet'),
        ),
    },
    apply: [
      {
        is: 'laptop',
        says: `copy what lies in ${roots.join(', ')} to the laptop, newest first; keys and settings sealed`,
        work: hands => saveAll(parts, run, hands, roots),
      },
    ],
    verify: here,
  };
}
