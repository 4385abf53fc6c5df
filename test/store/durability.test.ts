import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { failureFrom } from '../../main/store/failures.ts';
import { openStore } from '../../main/store/open.ts';
import { FieldError } from '../../preload/contract/failure.ts';
import { failing } from '../support/failing.ts';
import { folder } from '../support/folder.ts';

const openAt = JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../main/store/open.ts')).href);
const writer = `
  import { openStore } from ${openAt};
  const store = openStore(process.argv[1]);
  for (let n = 0; ; n++) {
    store.write(db => db.run("insert into setting values (?, '{}')", String(n)));
    process.stdout.write(n + '\\n');
  }
`;

test('whatever a write returned from is there after kill -9', async t => {
  const path = join(folder(t), 'coldstart.db');
  for (const lines of [1, 60]) {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', writer, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let last = -1;
    for await (const line of createInterface(child.stdout)) {
      last = Number(line);
      if (last === lines) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const store = openStore(path);
    const rows = store.read(db => db.one<{ n: number }>('select count(*) as n from setting'))?.n ?? 0;
    assert.deepEqual(store.warnings, [], 'a killed app leaves no damage');
    assert.ok(rows >= last + 1, `${rows} of ${last + 1}`);
    store.write(db => db.run('delete from setting'));
    store.close();
  }
});

test('a full disk is said to be full, and the write is rolled back', async t => {
  const store = openStore(join(folder(t), 'coldstart.db'));
  t.after(() => {
    store.close();
  });
  store.write(db => {
    db.one('pragma max_page_count = 40');
  });
  const write = () =>
    store.write(db => {
      db.run("insert into setting values ('small', '{}')");
      db.run("insert into setting values ('big', hex(zeroblob(1000000)))");
    });
  const failure = await failing('disk-full', write);
  assert.match(failure.untouched ?? '', /rolled back/);
  assert.deepEqual(
    store.read(db => db.all('select name from setting')),
    [],
  );
});

test('a journal another program holds is waited for, then said to be held', async t => {
  const path = join(folder(t), 'coldstart.db');
  const [one, two] = [openStore(path), openStore(path)];
  t.after(() => {
    one.close();
    two.close();
  });
  two.read(db => db.one('pragma busy_timeout = 1'));
  one.write(db => {
    db.run("insert into setting values ('a', '{}')");
    assert.throws(
      () => two.write(other => other.run("insert into setting values ('b', '{}')")),
      (thrown: FieldError) => thrown.failure.code === 'held-elsewhere',
    );
  });
});

test('every trouble of the database has words for the technician', () => {
  const trouble = (code: string) => failureFrom(Object.assign(new Error(code), { code }), 'x.db');
  const known = {
    SQLITE_CORRUPT_INDEX: 'damaged',
    SQLITE_NOTADB: 'damaged',
    SQLITE_FULL: 'disk-full',
    SQLITE_BUSY_SNAPSHOT: 'held-elsewhere',
    SQLITE_READONLY_DIRECTORY: 'not-writable',
    SQLITE_CANTOPEN: 'not-writable',
    SQLITE_IOERR_FSYNC: 'could-not',
    EACCES: 'not-writable',
    ENOENT: 'gone-away',
  };
  for (const [code, failure] of Object.entries(known)) {
    const found = trouble(code);
    assert.ok(found instanceof FieldError, code);
    assert.equal(found.failure.code, failure);
    assert.ok(found.failure.next);
  }
  assert.ok(!(trouble('SQLITE_CONSTRAINT_UNIQUE') instanceof FieldError));
});
