import type {
  BagCheck,
  Export,
  ExportCopy,
  ExportReceipt,
  ExportState,
  Origin,
} from '../../preload/contract/domain.ts';
import { exportChoices } from '../../preload/contract/supply/exports.ts';
import type { ExportChoice } from '../../preload/contract/supply/exports.ts';
import type { ExportId, SiteId, SnapshotId } from '../../preload/contract/ids.ts';
import type { Reading, Writing } from './store.ts';

interface Row {
  readonly id: string;
  readonly site: string;
  readonly at: string;
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  readonly snapshots: string;
  readonly manifest_sha256: string;
  readonly tagmanifest_sha256: string | null;
  readonly counter: number | null;
  readonly laptop_key: string | null;
  readonly clock_doubtful: number;
  readonly check_json: string;
  readonly practice: number;
}
interface CopyRow {
  readonly path: string;
  readonly label: string;
  readonly written_at: string;
  readonly check_json: string;
  readonly seconds: number | null;
  readonly left_at: string | null;
}
interface ReceiptRow {
  readonly received_at: string;
  readonly imported_at: string;
  readonly key: string;
  readonly late: number;
  readonly verdict: ExportReceipt['verdict'];
  readonly says: string;
  readonly snapshots: string;
}

const copiesOf = (db: Reading, id: string): readonly ExportCopy[] =>
  db.all<CopyRow>('select * from export_copy where export = ? order by written_at, rowid', id).map(row => ({
    path: row.path,
    on: row.label,
    writtenAt: row.written_at,
    check: JSON.parse(row.check_json) as BagCheck,
    ...(row.seconds === null ? {} : { seconds: row.seconds }),
    ...(row.left_at === null ? {} : { leftAt: row.left_at }),
  }));

function receiptOf(db: Reading, id: string): ExportReceipt | undefined {
  const row = db.one<ReceiptRow>('select * from receipt where export = ?', id);
  return (
    row && {
      receivedAt: row.received_at,
      importedAt: row.imported_at,
      key: row.key,
      late: row.late !== 0,
      verdict: row.verdict,
      says: row.says,
    }
  );
}

const stateOf = (copies: readonly ExportCopy[], receipt: ExportReceipt | undefined): ExportState =>
  receipt
    ? receipt.verdict === 'received'
      ? 'confirmed'
      : 'not-restorable'
    : copies.some(copy => copy.leftAt !== undefined)
      ? 'left'
      : 'written';

function exportOf(db: Reading, row: Row): Export {
  const copies = copiesOf(db, row.id);
  const receipt = receiptOf(db, row.id);
  return {
    id: row.id as ExportId,
    site: row.site as SiteId,
    at: row.at,
    path: row.path,
    bytes: row.bytes,
    files: row.files,
    snapshots: JSON.parse(row.snapshots) as SnapshotId[],
    manifestSha256: row.manifest_sha256,
    ...(row.tagmanifest_sha256 === null ? {} : { tagmanifestSha256: row.tagmanifest_sha256 }),
    ...(row.counter === null ? {} : { counter: row.counter }),
    ...(row.laptop_key === null ? {} : { laptopKey: row.laptop_key }),
    ...(row.clock_doubtful === 0 ? {} : { clockDoubtful: true }),
    check: JSON.parse(row.check_json) as BagCheck,
    copies,
    state: stateOf(copies, receipt),
    ...(receipt ? { receipt } : {}),
    practice: row.practice !== 0,
  };
}

export function exportById(db: Reading, id: ExportId): Export | undefined {
  const row = db.one<Row>('select * from export where id = ?', id);
  return row && exportOf(db, row);
}

/** All of a site, or of all sites, in the order they were recorded, newest first: the clock may have been set back. */
export const exports = (db: Reading, site?: SiteId): readonly Export[] =>
  (site === undefined
    ? db.all<Row>('select * from export order by rowid desc')
    : db.all<Row>('select * from export where site = ? order by rowid desc', site)
  ).map(row => exportOf(db, row));

/** Records a new export with its copies, or further copies of one that is recorded. */
export function recordExport(db: Writing, each: Export): void {
  db.run(
    `insert into export (id, site, at, path, bytes, files, snapshots, manifest_sha256, tagmanifest_sha256, counter, laptop_key,
       clock_doubtful, check_json, practice)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set path = excluded.path, check_json = excluded.check_json`,
    each.id,
    each.site,
    each.at,
    each.path,
    each.bytes,
    each.files,
    JSON.stringify(each.snapshots),
    each.manifestSha256,
    each.tagmanifestSha256 ?? null,
    each.counter ?? null,
    each.laptopKey ?? null,
    Number(each.clockDoubtful ?? false),
    JSON.stringify(each.check),
    Number(each.practice),
  );
  for (const copy of each.copies)
    db.run(
      `insert into export_copy (export, path, label, written_at, check_json, seconds, left_at)
       values (?, ?, ?, ?, ?, ?, ?)
       on conflict (export, path) do update set label = excluded.label, written_at = excluded.written_at,
         check_json = excluded.check_json, seconds = excluded.seconds`,
      each.id,
      copy.path,
      copy.on,
      copy.writtenAt,
      JSON.stringify(copy.check),
      copy.seconds ?? null,
      copy.leftAt ?? null,
    );
}

