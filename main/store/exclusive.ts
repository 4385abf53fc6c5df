import Database from 'better-sqlite3';
import { truncateSync } from 'node:fs';
import { failureFrom, isDamage } from './failures.ts';
import { requireNodeApi } from './open.ts';

/**
 * Holds the SQLite database at `path` exclusively until `close`, or until this process ends in any way, `kill -9` and a
 * flat battery included: the kernel takes the lock back. Gives undefined when another process holds it.
 *
 * Never open this file by other means in the same process: closing any other handle to it drops the lock (POSIX).
 */
export function holdExclusive(path: string): { close(): void } | undefined {
  requireNodeApi();
  try {
    return hold(path);
  } catch (thrown) {
    if (!isDamage(thrown)) throw failureFrom(thrown, path);
    // A lock holds nothing. Emptied in place, not removed: whoever locks it meanwhile locks the same file.
    truncateSync(path, 0);
    return hold(path);
  }
}

function hold(path: string): { close(): void } | undefined {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { timeout: 0 });
    // One more attempt by the same process must fail too, whatever journal an older file has.
    db.pragma('locking_mode = exclusive');
    db.exec('begin exclusive');
    const held = db;
    return {
      close: () => {
        held.close();
      },
    };
  } catch (thrown) {
    db?.close();
    if (thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('SQLITE_BUSY'))
      return undefined;
    throw thrown;
  }
}
