import type { Database, Statement } from 'better-sqlite3';
import { failureFrom } from './failures.ts';
import type { Reading, SqlValue, Store, Writing } from './store.ts';

type Mode = 'reading' | 'writing';
const modes = { reading: 'deferred', writing: 'immediate' } as const;

/** The store's two doors over one connection. What they hand out is dead once the transaction is over. */
export function transactions(db: Database, path: string): Store {
  const statements = new Map<string, Statement>();
  const prepared = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known) return known;
    const made = db.prepare(sql);
    statements.set(sql, made);
    return made;
  };

  function within<T>(mode: Mode, work: (db: Writing) => T): T {
    let over = false;
    const alive = (sql: string): Statement => {
      if (over) throw new Error('The transaction is over: pass its db on to no one.');
      const statement = prepared(sql);
      if (mode === 'reading' && !statement.readonly) throw new Error('A read changes nothing: use write.');
      return statement;
    };
    const view = {
      one: (sql: string, ...values: SqlValue[]) => alive(sql).get(...values),
      all: (sql: string, ...values: SqlValue[]) => alive(sql).all(...values),
      run: (sql: string, ...values: SqlValue[]) => ({ changes: alive(sql).run(...values).changes }),
    } as unknown as Writing;
    try {
      const transaction = db.transaction(() => {
        const value = work(view);
        if (value instanceof Promise)
          throw new Error('A transaction does not wait: do the waiting before or after it.');
        return value;
      });
      return transaction[modes[mode]]();
    } catch (thrown) {
      throw failureFrom(thrown, path);
    } finally {
      over = true;
    }
  }

  return {
    read: work => within('reading', (db: Reading) => work(db)),
    write(work) {
      // Inside another transaction this one would not be durable when it returns, as it promises.
      if (db.inTransaction) throw new Error('A write inside a transaction: pass its db on instead.');
      return within('writing', work);
    },
    close: () => {
      db.close();
    },
  };
}
