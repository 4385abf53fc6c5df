import type { MachineId, SiteId } from '../../preload/contract/ids.ts';
import type { KnownMachine } from '../core/lan/inventory/machine.ts';
import type { ScanPreference } from '../core/lan/proposals.ts';
import type { Reading, Writing } from './store.ts';

/** All machines any scan found, in the order in which they were found. */
export const knownMachines = (db: Reading): readonly KnownMachine[] =>
  db
    .all<{ readonly json: string }>('select json from machine order by rowid')
    .map(row => JSON.parse(row.json) as KnownMachine);

/** Keeps what changed since `before`; a machine that turned out to be another one is taken out. */
export function saveMachines(
  db: Writing,
  machines: readonly KnownMachine[],
  before: readonly KnownMachine[],
): void {
  const old = new Map(before.map(machine => [machine.id, JSON.stringify(machine)]));
  const now = new Set(machines.map(({ id }) => id));
  for (const machine of machines) {
    const json = JSON.stringify(machine);
    if (old.get(machine.id) === json) continue;
    db.run(
      'insert into machine (id, last_seen, json) values (?, ?, ?) on conflict (id) do update set last_seen = excluded.last_seen, json = excluded.json',
      machine.id,
      machine.lastSeen,
      json,
    );
  }
  for (const id of old.keys()) if (!now.has(id)) forgetMachine(db, id);
}

export function forgetMachine(db: Writing, id: MachineId): void {
  db.run('delete from machine where id = ?', id);
}

/** CAs the technician said are this site's. */
export const siteCaHashes = (db: Reading, site: SiteId): readonly string[] =>
  db
    .all<{ readonly ca_hash: string }>('select ca_hash from site_ca where site = ? order by joined_at', site)
    .map(row => row.ca_hash);

export function addSiteCaHash(db: Writing, site: SiteId, hash: string, at: string): void {
  db.run(
    'insert into site_ca (site, ca_hash, joined_at) values (?, ?, ?) on conflict do nothing',
    site,
    hash,
    at,
  );
}

export function scanPreference(db: Reading, cidr: string): ScanPreference | undefined {
  const row = db.one<{ readonly fast: number; readonly exclude: string }>(
    'select fast, exclude from scan_preference where cidr = ?',
    cidr,
  );
  return row && { fast: row.fast === 1, exclude: JSON.parse(row.exclude) as string[] };
}

export function setScanPreference(db: Writing, cidr: string, { fast, exclude }: ScanPreference): void {
  db.run(
    'insert into scan_preference (cidr, fast, exclude) values (?, ?, ?) on conflict (cidr) do update set fast = excluded.fast, exclude = excluded.exclude',
    cidr,
    Number(fast),
    JSON.stringify(exclude),
  );
}
