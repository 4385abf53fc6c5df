import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { bags, isCopied, recordBag, recordCopy, settleBag, unsettled } from '../../../main/store/hq/bags.ts';
import type { KeptBag } from '../../../main/store/hq/bags.ts';
import { openIndex } from '../../../main/store/hq/index.ts';
import { hqMigrations } from '../../../main/store/hq/migrations.ts';
import { enrollLaptop, laptopById, laptops } from '../../../main/store/hq/laptops.ts';
import { openStore } from '../../../main/store/open.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';

const now = new Date('2026-01-02T03:04:05Z');
const bag: KeptBag = {
  export: 'e',
  site: 's',
  siteName: 'Dome C',
  counter: 3,
  laptopKey: 'A',
  tagmanifestSha256: 'h',
  at: '1970-01-01T00:00:00.000Z',
  clockDoubtful: true,
  receivedAt: now.toISOString(),
  late: false,
  verdict: 'received',
  says: 'Received.',
  receipt: '{}',
  signature: 's',
  folder: 'sites/s/000003-e',
  settled: false,
};

test('an index of version 1 is brought up to date, and what it held stays', t => {
  const path = join(folder(t), 'hq.db');
  const first = openStore(path, { migrations: hqMigrations.slice(0, 1) });
  first.write(db => {
    db.run("insert into archive (one, world, made_at) values (1, 'real', '2026')");
    db.run("insert into laptop (id, key, name, enrolled_at) values ('A', 'k', 'Anna', '2026')");
    db.run(
      `insert into bag values ('e', 's', 'Dome C', 3, 'A', 'h', null, '2026', '2026', 0, 'received', 'x', '{}', 's', 'f', 1)`,
    );
  });
  first.close();
  const index = openIndex(path, 'real', now);
  t.after(() => index.close());
  assert.deepEqual(
    index.read(bags).map(each => [each.export, each.counter, each.clockDoubtful]),
    [['e', 3, false]],
  );
  assert.equal(
    index.read(db => isCopied(db, 'e', 'store')),
    false,
  );
  index.write(db => recordCopy(db, 'e', 'store', '2026'));
  assert.equal(
    index.read(db => isCopied(db, 'e', 'store')),
    true,
  );
});

test('bags and laptops come back as they were kept', t => {
  const index = openIndex(join(folder(t), 'hq.db'), 'real', now);
  t.after(() => index.close());
  index.write(db => recordBag(db, bag, []));
  assert.deepEqual(index.read(bags), [bag]);
  assert.deepEqual(index.read(unsettled).length, 1);
  index.write(db => settleBag(db, 'e'));
  assert.deepEqual(index.read(unsettled), []);
  const laptop = { id: 'A', key: 'k', name: 'Anna', enrolledAt: '2026-01-01', until: '2027-01-01' };
  index.write(db => enrollLaptop(db, laptop));
  index.write(db => enrollLaptop(db, { id: 'A', key: 'k', name: 'Bob', enrolledAt: 'later' }));
  assert.deepEqual(index.read(laptops), [{ id: 'A', key: 'k', name: 'Bob', enrolledAt: '2026-01-01' }]);
  assert.equal(
    index.read(db => laptopById(db, 'B')),
    undefined,
  );
});

test('an archive belongs to one world', async t => {
  const path = join(folder(t), 'hq.db');
  openIndex(path, 'practice', now).close();
  await failing('practice-only', () => openIndex(path, 'real', now));
  openIndex(path, 'practice', now).close();
});

test('a damaged index is set aside and told', t => {
  const path = join(folder(t), 'hq.db');
  openIndex(path, 'real', now).close();
  writeFileSync(path, 'no database at all, but long enough to be looked at as one'.repeat(100));
  const index = openIndex(path, 'real', now);
  t.after(() => index.close());
  assert.equal(index.warnings.length, 1);
  assert.match(index.warnings[0] ?? '', /enrol the laptops again/);
});
