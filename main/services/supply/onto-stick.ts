import { dirname, join } from 'node:path';
import type { BagCheck } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { partOf } from '../../core/bag-parts.ts';
import { bagInfoField } from '../../core/bagit.ts';
import type { BagFile } from '../../core/bagit.ts';
import { bagName, partialName } from '../../core/stick-names.ts';
import type { OnProgress, Work } from '../../ports.ts';
import { checkBag, everythingIn } from './check-bag.ts';
import type { SupplyDeps } from './deps.ts';
import { stillThere } from './place.ts';
import type { Place } from './place.ts';
import { bagFiles, keepSpooled, spooledPath, tagsOf } from './spool.ts';
import type { Spooled } from './spool.ts';
import { telling } from './telling.ts';

/** Bytes of ours that already lie at a place from an earlier try. */
export async function heldAt({ files }: SupplyDeps, record: Spooled, place: string): Promise<number> {
  const folder = join(place, partialName(record.bag));
  if (!record.begunIn.includes(place) || !(await files.stat(folder))) return 0;
  return (await everythingIn(files, folder)).reduce((sum, file) => sum + file.bytes, 0);
}

/** Whether a whole bag of this export stands at a place. */
export async function standsAt({ files }: SupplyDeps, record: Spooled, place: string): Promise<boolean> {
  const folder = join(place, record.bag);
  const info = join(folder, 'bag-info.txt');
  if (!(await files.stat(info))) return false;
  const text = Buffer.from(await files.read(info, 64 * 1024)).toString();
  if (bagInfoField(text, 'External-Identifier') !== `${record.site}/${record.export}`) return false;
  const there = new Map((await everythingIn(files, folder)).map(file => [file.path, file.bytes]));
  return bagFiles(record).every(file => there.get(file.path) === file.bytes);
}

/**
 * Removes what an abandoned export left half-written, if it can still be reached and holds nothing but our files.
 */
export async function clearPartial({ files }: SupplyDeps, record: Spooled): Promise<void> {
  const ours = new Set(bagFiles(record).map(file => file.path));
  for (const place of record.begunIn) {
    const folder = join(place, partialName(record.bag));
    if (!(await files.stat(folder).catch(() => undefined))) continue;
    const found = await everythingIn(files, folder);
    if (found.every(file => ours.has(file.path))) await files.remove(folder);
  }
}

/** A name no bag and no other's half-written bag has there. An existing bag is never written over. */
async function freeName({ files, clock }: SupplyDeps, record: Spooled, place: string): Promise<string> {
  const taken = async (bag: string): Promise<boolean> =>
    (await files.stat(join(place, bag))) !== undefined ||
    ((await files.stat(join(place, partialName(bag)))) !== undefined && !record.begunIn.includes(place));
  let bag = record.bag;
  for (let second = 0; await taken(bag); second++)
    bag = bagName(record.site, new Date(clock.now().getTime() + second * 1000));
  return bag;
}

/**
 * Writes a sealed export to a place: under a partial name, every file and folder on the medium, read back and compared,
 * and only then under its own name. What an earlier try left is kept as far as it is equal.
 */
