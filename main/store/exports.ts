import type { BagCheck, Export, Origin } from '../../preload/contract/domain.ts';
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
  readonly check_json: string;
  readonly practice: number;
}

const exportOf = (row: Row): Export => ({
  id: row.id as ExportId,
  site: row.site as SiteId,
  at: row.at,
  path: row.path,
  bytes: row.bytes,
  files: row.files,
  snapshots: JSON.parse(row.snapshots) as SnapshotId[],
  manifestSha256: row.manifest_sha256,
  check: JSON.parse(row.check_json) as BagCheck,
  practice: row.practice !== 0,
});

export function exportById(db: Reading, id: ExportId): Export | undefined {
  const row = db.one<Row>('select * from export where id = ?', id);
  return row && exportOf(row);
}

/** All of a site, or of all sites; newest first. */
export const exports = (db: Reading, site?: SiteId): readonly Export[] =>
  (site === undefined
    ? db.all<Row>('select * from export order by at desc, id')
    : db.all<Row>('select * from export where site = ? order by at desc, id', site)
  ).map(exportOf);

export function recordExport(db: Writing, each: Export): void {
  db.run(
    `insert into export (id, site, at, path, bytes, files, snapshots, manifest_sha256, check_json, practice)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    each.id,
    each.site,
    each.at,
    each.path,
    each.bytes,
    each.files,
    JSON.stringify(each.snapshots),
    each.manifestSha256,
    JSON.stringify(each.check),
    each.practice ? 1 : 0,
  );
}

/** The bundles this laptop carries, by what headquarters wants to know. */
export const bundleVersions = (
  db: Reading,
): readonly {
  readonly id: string;
  readonly k3sVersion: string;
  readonly complete: boolean;
  readonly origin: Origin;
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
    }));
