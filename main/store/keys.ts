import type { BreakGlass } from '../../preload/contract/domain.ts';
import type { SiteId } from '../../preload/contract/ids.ts';
import type { Reading, Writing } from './store.ts';

/** The root key of headquarters, as its `.pub` file's line, and when the technician accepted it. */
export interface PinnedRoot {
  readonly key: string;
  readonly pinnedAt: string;
}

export function pinnedRoot(db: Reading): PinnedRoot | undefined {
  const row = db.one<{ key: string; pinned_at: string }>('select key, pinned_at from hq_root where one = 1');
  return row && { key: row.key, pinnedAt: row.pinned_at };
}

/** Replaces the root key that was pinned; lists the earlier one signed count no longer. */
export function pinRoot(db: Writing, root: PinnedRoot): void {
  db.run(
    'insert into hq_root (one, key, pinned_at) values (1, ?, ?) on conflict (one) do update set key = excluded.key, pinned_at = excluded.pinned_at',
    root.key,
    root.pinnedAt,
  );
  db.run('delete from key_list');
}

/** The list with the highest serial, as it was signed. */
export const newestKeyList = (db: Reading): { readonly text: string; readonly serial: number } | undefined =>
  db.one<{ text: string; serial: number }>('select text, serial from key_list order by serial desc limit 1');

export function addKeyList(
  db: Writing,
  list: {
    readonly serial: number;
    readonly takenAt: string;
    readonly text: string;
    readonly signature: string;
  },
): void {
  db.run(
    'insert into key_list (serial, taken_at, text, signature) values (?, ?, ?, ?)',
    list.serial,
    list.takenAt,
    list.text,
    list.signature,
  );
}

export function setBreakGlass(db: Writing, site: SiteId, key: BreakGlass): void {
  db.run('update site set break_glass = ? where id = ?', JSON.stringify(key), site);
}
