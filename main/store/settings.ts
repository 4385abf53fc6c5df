import type { Settings } from '../../preload/contract/domain.ts';
import type { Reading, Writing } from './store.ts';

/** What the technician set, by name, each still to be parsed. An entry that is no JSON is left out. */
export function settingsKept(db: Reading): Readonly<Record<string, unknown>> {
  const rows = db.all<{ name: string; json: string }>('select name, json from setting');
  return Object.fromEntries(rows.flatMap(({ name, json }) => readable(name, json)));
}

function readable(name: string, json: string): [string, unknown][] {
  try {
    return [[name, JSON.parse(json)]];
  } catch {
    return [];
  }
}

export function keepSetting(db: Writing, name: keyof Settings, value: unknown): void {
  db.run(
    'insert into setting (name, json) values (?, ?) on conflict (name) do update set json = excluded.json',
    name,
    JSON.stringify(value),
  );
}

/** The name written into audit records; `technician` until one was set. */
export function technician(db: Reading): string {
  const name = settingsKept(db)['technician'];
  return typeof name === 'string' && name !== '' ? name : 'technician';
}
