import { join } from 'node:path';
import type { BagCheck, ExportItem, World } from '../../../preload/contract/domain.ts';
import type { ExportId, SiteId, SnapshotId } from '../../../preload/contract/ids.ts';
import { tagFiles } from '../../core/bagit.ts';
import type { BagFile, TagFile } from '../../core/bagit.ts';
import { bagName } from '../../core/stick-names.ts';
import type { Files } from '../../ports.ts';
import type { Contents, Packed } from './contents.ts';
import type { SupplyDeps } from './deps.ts';
import { agentOf } from './place.ts';

/** One sealed file in the spool. */
export interface SealedFile extends BagFile, Packed {
  readonly what: ExportItem['what'];
}

/**
 * An export on its way: what is sealed already and where it was begun to be written. It is kept beside the sealed files
 * until the export is recorded, so after a crash or a pulled stick the same bytes go on to the stick.
 */
export interface Spooled {
  readonly format: 1;
  readonly export: ExportId;
  readonly site: SiteId;
  readonly world: World;
  readonly startedAt: string;
  readonly agent: string;
  readonly recipients: readonly string[];
  readonly digest: string;
  readonly bag: string;
  readonly carried: readonly SnapshotId[];
  readonly payload: readonly SealedFile[];
  /** All of the payload is sealed, the inventory too. */
  readonly sealed: boolean;
  /** Folders in which `<bag>.partial` was begun. */
  readonly begunIn: readonly string[];
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
    return record.format === 1 ? record : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** A new export of these contents. */
export function begun(deps: SupplyDeps, contents: Contents): Spooled {
  const now = deps.clock.now();
  return {
    format: 1,
    export: deps.chance.uuid() as ExportId,
    site: contents.site.id,
    world: deps.world,
    startedAt: now.toISOString(),
    agent: agentOf(deps),
    recipients: contents.recipients,
    digest: contents.digest,
    bag: bagName(contents.site.id, now),
    carried: contents.carried.map(each => each.id),
    payload: [],
    sealed: false,
    begunIn: [],
  };
}

/** The tag files around a sealed payload; the same every time they are asked for. */
export const tagsOf = (record: Spooled): readonly TagFile[] =>
  tagFiles(record.payload, {
    site: record.site,
    exportId: record.export,
    at: new Date(record.startedAt),
    agent: record.agent,
    world: record.world,
  });

/** All files of the bag in the order they are written: payload first, what makes the folder a bag last. */
export const bagFiles = (record: Spooled): readonly BagFile[] => [...record.payload, ...tagsOf(record)];
