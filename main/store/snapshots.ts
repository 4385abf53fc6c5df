import type { Snapshot, SnapshotCheck } from '../../preload/contract/domain.ts';
import type { NodeId, SiteId, SnapshotId } from '../../preload/contract/ids.ts';
import type { Reading, Writing } from './store.ts';

interface Row {
  readonly id: string;
  readonly site: string;
  readonly node: string;
  readonly node_name: string;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly saved_at: string;
  readonly pulled_at: string;
  readonly k3s_version: string;
  readonly token_hash: string;
  readonly check_json: string;
  readonly path: string;
  readonly practice: number;
}

const snapshotOf = (row: Row): Snapshot => ({
  id: row.id as SnapshotId,
  site: row.site as SiteId,
  node: row.node as NodeId,
  nodeName: row.node_name,
  name: row.name,
  bytes: row.bytes,
  sha256: row.sha256,
  savedAt: row.saved_at,
  pulledAt: row.pulled_at,
  k3sVersion: row.k3s_version,
  tokenHash: row.token_hash,
  check: JSON.parse(row.check_json) as SnapshotCheck,
  path: row.path,
  practice: row.practice !== 0,
});

const newestFirst = 'order by saved_at desc, pulled_at desc, id';

export function snapshotById(db: Reading, id: SnapshotId): Snapshot | undefined {
  const row = db.one<Row>('select * from snapshot where id = ?', id);
  return row && snapshotOf(row);
}

/** The laptop's copy of one file of one node. */
export function snapshotNamed(db: Reading, node: NodeId, name: string): Snapshot | undefined {
  const row = db.one<Row>('select * from snapshot where node = ? and name = ?', node, name);
  return row && snapshotOf(row);
}

/** All of a site, or of all sites; newest first. */
export const snapshots = (db: Reading, site?: SiteId): readonly Snapshot[] =>
  (site === undefined
    ? db.all<Row>(`select * from snapshot ${newestFirst}`)
    : db.all<Row>(`select * from snapshot where site = ? ${newestFirst}`, site)
  ).map(snapshotOf);

export const snapshotsOfNode = (db: Reading, node: NodeId): readonly Snapshot[] =>
  db.all<Row>(`select * from snapshot where node = ? ${newestFirst}`, node).map(snapshotOf);

/** Notes a pulled snapshot. Pulling the same file again keeps its id. */
export function recordSnapshot(db: Writing, each: Snapshot): void {
  db.run(
    `insert into snapshot (id, site, node, node_name, name, bytes, sha256, saved_at, pulled_at, k3s_version, token_hash,
       check_json, path, practice) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set bytes = excluded.bytes, sha256 = excluded.sha256, pulled_at = excluded.pulled_at,
       k3s_version = excluded.k3s_version, token_hash = excluded.token_hash, check_json = excluded.check_json,
       path = excluded.path`,
    each.id,
    each.site,
    each.node,
    each.nodeName,
    each.name,
    each.bytes,
    each.sha256,
    each.savedAt,
    each.pulledAt,
    each.k3sVersion,
    each.tokenHash,
    JSON.stringify(each.check),
    each.path,
    each.practice ? 1 : 0,
  );
}

export function recordCheck(db: Writing, id: SnapshotId, check: SnapshotCheck): void {
  db.run('update snapshot set check_json = ? where id = ?', JSON.stringify(check), id);
}

/** Takes a copy out of the catalogue, and its proof with it. */
export function forgetSnapshot(db: Writing, id: SnapshotId): void {
  db.run('delete from proof where snapshot = ?', id);
  db.run('delete from snapshot where id = ?', id);
}
