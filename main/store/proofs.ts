import type { NodeId, SiteId, SnapshotId } from '../../preload/contract/ids.ts';
import type { SnapshotProof } from '../../preload/contract/snapshots/proof.ts';
import type { Reading, Writing } from './store.ts';

/** A proof as it was kept, with what the file was like then. */
export interface ProofRecord {
  readonly snapshot: SnapshotId;
  readonly sha256: string;
  readonly bytes: number;
  /** Whole milliseconds. */
  readonly modifiedMs: number;
  readonly proof: SnapshotProof;
}

interface Row {
  readonly snapshot: SnapshotId;
  readonly sha256: string;
  readonly bytes: number;
  readonly modified_ms: number;
  readonly json: string;
}
const recordOf = ({ snapshot, sha256, bytes, modified_ms, json }: Row): ProofRecord => ({
  snapshot,
  sha256,
  bytes,
  modifiedMs: modified_ms,
  proof: JSON.parse(json) as SnapshotProof,
});
const columns = 'p.snapshot, p.sha256, p.bytes, p.modified_ms, p.json';

/** The last proof of every copy of a site, or of all sites. */
export const proofsOf = (db: Reading, site?: SiteId): readonly ProofRecord[] =>
  db
    .all<Row>(
      `select ${columns} from proof p join snapshot s on s.id = p.snapshot where s.site = coalesce(?, s.site)
       order by s.saved_at desc, s.id`,
      site ?? null,
    )
    .map(recordOf);

/** Keeps a proof in place of the one before. */
export function recordProof(db: Writing, { snapshot, sha256, bytes, modifiedMs, proof }: ProofRecord): void {
  db.run(
    `insert into proof (snapshot, at, sha256, bytes, modified_ms, json) values (?, ?, ?, ?, ?, ?)
     on conflict (snapshot) do update set at = excluded.at, sha256 = excluded.sha256, bytes = excluded.bytes,
       modified_ms = excluded.modified_ms, json = excluded.json`,
    snapshot,
    proof.at,
    sha256,
    bytes,
    modifiedMs,
    JSON.stringify(proof),
  );
}

/** What a node had when it was listed last. */
export interface NodeListing {
  readonly at: string;
  readonly names: readonly string[];
}

export function listingOf(db: Reading, node: NodeId): NodeListing | undefined {
  const row = db.one<{ at: string; names: string }>(
    'select at, names from node_listing where node = ?',
    node,
  );
  return row && { at: row.at, names: JSON.parse(row.names) as string[] };
}

export function recordListing(db: Writing, node: NodeId, { at, names }: NodeListing): void {
  db.run(
    `insert into node_listing (node, at, names) values (?, ?, ?)
     on conflict (node) do update set at = excluded.at, names = excluded.names`,
    node,
    at,
    JSON.stringify(names),
  );
}
