import { isAbsolute, join, relative } from 'node:path';
import type { Carried, CarriedFile } from '../../../../preload/contract/carry.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { Failure } from '../../../../preload/contract/failure.ts';
import { bytesWanted, mebibytes } from '../../../core/bag-space.ts';
import { tooLargeForFat } from '../../../core/carry/looked.ts';
import { carryFolder, carryName } from '../../../core/carry/names.ts';
import { pace } from '../../../core/pace.ts';
import { partialName } from '../../../core/stick-names.ts';
import type { Clock, Files, OnProgress, Work } from '../../../ports.ts';
import type { VaultFile } from '../../bundles/bundles.ts';

export interface CarryParts {
  readonly files: Files;
  readonly work: Work;
  readonly clock: Clock;
  /** Everything in it is closed to sticks' folders. */
  readonly home: { readonly folder: string };
}

/** Where on the laptop the stick is, and which file system answers there. */
interface Place {
  readonly path: string;
  readonly free: number;
  readonly bytes: number;
  readonly fileSystem: string;
}

const refused = (code: Failure['code'], about: string, says: string, next: string): FieldError =>
  new FieldError({ code, says, about, untouched: 'Nothing was written.', next });

async function placeAt({ files, home }: CarryParts, to: string): Promise<Place> {
  if (!isAbsolute(to))
    throw refused('bad-ask', to, 'The stick is named by its full path.', 'Name it from the root.');
  if ((await files.stat(to))?.kind === undefined)
    throw refused(
      'no-such-thing',
      to,
      'There is no such folder. Coldstart makes none, because an unplugged stick would look like an empty folder.',
      'See that the stick is plugged in and mounted.',
    );
  const path = await files.real(to);
  if ((await files.stat(path))?.kind !== 'folder')
    throw refused(
      'bad-ask',
      to,
      'This is a file, and the stick is a folder.',
      'Choose where the stick is mounted.',
    );
  const way = relative(await files.real(home.folder), path);
  if (way === '' || (!way.startsWith('..') && !isAbsolute(way)))
    throw refused('refused', to, 'This folder belongs to Coldstart’s own data.', 'Choose a stick.');
  const { readOnly, ...space } = await files.space(path);
  if (readOnly)
    throw refused(
      'not-writable',
      to,
      'This place can only be read.',
      'Open the write-protect switch of the stick, or use another one.',
    );
  return { path, ...space };
}

/** A pulled stick leaves an empty folder of the laptop's own disk behind; nothing may be written into that. */
async function stillThere({ files }: CarryParts, { path, bytes, fileSystem }: Place): Promise<void> {
  const now = (await files.stat(path)) && (await files.space(path));
  if (now && now.bytes === bytes && now.fileSystem === fileSystem) return;
  throw new FieldError({
    code: 'gone-away',
    says: 'The stick is no longer there: it was pulled or unmounted.',
    about: path,
    untouched: 'Nothing was written to this laptop’s own disk in its place.',
    next: 'Plug it in again, then write again: what is whole on it is kept.',
  });
}

const readMe = `This folder carries files from a laptop with Coldstart to a node.

Plug the stick into the node when the run on the laptop asks for it. The node only
reads it, and checks every file before it is used. Nothing here is secret. The folder
may be deleted when the node is done.
`;

/**
 * Writes files onto a stick for a node: each under a partial name, read back from the medium and compared, and only then
 * under its own name. What lies there whole already is read and kept; of a broken try, what is equal.
 */
