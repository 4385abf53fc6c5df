import type { SiteId } from '../../preload/contract/ids.ts';
import type { HqNote } from '../../preload/contract/supply/post.ts';
import type { Reading, Writing } from './store.ts';

interface Row {
  readonly id: string;
  readonly site: string | null;
  readonly at: string;
  readonly title: string;
  readonly text: string;
  readonly key: string;
  readonly taken_at: string;
  readonly read_at: string | null;
}

const noteOf = (row: Row): HqNote => ({
  id: row.id,
  ...(row.site === null ? {} : { site: row.site as SiteId }),
  at: row.at,
  title: row.title,
  text: row.text,
  key: row.key,
  takenAt: row.taken_at,
  ...(row.read_at === null ? {} : { readAt: row.read_at }),
});

export function noteById(db: Reading, id: string): HqNote | undefined {
  const row = db.one<Row>('select * from hq_note where id = ?', id);
  return row && noteOf(row);
}

/** In the order they came, newest first; of a site those for every site too. */
export const notes = (db: Reading, site?: SiteId): readonly HqNote[] =>
  (site === undefined
    ? db.all<Row>('select * from hq_note order by rowid desc')
    : db.all<Row>('select * from hq_note where site is null or site = ? order by rowid desc', site)
  ).map(noteOf);

export function addNote(db: Writing, note: HqNote): void {
  db.run(
    'insert into hq_note (id, site, at, title, text, key, taken_at) values (?, ?, ?, ?, ?, ?, ?)',
    note.id,
    note.site ?? null,
    note.at,
    note.title,
    note.text,
    note.key,
    note.takenAt,
  );
}

export function markRead(db: Writing, id: string, at: string): void {
  db.run('update hq_note set read_at = ? where id = ? and read_at is null', at, id);
}
