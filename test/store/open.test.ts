import assert from 'node:assert/strict';
import {
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openStore, requireNodeApi } from '../../main/store/open.ts';
import type { OpenedStore } from '../../main/store/open.ts';
import type { Writing } from '../../main/store/store.ts';
import { failing } from '../support/failing.ts';
import { folder } from '../support/folder.ts';

const now = new Date('2026-11-22T18:54:09Z');
const insert = (db: Writing, name: string) => db.run("insert into setting values (?, '{}')", name);
const names = (store: OpenedStore) =>
  store.read(db => db.all<{ name: string }>('select name from setting order by name')).map(row => row.name);

function opened(t: TestContext, path: string, options = {}): OpenedStore {
  const store = openStore(path, { now, ...options });
  t.after(() => {
    store.close();
  });
  return store;
}

test('what was written is there after closing and opening again', t => {
  const path = join(folder(t), 'coldstart.db');
  const first = openStore(path);
  first.write(db => insert(db, 'theme'));
  first.close();
  const second = opened(t, path);
  assert.deepEqual(names(second), ['theme']);
  assert.deepEqual(second.warnings, []);
});

test('the journal is durable, guards its references and runs beside readers', t => {
  const path = join(folder(t), 'coldstart.db');
  const store = opened(t, path);
  const pragma = (name: string) =>
    store.read(db => db.one<Record<string, unknown>>(`select * from pragma_${name}`));
  assert.deepEqual(pragma('journal_mode'), { journal_mode: 'wal' });
  assert.deepEqual(pragma('synchronous'), { synchronous: 2 });
  assert.deepEqual(pragma('foreign_keys'), { foreign_keys: 1 });
  const loose = store.read(db =>
    db.all<{ name: string }>(
      "select name from pragma_table_list where schema = 'main' and not strict and name not like 'sqlite_%'",
    ),
  );
  assert.deepEqual(loose, [], 'every table is strict');
});

test('a write that fails half-way leaves nothing behind', t => {
  const store = opened(t, join(folder(t), 'coldstart.db'));
  assert.throws(() =>
    store.write(db => {
      insert(db, 'a');
      insert(db, 'a');
    }),
  );
  assert.deepEqual(names(store), []);
});

test('nothing can be written outside its transaction', t => {
  const store = opened(t, join(folder(t), 'coldstart.db'));
  const escaped = store.write(db => db);
  assert.throws(() => escaped.run("insert into setting values ('x', '{}')"), /over/);
  assert.throws(
    () => store.read(db => db.one("insert into setting values ('x', '{}') returning name")),
    /changes nothing/,
  );
  assert.throws(() => store.write(() => store.write(db => insert(db, 'x'))), /inside a transaction/);
  assert.throws(() => store.read(() => store.write(db => insert(db, 'x'))), /inside a transaction/);
  assert.throws(() => store.write(async db => insert(db, 'x')), /does not wait/);
  assert.deepEqual(names(store), []);
});

test('a store that is not Coldstart’s journal any more is set aside and told, never replaced in silence', async t => {
  const damages: Record<string, (path: string) => void> = {
    'a text file': path => {
      writeFileSync(path, 'Dear diary, the generator is down again.\n');
    },
    'an empty file': path => {
      truncateSync(path, 0);
    },
    'a torn file': path => {
      truncateSync(path, Math.floor(statSync(path).size * 0.6));
    },
    'a page of noise': path => {
      const file = openSync(path, 'r+');
      for (let page = 1; page < statSync(path).size / 4096; page++)
        writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
      closeSync(file);
    },
  };
  for (const [name, damage] of Object.entries(damages))
    await t.test(name, t => {
      const home = folder(t);
      const path = join(home, 'coldstart.db');
      const first = openStore(path);
      first.write(db => insert(db, 'before'));
      first.close();
      damage(path);
      const left = readFileSync(path);
      const store = opened(t, path);
      assert.deepEqual(names(store), []);
      const aside = `${path}.damaged-20261122T185409Z`;
      assert.deepEqual(readFileSync(aside), left, 'every byte is kept');
      assert.equal(store.warnings.length, 1);
      assert.match(store.warnings[0] ?? '', /damaged-20261122T185409Z/);
      const again = openStore(path);
      assert.equal(again.warnings.length, 1, 'told again until the file is taken away');
      again.close();
    });
});

test('a log without its journal is set aside too', t => {
  const home = folder(t);
  writeFileSync(join(home, 'coldstart.db-wal'), 'what was written last');
  const store = opened(t, join(home, 'coldstart.db'));
  assert.equal(
    readFileSync(join(home, 'coldstart.db.damaged-20261122T185409Z-wal'), 'utf8'),
    'what was written last',
  );
  assert.equal(store.warnings.length, 1);
});

test('two damages in the same second keep both files', t => {
  const home = folder(t);
  const path = join(home, 'coldstart.db');
  for (const text of ['one', 'two']) {
    writeFileSync(path, text);
    openStore(path, { now }).close();
  }
  const kept = readdirSync(home).filter(name => name.includes('damaged'));
  assert.deepEqual(kept.map(name => readFileSync(join(home, name), 'utf8')).sort(), ['one', 'two']);
});

test('a first start that was cut short begins again without a warning', t => {
  const home = folder(t);
  writeFileSync(join(home, 'coldstart.db.new'), 'half a file');
  const store = opened(t, join(home, 'coldstart.db'));
  assert.deepEqual(store.warnings, []);
  assert.equal(existsSync(join(home, 'coldstart.db.new')), false);
});

test('a journal from a newer Coldstart is refused and left as it is', async t => {
  const path = join(folder(t), 'coldstart.db');
  const table = 'create table a (b text) strict';
  openStore(path, { migrations: [table, 'create table c (d text) strict'] }).close();
  const before = readFileSync(path);
  const failure = await failing('refused', () => openStore(path, { migrations: [table] }));
  assert.match(failure.says, /newer/);
  assert.deepEqual(readFileSync(path), before);
});

test('a folder that is not there is a failure the technician can read', async t => {
  await failing('gone-away', () => openStore(join(folder(t), 'no', 'coldstart.db')));
});

test('an old Node is told so before the database is loaded', async () => {
  await failing('could-not', () => {
    requireNodeApi('9');
  });
  requireNodeApi('10');
});