export async function ontoStick(
  parts: CarryParts,
  wanted: readonly VaultFile[],
  to: string,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Carried> {
  const { files, clock } = parts;
  const place = await placeAt(parts, to);
  const tooLarge = tooLargeForFat(wanted, place.fileSystem);
  if (tooLarge)
    throw refused(
      'refused',
      to,
      `${tooLarge.name} is ${mebibytes(tooLarge.bytes)}, and a FAT stick holds no file of 4 GiB or more.`,
      'Format the stick with exFAT or ext4.',
    );
  await requireRoom(parts, wanted, place);
  const folder = join(place.path, carryFolder);
  await files.makeFolder(folder);
  await files.write(join(folder, 'README.txt'), readMe, 0o644);
  // Each file is written once and read once.
  const total = 2 * wanted.reduce((sum, { bytes }) => sum + bytes, 0);
  const measured = pace(() => clock.monotonic());
  const done: CarriedFile[] = [];
  let before = 0;
  let readBack: Carried['readBack'] = 'from-medium';
  for (const file of wanted) {
    const upTo = before;
    const tell = (what: string, bytes: number): void => {
      const remainingSeconds = measured.remaining(upTo + bytes, total);
      onProgress({
        what: `${what} ${file.name}`,
        done: upTo + bytes,
        total,
        unit: 'bytes',
        ...(remainingSeconds !== undefined && { remainingSeconds }),
      });
    };
    await stillThere(parts, place);
    const one = await bring(parts, place, file, signal, tell).catch(async (thrown: unknown) => {
      // whatever the disk said, a stick that is gone is why
      if (!signal.aborted) await stillThere(parts, place);
      throw thrown;
    });
    done.push({ name: file.name, bytes: file.bytes, sha256: file.sha256, written: one.written });
    if (one.reached !== 'from-medium') readBack = one.reached;
    before += 2 * file.bytes;
  }
  await stillThere(parts, place);
  await files.syncFolder(folder);
  await files.syncFolder(place.path);
  return { path: folder, files: done, bytes: wanted.reduce((sum, { bytes }) => sum + bytes, 0), readBack };
}

async function requireRoom({ files }: CarryParts, wanted: readonly VaultFile[], place: Place): Promise<void> {
  const folder = join(place.path, carryFolder);
  const rest: { bytes: number }[] = [];
  for (const file of wanted) {
    const path = join(folder, carryName(file));
    const held = (await files.stat(path)) ?? (await files.stat(partialName(path)));
    rest.push({ bytes: Math.max(0, file.bytes - (held?.bytes ?? 0)) });
  }
  const need = bytesWanted(rest, 1);
  if (place.free >= need) return;
  throw refused(
    'space-short',
    place.path,
    `The files need ${mebibytes(need)}, and only ${mebibytes(place.free)} are free on the stick.`,
    'Make room there, or use a larger stick.',
  );
}

/** One file, whole and read back, under its own name. */
async function bring(
  { files, work }: CarryParts,
  place: Place,
  file: VaultFile,
  signal: AbortSignal,
  tell: (what: string, bytes: number) => void,
): Promise<{ readonly written: boolean; readonly reached: Carried['readBack'] }> {
  const path = join(place.path, carryFolder, carryName(file));
  const read = async (
    at: string,
    from: number,
  ): Promise<{ readonly sha256: string; readonly reached: Carried['readBack'] }> => {
    const {
      reached,
      files: [got],
    } = await work.readBack([at], {
      signal,
      onProgress: bytes => tell('Reading back', from + bytes),
    });
    return { sha256: got?.sha256 ?? '', reached };
  };
  if ((await files.stat(path))?.bytes === file.bytes) {
    const { sha256, reached } = await read(path, file.bytes);
    if (sha256 === file.sha256) return { written: false, reached };
    await files.remove(path);
  }
  const part = partialName(path);
  const { sha256 } = await work.carry(file.path, part, {
    signal,
    onProgress: bytes => tell('Writing', bytes),
  });
  if (sha256 !== file.sha256)
    throw refused(
      'damaged',
      file.path,
      `The bundle’s file ${file.name} has changed on this laptop.`,
      'Check the bundle (verify), or import it again.',
    );
  const back = await read(part, file.bytes);
  if (back.sha256 !== file.sha256)
    throw new FieldError({
      code: 'damaged',
      says: `The stick gave back other bytes than were written to it: ${file.name}.`,
      about: part,
      untouched: 'The file on the stick stays marked .partial; no node takes it.',
      next: 'Write again. If it happens twice, throw this stick away and use another.',
    });
  signal.throwIfAborted();
  await files.move(part, path);
  return { written: true, reached: back.reached };
}
