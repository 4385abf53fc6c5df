import { join } from 'node:path';
import type { BagCheck, ExportItem, World } from '../../../preload/contract/domain.ts';
import type { ExportId, SiteId, SnapshotId } from '../../../preload/contract/ids.ts';
import { bagSignature, tagFiles, textFile } from '../../core/bagit.ts';
import type { BagFile, TagFile } from '../../core/bagit.ts';
import { signed } from '../../core/minisign.ts';
import { bagName } from '../../core/stick-names.ts';
import type { Files } from '../../ports.ts';
import { nextCounter } from '../../store/exports.ts';
import type { Contents, Packed } from './contents.ts';
import type { SupplyDeps } from './deps.ts';
import { agentOf } from './place.ts';

/** One sealed file in the spool, or a part of one: then `plain` is of all of it, and `of` its path put together. */
export interface SealedFile extends BagFile, Omit<Packed, 'parts'> {
  readonly what: ExportItem['what'];
  readonly of?: string;
}

/**
 * An export on its way: what is sealed already and where it was begun to be written. It is kept beside the sealed files
 * until the export is recorded, so after a crash or a pulled stick the same bytes go on to the stick.
 */
export interface Spooled {
  readonly format: 2;
  readonly export: ExportId;
  readonly site: SiteId;
  readonly world: World;
  readonly startedAt: string;
  readonly agent: string;
  /** Headquarters' and the one in the site's safe. */
  readonly recipients: readonly string[];
  readonly digest: string;
  /** Which laptop key signs it, its number, and the tag manifest of the export before. */
  readonly laptop: { readonly key: string; readonly counter: number; readonly previous?: string };
  readonly clockDoubtful: boolean;
  /** The laptop's signature over the tag manifest, once all of the payload is sealed. */
  readonly signature?: string;
  readonly bag: string;
  readonly carried: readonly SnapshotId[];
  readonly payload: readonly SealedFile[];
  /** All of the payload is sealed, the inventory too. */
  readonly sealed: boolean;
  /** Folders in which `<bag>.partial` was begun. */
  readonly begunIn: readonly string[];
  /** In the journal already; it stays in the spool so that further sticks carry the very same bytes. */
  readonly recorded?: boolean;
  /** Set once everything was read back under the partial name; the rename follows. */
  readonly check?: BagCheck;
}

const sheet = 'export.json';
const mostSheet = 16 * 1024 * 1024;

const folderOf = (spool: string, id: ExportId): string => join(spool, id);
/** Where a file of the bag waits, by its path in the bag. */
export const spooledPath = (spool: string, { export: id }: Spooled, path: string): string =>
  join(folderOf(spool, id), 'bag', path);

export async function keepSpooled(files: Files, spool: string, record: Spooled): Promise<void> {
  await files.makeFolder(folderOf(spool, record.export));
  await files.write(join(folderOf(spool, record.export), sheet), JSON.stringify(record));
}

export const dropSpooled = (files: Files, spool: string, { export: id }: Spooled): Promise<void> =>
  files.remove(folderOf(spool, id));

/** A folder without a readable record was never quite begun; it is removed once nothing can be at work in it any more. */
const dayMs = 24 * 60 * 60 * 1000;

/** Exports of a site that were begun and not recorded. */
export async function spooledOf(
  { files, home, clock }: Pick<SupplyDeps, 'files' | 'home' | 'clock'>,
  site: SiteId,
): Promise<readonly Spooled[]> {
  const { spool } = home;
  if (!(await files.stat(spool))) return [];
  const records: Spooled[] = [];
  for (const { name, stat } of await files.list(spool)) {
    const record = await readRecord(files, join(spool, name, sheet));
    if (record?.site === site) records.push(record);
    else if (record === undefined && clock.now().getTime() - stat.modifiedMs > dayMs)
      await files.remove(join(spool, name));
  }
  return records;
}

async function readRecord(files: Files, path: string): Promise<Spooled | undefined> {
  if (!(await files.stat(path))) return undefined;
  try {
    const record = JSON.parse(Buffer.from(await files.read(path, mostSheet)).toString()) as Spooled;
    return record.format === 2 ? record : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** A new export of these contents, with the next number of the laptop's key. */
export async function begun(deps: SupplyDeps, contents: Contents): Promise<Spooled> {
  const now = deps.clock.now();
  const { id: key } = await deps.laptop.current();
  return {
    format: 2,
    export: deps.chance.uuid() as ExportId,
    site: contents.site.id,
    world: deps.world,
    startedAt: now.toISOString(),
    agent: agentOf(deps),
    recipients: contents.recipients,
    digest: contents.digest,
    laptop: { key, ...deps.store.read(db => nextCounter(db, key)) },
    clockDoubtful: deps.clockDoubtful(),
    bag: bagName(contents.site.id, now),
    carried: contents.carried.map(each => each.id),
    payload: [],
    sealed: false,
    begunIn: [],
  };
}

const manifestsAndTexts = (record: Spooled): readonly TagFile[] =>
  tagFiles(record.payload, {
    site: record.site,
    exportId: record.export,
    at: new Date(record.startedAt),
    clockDoubtful: record.clockDoubtful,
    agent: record.agent,
    world: record.world,
    laptop: record.laptop,
  });

/** The tag manifest that is signed, and that a receipt is bound to. */
export function tagManifestOf(record: Spooled): TagFile {
  const found = manifestsAndTexts(record).find(tag => tag.path === 'tagmanifest-sha256.txt');
  if (!found) throw new Error('a bag has a tag manifest');
  return found;
}

/** Signs a sealed export. Throws `vault-locked`. */
export async function signedRecord(deps: SupplyDeps, record: Spooled): Promise<Spooled> {
  const key = await deps.laptop.current();
  const practice = record.world === 'practice' ? 'practice ' : '';
  const comment = `coldstart ${practice}bag ${record.site}/${record.export} counter ${record.laptop.counter}`;
  const named = { ...record, laptop: { ...record.laptop, key: key.id } };
  return { ...named, signature: await signed(Buffer.from(tagManifestOf(named).text), key, comment) };
}

/** The tag files around a sealed payload; the same every time they are asked for. What makes the folder a bag comes last. */
export function tagsOf(record: Spooled): readonly TagFile[] {
  const tags = manifestsAndTexts(record);
  if (record.signature === undefined) return tags;
  const made = { ...textFile(bagSignature, record.signature), text: record.signature };
  return [...tags.slice(0, -1), made, ...tags.slice(-1)];
}

/** All files of the bag in the order they are written: payload first, what makes the folder a bag last. */
export const bagFiles = (record: Spooled): readonly BagFile[] => [...record.payload, ...tagsOf(record)];
