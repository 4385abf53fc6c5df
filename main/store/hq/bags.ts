import type { KeptBagSnapshot } from '../../core/hq/snapshot.ts';
import type { Reading, Writing } from '../store.ts';

/** A bag that was opened and has its receipt. */
export interface KeptBag {
  readonly export: string;
  readonly site: string;
  readonly siteName: string;
  readonly counter: number;
  readonly laptopKey: string;
  readonly tagmanifestSha256: string;
  /** Tag manifest of the bag this laptop signed before it, as it says. */
  readonly previous?: string;
  /** When it was written, by the site's clock. */
  readonly at: string;
  /** That clock was doubtful. */
  readonly clockDoubtful: boolean;
  readonly receivedAt: string;
  readonly late: boolean;
  readonly verdict: 'received' | 'not-restorable';
  readonly says: string;
  /** The receipt as it was signed, and the signature's file. */
  readonly receipt: string;
  readonly signature: string;
  /** Where it was unpacked to, below the archive. */
  readonly folder: string;
  readonly settled: boolean;
}

interface Row {
  readonly export: string;
  readonly site: string;
  readonly site_name: string;
  readonly counter: number;
  readonly laptop_key: string;
  readonly tagmanifest_sha256: string;
  readonly previous: string | null;
  readonly at: string;
  readonly received_at: string;
  readonly late: number;
  readonly verdict: KeptBag['verdict'];
  readonly says: string;
  readonly receipt: string;
  readonly signature: string;
  readonly folder: string;
  readonly settled: number;
  readonly clock_doubtful: number;
}

const bagOf = (row: Row): KeptBag => ({
  export: row.export,
  site: row.site,
  siteName: row.site_name,
  counter: row.counter,
  laptopKey: row.laptop_key,
  tagmanifestSha256: row.tagmanifest_sha256,
  ...(row.previous === null ? {} : { previous: row.previous }),
  at: row.at,
  receivedAt: row.received_at,
  late: row.late !== 0,
  verdict: row.verdict,
  says: row.says,
  receipt: row.receipt,
  signature: row.signature,
  folder: row.folder,
  settled: row.settled !== 0,
  clockDoubtful: row.clock_doubtful !== 0,
});

const only = (row: Row | undefined): KeptBag | undefined => row && bagOf(row);

export const bagByTagmanifest = (db: Reading, sha256: string): KeptBag | undefined =>
  only(db.one<Row>('select * from bag where tagmanifest_sha256 = ?', sha256));

export const bagByExport = (db: Reading, id: string): KeptBag | undefined =>
  only(db.one<Row>('select * from bag where export = ?', id));

/** All bags in the order they were recorded. */
export const bags = (db: Reading): readonly KeptBag[] =>
  db.all<Row>('select * from bag order by rowid').map(bagOf);

export const unsettled = (db: Reading): readonly KeptBag[] =>
  db.all<Row>('select * from bag where settled = 0 order by rowid').map(bagOf);

/** Whether a bag with this counter or a higher one came from the laptop before. */
export const cameAfter = (db: Reading, laptopKey: string, counter: number): boolean =>
  db.one('select 1 from bag where laptop_key = ? and counter >= ? limit 1', laptopKey, counter) !== undefined;

export const snapshotsOf = (db: Reading, id: string): readonly KeptBagSnapshot[] =>
  db
    .all<{
      readonly id: string;
      readonly name: string;
      readonly saved_at: string;
      readonly sha256: string;
      readonly restorable: number;
      readonly says: string;
    }>('select * from bag_snapshot where bag = ? order by rowid', id)
    .map(row => ({
      id: row.id,
      name: row.name,
      savedAt: row.saved_at,
      sha256: row.sha256,
      restorable: row.restorable !== 0,
      says: row.says,
    }));

export function recordBag(db: Writing, each: KeptBag, snapshots: readonly KeptBagSnapshot[]): void {
  db.run(
    `insert into bag (export, site, site_name, counter, laptop_key, tagmanifest_sha256, previous, at, received_at, late,
       verdict, says, receipt, signature, folder, settled, clock_doubtful)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    each.export,
    each.site,
    each.siteName,
    each.counter,
    each.laptopKey,
    each.tagmanifestSha256,
    each.previous ?? null,
    each.at,
    each.receivedAt,
    Number(each.late),
    each.verdict,
    each.says,
    each.receipt,
    each.signature,
    each.folder,
    Number(each.settled),
    Number(each.clockDoubtful),
  );
  for (const snapshot of snapshots)
    db.run(
      'insert into bag_snapshot (bag, id, name, saved_at, sha256, restorable, says) values (?, ?, ?, ?, ?, ?, ?)',
      each.export,
      snapshot.id,
      snapshot.name,
      snapshot.savedAt,
      snapshot.sha256,
      Number(snapshot.restorable),
      snapshot.says,
    );
}

/** Notes that folder and receipt of a bag are in their places. */
export function settleBag(db: Writing, id: string): void {
  db.run('update bag set settled = 1 where export = ?', id);
}

/** The same receipt, signed with another key. */
export function signAgain(db: Writing, id: string, signature: string): void {
  db.run('update bag set signature = ? where export = ?', signature, id);
}

/** The newest snapshot of a site that restores, by when it was saved. */
export const newestRestorable = (
  db: Reading,
  site: string,
): { readonly id: string; readonly name: string; readonly savedAt: string } | undefined =>
  db.one(
    `select s.id as id, s.name as name, s.saved_at as savedAt from bag_snapshot s join bag b on b.export = s.bag
     where b.site = ? and s.restorable = 1 order by s.saved_at desc limit 1`,
    site,
  );

/** Whether a store holds this bag. */
export const isCopied = (db: Reading, id: string, target: string): boolean =>
  db.one('select 1 from bag_copy where bag = ? and target = ?', id, target) !== undefined;

export function recordCopy(db: Writing, id: string, target: string, at: string): void {
  db.run('insert or replace into bag_copy (bag, target, at) values (?, ?, ?)', id, target, at);
}
