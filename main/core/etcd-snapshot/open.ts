import { FieldError } from '../../../preload/contract/failure.ts';
import { Database } from '../bbolt/database.ts';
import type { PageSource } from '../bbolt/page-source.ts';

const untouched = 'The file was only read; nothing was changed.';
const another = 'Take another copy of the snapshot, from the node or from a stick.';

const refused = (says: string, next: string): FieldError =>
  new FieldError({ code: 'check-failed', says, untouched, next });

const isPrinted = (byte: number): boolean => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13;

function whatItIs(source: PageSource): string {
  const head = source.read(0, Math.min(512, source.size));
  if (head.every(byte => byte === 0)) return 'its beginning is all zeros, as after a broken copy';
  return head.every(isPrinted) ? 'it is a text file' : 'its beginning is not that of a database';
}

/** Opens the database in a snapshot. Throws `check-failed` in plain words when there is none. */
export function openDatabase(source: PageSource): Database {
  if (source.size === 0) throw refused('This file is empty.', another);
  const database = Database.open(source);
  if (database === undefined)
    throw refused(
      `This is no etcd snapshot: ${whatItIs(source)}.`,
      'Choose a snapshot; K3s keeps them in /var/lib/rancher/k3s/server/db/snapshots.',
    );
  if (database === 'cut')
    throw refused('This snapshot is cut short: pages of its database are missing at the end.', another);
  return database;
}

/** etcd makes these when it first starts, so a database without them is not etcd's. */
const always = ['key', 'meta'];

/** Throws when the buckets are not those of etcd, unless damage may be why. */
export function refuseForeign(database: Database, names: ReadonlySet<string>): void {
  const missing = always.filter(name => !names.has(name));
  if (missing.length === 0 || !database.problems.none) return;
  const shown = [...names].slice(0, 5).map(name => `“${name.slice(0, 40)}”`);
  throw refused(
    `This is a database of another product, not of etcd: ${
      shown.length === 0 ? 'it is empty.' : `it holds ${shown.join(', ')}.`
    }`,
    'Choose a snapshot that K3s or etcd has made.',
  );
}
