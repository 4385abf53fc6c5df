import type { RunId } from '../../../../preload/contract/ids.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { looking, notSo, so } from '../book.ts';
import type { Step } from '../book.ts';
import type { RemedyParts } from '../remedies/frame.ts';
import { runFolder } from '../terminal.ts';

/** A snapshot as it is restored: plain. `packed` is the zip it lies in on the laptop. */
export interface PlainSnapshot {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly packed: string;
}

/** Where the plain file of a run lies on the laptop. */
export const unpackedPath = (runs: string, run: RunId, { name }: Pick<PlainSnapshot, 'name'>): string =>
  `${runFolder(runs, run)}/${name}`;

/** Measures what a packed snapshot is when it is unpacked. Throws as reading it does. */
export async function measurePacked(
  { work, scratch }: RemedyParts,
  { name, path }: { readonly name: string; readonly path: string },
  signal: AbortSignal,
): Promise<PlainSnapshot> {
  const plain = await work.unpackSnapshot(path, { scratch, signal });
  return { ...plain, name: name.replace(/\.zip$/, ''), packed: path };
}

const another = (about: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'The packed snapshot is not what it was when the plan was made.',
    about,
    untouched: 'The file was only read, and nothing of it was sent to a node.',
    next: 'Begin a new run, which measures it as it is now.',
  });

/** Some releases of K3s fail on a packed snapshot (k3s issue 14526), so it is unpacked on the laptop. */
export function unpackStep(
  { work, files, runs, scratch }: RemedyParts,
  plain: PlainSnapshot,
  run: RunId,
): Step {
  const to = unpackedPath(runs, run, plain);
  const made = looking(`is ${to} the plain snapshot?`, async hands => {
    if (hands.didBefore('reset')) return so('it was restored before');
    if (!(await files.stat(to))) return notSo('not unpacked yet');
    const { sha256 } = await work.unpackSnapshot(to, { scratch, signal: hands.signal });
    return sha256 === plain.sha256 ? so(`SHA-256 ${sha256.slice(0, 12)}…`) : notSo('it is another file');
  });
  return {
    id: 'unpack',
    title: 'Unpack the snapshot on the laptop',
    why: 'It is a zip, and some releases of K3s fail on that. The zip stays as it is.',
    weight: 3,
    changes: false,
    probe: made,
    apply: [
      {
        is: 'laptop',
        says: `unpack ${plain.packed} to ${to}`,
        work: async hands => {
          await files.makeFolder(runFolder(runs, run));
          const { sha256 } = await work.unpackSnapshot(plain.packed, { to, scratch, signal: hands.signal });
          if (sha256 !== plain.sha256) throw another(plain.packed);
          return `It lies in ${to}.`;
        },
      },
    ],
    verify: made,
  };
}

/** The plain file is not needed any more: the zip stays. */
export function packedAgainStep({ files, runs }: RemedyParts, plain: PlainSnapshot, run: RunId): Step {
  const to = unpackedPath(runs, run, plain);
  return {
    id: 'unpacked-away',
    title: 'Take the unpacked snapshot off the laptop',
    why: 'The zip it came from stays; it was only there to be sent.',
    weight: 1,
    changes: false,
    apply: [
      {
        is: 'laptop',
        says: `delete ${to}`,
        work: async () => {
          await files.remove(to);
          return undefined;
        },
      },
    ],
    verify: looking(`is ${to} gone?`, async () =>
      (await files.stat(to)) ? notSo('it is still there') : so('it is gone'),
    ),
  };
}