export async function ontoStick(
  deps: SupplyDeps,
  start: Spooled,
  place: Place,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Spooled> {
  const { files, home } = deps;
  const bag = await freeName(deps, start, place.path);
  let record: Spooled = { ...start, bag, begunIn: [...new Set([...start.begunIn, place.path])] };
  await keepSpooled(files, home.spool, record);
  const partial = join(place.path, partialName(bag));
  await clearStrangers(deps, record, partial);
  await carryAll(deps, record, place, partial, signal, onProgress);
  const check = await readBack(deps, record, partial, signal, onProgress);
  record = { ...record, check: { ...check, path: join(place.path, bag) } };
  await keepSpooled(files, home.spool, record);
  signal.throwIfAborted();
  await stillThere(deps, place);
  await files.move(partial, join(place.path, bag));
  return record;
}

/** In our own half-written folder, what is not of this bag: a file manager's droppings, or what a file system repaired. */
async function clearStrangers({ files }: SupplyDeps, record: Spooled, partial: string): Promise<void> {
  if (!(await files.stat(partial))) return;
  const ours = new Set(bagFiles(record).map(file => file.path));
  for (const { path, kind } of await everythingIn(files, partial))
    if (kind !== 'file' || !ours.has(path)) await files.remove(join(partial, path));
}

const batchBytes = 2 * 1024 * 1024;
const batchFiles = 64;

/** Small files that follow each other go together, so that a stick is not made to flush for each of them. */
function batches(all: readonly BagFile[]): readonly (readonly BagFile[])[] {
  const made: BagFile[][] = [];
  let room = 0;
  for (const file of all) {
    const last = made.at(-1);
    if (last && last.length < batchFiles && file.bytes <= room) last.push(file);
    else {
      made.push([file]);
      room = batchBytes;
    }
    room -= file.bytes;
  }
  return made;
}

async function carryAll(
  deps: SupplyDeps,
  record: Spooled,
  place: Place,
  partial: string,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<void> {
  const { files, work, home, clock } = deps;
  const all = bagFiles(record);
  const total = all.reduce((sum, file) => sum + file.bytes, 0);
  const tell = telling('2 of 3: writing', clock, onProgress);
  const folders = new Set<string>([partial]);
  let before = 0;
  for (const batch of batches(all)) {
    const upTo = before;
    await stillThere(deps, place);
    for (const { path } of batch) {
      const within = dirname(join(partial, path));
      if (!folders.has(within) || within === partial) await files.makeFolder(within);
      for (let at = within; at !== partial; at = dirname(at)) folders.add(at);
    }
    const carried = await work.carryAll(
      batch.map(({ path }) => ({ from: spooledPath(home.spool, record, path), to: join(partial, path) })),
      { signal, onProgress: done => tell(upTo + done, total) },
    );
    // The other hash is compared when everything is read back.
    const changed = batch.find((file, i) => carried[i]?.sha256 !== file.sha256);
    if (changed) throw await spoiled(deps, record, changed);
    before += batch.reduce((sum, file) => sum + file.bytes, 0);
  }
  await stillThere(deps, place);
  for (const folder of [...folders].toSorted((a, b) => b.length - a.length)) await files.syncFolder(folder);
  await files.syncFolder(dirname(partial));
}

/** The laptop's own disk gave back other bytes than were sealed: that file is sealed anew next time. */
async function spoiled({ files, home }: SupplyDeps, record: Spooled, file: BagFile): Promise<FieldError> {
  const tag = tagsOf(record).some(each => each.path === file.path);
  const { check: _, ...rest } = record;
  const sheet = 'data/inventory/inventory.json.age';
  const whole = partOf(file.path)?.whole ?? file.path;
  const payload = record.payload.filter(each => (each.of ?? each.path) !== whole && each.path !== sheet);
  await keepSpooled(files, home.spool, {
    ...rest,
    payload: tag ? record.payload.filter(each => each.path !== sheet) : payload,
    sealed: false,
  });
  return new FieldError({
    code: 'damaged',
    says: 'A sealed file on this laptop changed before it was written to the stick.',
    about: file.path,
    untouched: 'No bag was finished on the stick. Snapshots on the laptop were not touched.',
    next: 'Export again: the file is sealed anew. If it happens again, the disk of this laptop is failing.',
  });
}

/**
 * Reads back with SHA-256 alone. Bytes that have it are the bytes that were sealed, and of those SHA-512 is known; for any
 * others none is given, and none fits.
 */
function byOneHash(work: Work, record: Spooled, partial: string): Work {
  const known = new Map(bagFiles(record).map(file => [join(partial, file.path), file]));
  return {
    ...work,
    readBack: async (paths, options) => {
      const back = await work.readBack(paths, { ...options, sha512: false });
      const files = back.files.map((file, i) => {
        const wanted = known.get(paths[i] ?? '');
        return { ...file, sha512: wanted?.sha256 === file.sha256 ? wanted.sha512 : '' };
      });
      return { ...back, files };
    },
  };
}

async function readBack(
  deps: SupplyDeps,
  record: Spooled,
  partial: string,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<BagCheck> {
  const work = byOneHash(deps.work, record, partial);
  const { check, read } = await checkBag({ files: deps.files, work }, partial, {
    signal,
    onProgress: telling('3 of 3: reading back', deps.clock, onProgress),
  });
  const wrong = bagFiles(record).filter(file => {
    const got = read.get(file.path);
    // The tag manifests themselves are in no manifest; the check compares what they say with all the others.
    return got
      ? got.sha256 !== file.sha256 || got.sha512 !== file.sha512
      : !file.path.startsWith('tagmanifest-');
  });
  const problems = [
    ...check.problems.filter(problem => !problem.startsWith('Its name ends in .partial')),
    ...wrong.map(file => `${file.path} came back from the stick other than it was written.`),
  ];
  if (problems.length === 0) return { ...check, complete: true, problems };
  throw new FieldError({
    code: 'damaged',
    says: `The stick gave back other bytes than were written to it: ${problems.slice(0, 3).join(' ')}`,
    about: partial,
    untouched: 'The sealed files are kept on the laptop; the bag on the stick stays marked .partial.',
    next: 'Export again. If it happens twice, throw this stick away and use another.',
  });
}
