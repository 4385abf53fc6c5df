import type { Arch, Bundle, BundleFile, Origin } from '../../preload/contract/domain.ts';
import type { BundleId } from '../../preload/contract/ids.ts';
import type { Reading, Writing } from './store.ts';

interface Row {
  readonly id: string;
  readonly k3s_version: string;
  readonly practice: number;
  readonly complete: number;
  readonly origin: string;
  readonly arches: string;
  readonly bytes: number;
  readonly imported_at: string;
  readonly verified_at: string;
  readonly source: string;
}

const filesOf = (db: Reading, id: string): readonly BundleFile[] =>
  db
    .all<{ readonly json: string }>('select json from bundle_file where bundle = ? order by rowid', id)
    .map(row => JSON.parse(row.json) as BundleFile);

const bundleOf = (db: Reading, row: Row): Bundle => ({
  id: row.id as BundleId,
  k3sVersion: row.k3s_version,
  practice: row.practice !== 0,
  complete: row.complete !== 0,
  origin: JSON.parse(row.origin) as Origin,
  arches: JSON.parse(row.arches) as readonly Arch[],
  files: filesOf(db, row.id),
  bytes: row.bytes,
  importedAt: row.imported_at,
  verifiedAt: row.verified_at,
  source: row.source,
});

export function bundleById(db: Reading, id: BundleId): Bundle | undefined {
  const row = db.one<Row>('select * from bundle where id = ?', id);
  return row && bundleOf(db, row);
}

/** All bundles, the last imported first. */
export const allBundles = (db: Reading): readonly Bundle[] =>
  db.all<Row>('select * from bundle order by imported_at desc, id').map(row => bundleOf(db, row));

/** Notes a bundle with its files. One that is already there keeps the moment it was first imported. */
export function recordBundle(db: Writing, bundle: Bundle): void {
  db.run(
    `insert into bundle (id, k3s_version, practice, complete, origin, arches, bytes, imported_at, verified_at, source)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set k3s_version = excluded.k3s_version, practice = excluded.practice,
       complete = excluded.complete, origin = excluded.origin, arches = excluded.arches, bytes = excluded.bytes,
       verified_at = excluded.verified_at, source = excluded.source`,
    bundle.id,
    bundle.k3sVersion,
    bundle.practice ? 1 : 0,
    bundle.complete ? 1 : 0,
    JSON.stringify(bundle.origin),
    JSON.stringify(bundle.arches),
    bundle.bytes,
    bundle.importedAt,
    bundle.verifiedAt,
    bundle.source,
  );
  db.run('delete from bundle_file where bundle = ?', bundle.id);
  for (const file of bundle.files)
    db.run(
      'insert into bundle_file (bundle, name, json, sha256) values (?, ?, ?, ?)',
      bundle.id,
      file.name,
      JSON.stringify(file),
      file.sha256 ?? null,
    );
}

export function recordOrigin(db: Writing, id: BundleId, origin: Origin): void {
  db.run('update bundle set origin = ? where id = ?', JSON.stringify(origin), id);
}

export function forgetBundle(db: Writing, id: BundleId): void {
  db.run('delete from bundle_file where bundle = ?', id);
  db.run('delete from bundle where id = ?', id);
}

/** Content that some bundle still names. */
export const keptHashes = (db: Reading): ReadonlySet<string> =>
  new Set(
    db
      .all<{ readonly sha256: string }>('select distinct sha256 from bundle_file where sha256 is not null')
      .map(row => row.sha256),
  );

/** A kept snapshot that was made by this K3s version, by what its node said at the pull or by what its proof found inside. */
export const snapshotNeeding = (
  db: Reading,
  k3sVersion: string,
): { readonly name: string; readonly nodeName: string } | undefined =>
  db.one(
    `select s.name, s.node_name as nodeName from snapshot s left join proof p on p.snapshot = s.id
     where s.k3s_version = ? or json_extract(p.json, '$.k3sVersion') = ? order by s.saved_at desc limit 1`,
    k3sVersion,
    k3sVersion,
  );

/** A run that goes on, or may be continued, with this bundle. */
export const runUsing = (db: Reading, id: BundleId): { readonly title: string } | undefined =>
  db.one("select title from run where bundle = ? and state in ('running', 'interrupted') limit 1", id);
