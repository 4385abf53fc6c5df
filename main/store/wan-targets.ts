import type { SiteId } from '../../preload/contract/ids.ts';
import type { Reading, Writing } from './store.ts';

const nameOf = (site: SiteId): string => `wan-targets ${site}`;

/** What of a site's way out is asked, as it was typed; empty where nothing is. */
export function wanTargetsOf(db: Reading, site: SiteId): string {
  const [row] = db.all<{ json: string }>('select json from setting where name = ?', nameOf(site));
  const kept: unknown = row ? JSON.parse(row.json) : '';
  return typeof kept === 'string' ? kept : '';
}

export function keepWanTargets(db: Writing, site: SiteId, targets: string): void {
  db.run(
    'insert into setting (name, json) values (?, ?) on conflict (name) do update set json = excluded.json',
    nameOf(site),
    JSON.stringify(targets),
  );
}
