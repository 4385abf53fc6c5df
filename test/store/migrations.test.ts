import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { migrations } from '../../main/store/migrations/all.ts';
import { exports } from '../../main/store/exports.ts';
import { openStore } from '../../main/store/open.ts';
import type { Reading, Writing } from '../../main/store/store.ts';
import { folder } from '../support/folder.ts';

/**
 * For each version: what stood in a journal of the version before, and what must be true after the step. A migration
 * without an entry here fails the first test.
 */
const steps: readonly { readonly before?: (db: Writing) => void; readonly after: (db: Reading) => void }[] = [
  {
    after(db) {
      const tables = db.all<{ name: string }>(
        "select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'",
      );
      assert.deepEqual(tables.map(row => row.name).sort(), [
        'audit',
        'bundle',
        'bundle_file',
        'export',
        'node',
        'run',
        'run_event',
        'secret',
        'setting',
        'site',
        'snapshot',
      ]);
    },
  },
  {
    before(db) {
      db.run(
        "insert into site (id, name, practice, created_at, recipients) values ('s', 'Halley', 0, '2026-01-01', '[]')",
      );
      db.run(
        "insert into node (id, site, name, address, port, user, login, practice, added_at) values ('n', 's', 'cp1', '10.0.0.1', 22, 'anna', '{}', 0, '2026-01-01')",
      );
    },
    after(db) {
      assert.deepEqual(db.one('select name, cable, over from node'), {
        name: 'cp1',
        cable: null,
        over: 'ssh',
      });
    },
  },
  {
    after(db) {
      assert.deepEqual(db.all('select id, node, at, json, sealed from examination'), []);
    },
  },
  {
    before(db) {
      db.run(
        "insert into snapshot (id, site, node, node_name, name, bytes, sha256, saved_at, pulled_at, k3s_version, token_hash, check_json, path, practice) values ('x', 's', 'n', 'cp1', 'on-demand-cp1-1', 7, 'ab', '2026-01-01', '2026-01-02', 'v1.33.5+k3s1', '', '{}', '/x', 0)",
      );
    },
    after(db) {
      assert.deepEqual(db.all('select snapshot, at, sha256, bytes, modified_ms, json from proof'), []);
      assert.deepEqual(db.all('select node, at, names from node_listing'), []);
      assert.deepEqual(db.one('select name, sha256 from snapshot'), {
        name: 'on-demand-cp1-1',
        sha256: 'ab',
      });
    },
  },
  {
    before(db) {
      db.run(
        "insert into site (id, name, practice, created_at, recipients) values ('s', 'Halley', 0, '2026-01-01', '[]')",
      );
      db.run(
        `insert into export (id, site, at, path, bytes, files, snapshots, manifest_sha256, check_json, practice) values ('e', 's', '2026-01-02', '/stick/bag', 7, 4, '["x"]', 'ab', '{"complete":true}', 0)`,
      );
    },
    after(db) {
      const [each] = exports(db);
      assert.deepEqual(
        [each?.state, each?.copies, each?.counter, each?.tagmanifestSha256],
        [
          'written',
          [{ path: '/stick/bag', on: '/stick/bag', writtenAt: '2026-01-02', check: { complete: true } }],
          undefined,
          undefined,
        ],
      );
      assert.deepEqual(db.one('select break_glass, export_choices from site'), {
        break_glass: null,
        export_choices: null,
      });
      assert.deepEqual([db.all('select * from receipt'), db.all('select * from key_list')], [[], []]);
    },
  },
  {
    before(db) {
      db.run(
        "insert into site (id, name, practice, created_at, recipients) values ('s', 'Halley', 0, '2026-01-01', '[]')",
      );
    },
    after(db) {
      assert.deepEqual(db.one('select name from site'), { name: 'Halley' });
      assert.deepEqual(
        [
          db.all('select * from machine'),
          db.all('select * from site_ca'),
          db.all('select * from scan_preference'),
        ],
        [[], [], []],
      );
    },
  },
];

test('every migration has a test that starts from the version before', () => {
  assert.equal(steps.length, migrations.length);
});

steps.forEach((step, i) => {
  test(`a journal of version ${i} becomes one of version ${i + 1} and keeps what it holds`, t => {
    const path = join(folder(t), 'coldstart.db');
    const old = openStore(path, { migrations: migrations.slice(0, i) });
    if (step.before) old.write(step.before);
    old.close();
    const store = openStore(path, { migrations: migrations.slice(0, i + 1) });
    t.after(() => {
      store.close();
    });
    store.read(step.after);
    assert.deepEqual(
      store.read(db => db.one('pragma user_version')),
      { user_version: i + 1 },
    );
    assert.deepEqual(
      store.read(db => db.all('pragma foreign_key_check')),
      [],
    );
  });
});

const one = "create table note (text text not null) strict; insert into note values ('kept');";

test('a migration that fails leaves the journal in its version, and a copy beside it', t => {
  const home = folder(t);
  const path = join(home, 'coldstart.db');
  openStore(path, { migrations: [one] }).close();
  const now = new Date('2026-11-22T18:54:09Z');
  assert.throws(() =>
    openStore(path, { now, migrations: [one, 'drop table note; select nonsense from nowhere;'] }),
  );
  const store = openStore(path, { migrations: [one] });
  assert.deepEqual(
    store.read(db => db.all('select * from note')),
    [{ text: 'kept' }],
  );
  store.close();
  const copy = readdirSync(home).find(name => name.startsWith(`${basename(path)}.version-1-`)) ?? '';
  const before = openStore(join(home, copy), { migrations: [one] });
  assert.deepEqual(
    before.read(db => db.all('select * from note')),
    [{ text: 'kept' }],
  );
  before.close();
});
