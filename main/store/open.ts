import Database from 'better-sqlite3';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FieldError } from '../../preload/contract/failure.ts';
import { fileTime, moveAside, renameDurably, syncFolder } from './durable.ts';
import { failureFrom, isDamage } from './failures.ts';
import { migrations as all } from './migrations/all.ts';
import type { Store } from './store.ts';
import { transactions } from './transactions.ts';

export interface OpenedStore extends Store {
  /** Sentences for the technician: what was found damaged and where it lies now. Shown until the file is taken away. */
  readonly warnings: readonly string[];
}

const companions = ['-wal', '-shm'];

/** better-sqlite3 speaks Node-API 10. On an older Node it does not throw, it ends the process; so ask first. */
export function requireNodeApi(version = process.versions['napi']): void {
  if (Number(version) >= 10) return;
  throw new FieldError({
    code: 'could-not',
    says: `This Node (${process.version}) is too old for Coldstart's journal.`,
    untouched: 'Nothing was opened.',
    next: 'Start Coldstart through start.mjs or npm, which bring Node 24.',
  });
}

/**
 * Opens the journal at `path`, or makes a new one. A damaged file is never used and never overwritten: it is moved to
 * `<name>.damaged-<UTC time>` and told in `warnings`. Throws `refused` for a file from a newer Coldstart, `held-elsewhere`,
 * `not-writable` or `disk-full`. The caller holds the home's lock.
 */
export function openStore(
  path: string,
  options: { readonly now?: Date; readonly migrations?: readonly string[] } = {},
): OpenedStore {
  requireNodeApi();
  const now = options.now ?? new Date();
  const migrations = options.migrations ?? all;
  try {
    statSync(dirname(path));
    if (!isSound(path)) moveAside(path, 'damaged', now, companions);
    if (!existsSync(path)) makeNew(path, migrations);
    const db = connect(path);
    try {
      bringUpToDate(db, path, migrations, now);
    } catch (thrown) {
      db.close();
      throw thrown;
    }
    return { ...transactions(db, path), warnings: damagedBefore(path) };
  } catch (thrown) {
    throw failureFrom(thrown, path);
  }
}

/**
 * A new journal is made under another name and renamed when complete. So a file that is there and empty was never left
 * by a first start that was cut short: it lost its content.
 */
function makeNew(path: string, migrations: readonly string[]): void {
  const making = `${path}.new`;
  for (const ending of ['', ...companions, '-journal']) rmSync(making + ending, { force: true });
  const db = connect(making);
  try {
    migrate(db, migrations);
  } finally {
    // Closing the last connection folds the write-ahead log into the file and fsyncs it.
    db.close();
  }
  renameDurably(making, path);
}

function connect(path: string): Database.Database {
  const db = new Database(path, { timeout: 5000 });
  try {
    db.pragma('journal_mode = wal');
    // A journal entry must be on the disk before its command goes to a node.
    db.pragma('synchronous = full');
    db.pragma('foreign_keys = on');
    db.pragma('trusted_schema = off');
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** False when what stands at `path` (or its log, without it) cannot be a whole journal. */
function isSound(path: string): boolean {
  if (!existsSync(path)) return !companions.some(ending => existsSync(path + ending));
  if (statSync(path).size === 0) return false;
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { timeout: 5000 });
    return db.pragma('quick_check(1)', { simple: true }) === 'ok';
  } catch (thrown) {
    if (isDamage(thrown)) return false;
    throw thrown;
  } finally {
    db?.close();
  }
}

const versionOf = (db: Database.Database): number => Number(db.pragma('user_version', { simple: true }));

function bringUpToDate(db: Database.Database, path: string, migrations: readonly string[], now: Date): void {
  const version = versionOf(db);
  if (version > migrations.length)
    throw new FieldError({
      code: 'refused',
      says: `This journal was written by a newer Coldstart (its version is ${version}, this app knows ${migrations.length}).`,
      about: path,
      untouched: 'The journal was not changed.',
      next: 'Start the newer Coldstart, or point COLDSTART_HOME at another folder.',
    });
  if (version === migrations.length) return;
  keepCopy(db, `${path}.version-${version}-${fileTime(now)}`);
  migrate(db, migrations);
}

/** The journal as it was before a migration, in case the new version has to be given up. */
function keepCopy(db: Database.Database, to: string): void {
  if (existsSync(to)) return;
  db.prepare('vacuum into ?').run(to);
  syncFolder(dirname(to));
}

function migrate(db: Database.Database, migrations: readonly string[]): void {
  for (let version = versionOf(db); version < migrations.length; version++) {
    const step = db.transaction(() => {
      db.exec(migrations[version] ?? '');
      db.pragma(`user_version = ${version + 1}`);
    });
    step.immediate();
  }
}

function damagedBefore(path: string): string[] {
  const start = `${basename(path)}.damaged-`;
  const names = readdirSync(dirname(path))
    .filter(name => name.startsWith(start))
    .map(name => name.replace(/-(wal|shm)$/, ''));
  return [...new Set(names)]
    .sort()
    .map(
      name =>
        `The journal was found damaged and was set aside as ${join(dirname(path), name)}; a new one was begun. ` +
        'Sites, nodes and runs from before are only in there: take it to headquarters, then move it out of this folder.',
    );
}
