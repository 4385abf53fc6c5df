import type { BreakGlass, Site } from '../../preload/contract/domain.ts';
import type { SiteId } from '../../preload/contract/ids.ts';
import type { Reading, Writing } from './store.ts';

interface Row {
  readonly id: SiteId;
  readonly name: string;
  readonly practice: number;
  readonly created_at: string;
  readonly recipients: string;
  readonly break_glass: string | null;
}
const columns = 'id, name, practice, created_at, recipients, break_glass';

const siteFrom = (row: Row): Site => ({
  id: row.id,
  name: row.name,
  practice: row.practice === 1,
  createdAt: row.created_at,
  recipients: JSON.parse(row.recipients) as string[],
  ...(row.break_glass === null ? {} : { breakGlass: JSON.parse(row.break_glass) as BreakGlass }),
});

/** All sites, oldest first. */
export const sites = (db: Reading): readonly Site[] =>
  db.all<Row>(`select ${columns} from site order by created_at, rowid`).map(siteFrom);

export function siteById(db: Reading, id: SiteId): Site | undefined {
  const row = db.one<Row>(`select ${columns} from site where id = ?`, id);
  return row && siteFrom(row);
}

export const isSiteName = (db: Reading, name: string): boolean =>
  db.one('select 1 from site where name = ?', name) !== undefined;

export function addSite(db: Writing, site: Site): void {
  db.run(
    'insert into site (id, name, practice, created_at, recipients) values (?, ?, ?, ?, ?)',
    site.id,
    site.name,
    Number(site.practice),
    site.createdAt,
    JSON.stringify(site.recipients),
  );
}

export function setRecipients(db: Writing, id: SiteId, recipients: readonly string[]): void {
  db.run('update site set recipients = ? where id = ?', JSON.stringify(recipients), id);
}