/** Notes when copies left, by the folders of their bags; a copy that has left already keeps its date. */
export function recordLeft(db: Writing, id: ExportId, path: string, at: string): void {
  db.run(
    'update export_copy set left_at = ? where export = ? and path = ? and left_at is null',
    at,
    id,
    path,
  );
}

/** A receipt as it was signed, with what counts of it. */
export interface KeptReceipt extends ExportReceipt {
  readonly export: ExportId;
  /** Snapshots that restore, by the receipt. */
  readonly snapshots: readonly SnapshotId[];
  readonly text: string;
  readonly signature: string;
}

export function recordReceipt(db: Writing, each: KeptReceipt): void {
  db.run(
    `insert into receipt (export, received_at, imported_at, key, late, verdict, says, snapshots, text, signature)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (export) do update set received_at = excluded.received_at, imported_at = excluded.imported_at,
       key = excluded.key, late = excluded.late, verdict = excluded.verdict, says = excluded.says,
       snapshots = excluded.snapshots, text = excluded.text, signature = excluded.signature`,
    each.export,
    each.receivedAt,
    each.importedAt,
    each.key,
    Number(each.late),
    each.verdict,
    each.says,
    JSON.stringify(each.snapshots),
    each.text,
    each.signature,
  );
}

/** Snapshots that headquarters has and can restore, by its receipts. */
export const confirmedSnapshots = (db: Reading): ReadonlySet<SnapshotId> =>
  new Set(
    db
      .all<{ snapshots: string }>('select snapshots from receipt')
      .flatMap(row => JSON.parse(row.snapshots) as SnapshotId[]),
  );

/** When headquarters received a bag from which this snapshot restores, by the first receipt that says so. */
export const confirmedAt = (db: Reading, snapshot: SnapshotId): string | undefined =>
  db.one<{ at: string }>(
    `select received_at as at from receipt, json_each(receipt.snapshots) as one where one.value = ?
     order by received_at limit 1`,
    snapshot,
  )?.at;

/** The bundles this laptop carries, by what headquarters wants to know. */
export const bundleVersions = (
  db: Reading,
): readonly {
  readonly id: string;
  readonly k3sVersion: string;
  readonly complete: boolean;
  readonly origin: Origin;
  /** SHA-256 of every file of it in the vault, so that headquarters sends only what is new. */
  readonly files: readonly string[];
}[] =>
  db
    .all<{ id: string; k3s_version: string; complete: number; origin: string }>(
      'select id, k3s_version, complete, origin from bundle order by k3s_version, id',
    )
    .map(row => ({
      id: row.id,
      k3sVersion: row.k3s_version,
      complete: row.complete !== 0,
      origin: JSON.parse(row.origin) as Origin,
      files: db
        .all<{ sha256: string }>(
          'select distinct sha256 from bundle_file where bundle = ? and sha256 is not null order by sha256',
          row.id,
        )
        .map(file => file.sha256),
    }));

/** Which parts an export of a site carries, as they were chosen; nothing when nobody chose yet. */
export function choicesOf(db: Reading, site: SiteId): readonly ExportChoice[] | undefined {
  const text = db.one<{ export_choices: string | null }>(
    'select export_choices from site where id = ?',
    site,
  );
  if (text === undefined || text.export_choices === null) return undefined;
  const kept = JSON.parse(text.export_choices) as readonly string[];
  return exportChoices.filter(each => kept.includes(each));
}

export function keepChoices(db: Writing, site: SiteId, choices: readonly ExportChoice[]): void {
  db.run('update site set export_choices = ? where id = ?', JSON.stringify(choices), site);
}

/** The how many-eth export a laptop key signs next, and the tag manifest of the one before. */
export function nextCounter(
  db: Reading,
  laptopKey: string,
): { readonly counter: number; readonly previous?: string } {
  const last = db.one<{ counter: number; tagmanifest_sha256: string | null }>(
    'select counter, tagmanifest_sha256 from export where laptop_key = ? order by counter desc limit 1',
    laptopKey,
  );
  if (!last) return { counter: 1 };
  return {
    counter: last.counter + 1,
    ...(last.tagmanifest_sha256 === null ? {} : { previous: last.tagmanifest_sha256 }),
  };
}
