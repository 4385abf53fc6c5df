import type { EnrolledLaptop } from '../../../preload/contract/supply/hq.ts';
import type { Reading, Writing } from '../store.ts';

interface Row {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly enrolled_at: string;
  readonly until: string | null;
}

const laptopOf = (row: Row): EnrolledLaptop => ({
  id: row.id,
  key: row.key,
  name: row.name,
  enrolledAt: row.enrolled_at,
  ...(row.until === null ? {} : { until: row.until }),
});

export const laptops = (db: Reading): readonly EnrolledLaptop[] =>
  db.all<Row>('select * from laptop order by enrolled_at, id').map(laptopOf);

export function laptopById(db: Reading, id: string): EnrolledLaptop | undefined {
  const row = db.one<Row>('select * from laptop where id = ?', id);
  return row && laptopOf(row);
}

/** Enrols a key, or gives an enrolled one another name and another end; the date it was enrolled on stays. */
export function enrollLaptop(db: Writing, each: EnrolledLaptop): void {
  db.run(
    `insert into laptop (id, key, name, enrolled_at, until) values (?, ?, ?, ?, ?)
     on conflict (id) do update set name = excluded.name, until = excluded.until`,
    each.id,
    each.key,
    each.name,
    each.enrolledAt,
    each.until ?? null,
  );
}
