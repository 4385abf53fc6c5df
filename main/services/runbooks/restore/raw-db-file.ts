import { createHash } from 'node:crypto';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { RunId } from '../../../../preload/contract/ids.ts';
import { mebibytes } from '../../../core/runbook/preflight/sight.ts';
import type { Files, Source } from '../../../ports.ts';
import { looking, notSo, so } from '../book.ts';
import type { Hands, Look, Step } from '../book.ts';
import type { RemedyParts } from '../remedies/frame.ts';
import { runFolder } from '../terminal.ts';

/** A raw database on the laptop, and the snapshot that is made of it. */
export interface RawFile {
  readonly path: string;
  /** Of the database as it lies. */
  readonly bytes: number;
  readonly image: string;
  /** Of the snapshot: the database and the SHA-256 of it behind. */
  readonly sealed: string;
}

const pieceBytes = 2 ** 20;
/** Left free on the laptop. */
const margin = 64 * 2 ** 20;

async function* pieces(source: Source, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.bytes; at += pieceBytes) {
    signal.throwIfAborted();
    yield await source.read(at, Math.min(pieceBytes, source.bytes - at));
  }
}

/** Hashes a database and the snapshot it would make. Throws as opening the file does. */
export async function weighed(files: Files, path: string, signal: AbortSignal): Promise<RawFile> {
  const file = await files.open(path, 'read');
  try {
    const hash = createHash('sha256');
    for await (const piece of pieces(file, signal)) hash.update(piece);
    const image = hash.copy().digest();
    return {
      path,
      bytes: file.bytes,
      image: image.toString('hex'),
      sealed: hash.update(image).digest('hex'),
    };
  } finally {
    await file.close();
  }
}

const sha256Of = async (files: Files, path: string, signal: AbortSignal): Promise<string> =>
  (await weighed(files, path, signal)).image;

/** The snapshot is a copy: the file that was given stays as it is. Throws `space-short`. */
export async function requireRoomHere({ files, runs }: RemedyParts, bytes: number): Promise<void> {
  const { free } = await files.space(runs);
  if (free >= bytes + margin) return;
  throw new FieldError({
    code: 'space-short',
    says: `A copy of the database needs ${mebibytes(bytes + margin)} on this laptop, and only ${mebibytes(free)} are free.`,
    about: runs,
    untouched: 'Nothing was changed on any node.',
    next: 'Make room on the laptop, then try again.',
  });
}

const changedSince = (path: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'The database is not what it was when the plan was made.',
    about: path,
    untouched: 'The file was only read, and nothing of it was sent to a node.',
    next: 'Begin a new run, which checks it as it is now.',
  });

/** Where the snapshot made of the database lies on the laptop. */
export const sealedPath = (runs: string, run: RunId): string => `${runFolder(runs, run)}/raw-db.snapshot`;

/** The file that was given is only read: it may be the last there is. */
async function sealInto(files: Files, raw: RawFile, to: string, hands: Hands): Promise<void> {
  const from = await files.open(raw.path, 'read');
  const part = `${to}.partial`;
  try {
    const into = await files.open(part, 'append');
    try {
      await into.truncate(0);
      const hash = createHash('sha256');
      for await (const piece of pieces(from, hands.signal)) {
        hash.update(piece);
        await into.append(piece);
        hands.progress(into.held / raw.bytes);
      }
      const image = hash.digest();
      if (image.toString('hex') !== raw.image) throw changedSince(raw.path);
      await into.append(image);
      await into.sync();
    } finally {
      await into.close();
    }
  } finally {
    await from.close();
  }
  await files.move(part, to);
}

/** etcd restores nothing without a SHA-256 at its end; a raw database gets one, in a copy of its own. */
export function sealStep(parts: RemedyParts, raw: RawFile, run: RunId): Step {
  const { files, runs } = parts;
  const to = sealedPath(runs, run);
  const made: Look = looking(`is ${to} the database with its SHA-256 behind?`, async hands => {
    if (hands.didBefore('reset')) return so('it was restored before');
    if (!(await files.stat(to))) return notSo('not made yet');
    return (await sha256Of(files, to, hands.signal)) === raw.sealed
      ? so(`SHA-256 ${raw.sealed.slice(0, 12)}…`)
      : notSo('it is another file');
  });
  return {
    id: 'seal',
    title: 'Make a snapshot of the raw database',
    why: 'K3s restores only a file with its SHA-256 at the end. It is added to a copy; the file that was given is only read.',
    weight: 3,
    changes: false,
    probe: made,
    apply: [
      {
        is: 'laptop',
        says: `copy ${raw.path} (SHA-256 ${raw.image}) to ${to}, and add the 32 bytes of that SHA-256 behind it`,
        work: async hands => {
          await requireRoomHere(parts, raw.bytes);
          await files.makeFolder(runFolder(runs, run));
          await sealInto(files, raw, to, hands);
          return `It lies in ${to} and stays there.`;
        },
      },
    ],
    verify: made,
  };
}
