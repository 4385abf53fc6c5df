import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Export } from '../../../preload/contract/domain.ts';
import { receiptsFolder } from '../../../main/core/supply/receipt.ts';
import type { Receipt } from '../../../main/core/supply/receipt.ts';
import { ageKey } from '../../support/age-key.ts';
import { headquarters } from '../../support/headquarters.ts';
import { minisignKey } from '../../support/minisign-key.ts';
import { supplyBench } from '../../support/supply.ts';
import type { BenchOptions } from '../../support/supply.ts';

/** A site that exported once, and a headquarters whose keys it knows. */
async function exported(t: TestContext, options: BenchOptions = {}) {
  const { recipient } = await ageKey();
  const b = supplyBench({ recipients: [recipient], ...options });
  t.after(() => b.close());
  b.keepToken();
  const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z');
  const hq = await headquarters();
  const post = join(b.folder, 'post');
  mkdirSync(post);
  await b.calls['keys.trust']({ path: hq.rootFile(post), typed: hq.root.id }, b.context());
  await b.calls['keys.trust']({ path: await hq.keyList(post, 1) }, b.context());
  const write = (to = b.stick): Promise<Export> | Export =>
    b.calls['export.write']({ site: b.site.id, to }, b.context());
  const first = await write();
  const receiptFor = (each: Export, more: Partial<Receipt> = {}): Receipt => ({
    format: 1,
    kind: 'coldstart-receipt',
    world: 'real',
    site: each.site,
    export: each.id,
    tagmanifestSha256: each.tagmanifestSha256 ?? '',
    laptopKey: each.laptopKey ?? '',
    counter: each.counter ?? 0,
    receivedAt: '2026-01-12T00:00:00.000Z',
    late: false,
    verdict: 'received',
    says: 'Everything restores.',
    snapshots: each.snapshots.map(id => ({ id, sha256: snapshot.sha256, is: 'restorable', says: '' })),
    ...more,
  });
  const stick = join(b.folder, 'next-stick');
  mkdirSync(join(stick, receiptsFolder), { recursive: true });
  const take = async (from = stick) => b.calls['receipt.import']({ from }, b.context());
  const show = async (each = first) => b.calls['export.show']({ export: each.id }, b.context());
  return {
    ...b,
    hq,
    post,
    snapshot,
    first,
    write,
    receiptFor,
    take,
    show,
    next: join(stick, receiptsFolder),
  };
}

test('a receipt on the next stick confirms the export, and what it has goes out no more', async t => {
  const s = await exported(t);
  await s.hq.receipt(s.next, s.receiptFor(s.first));
  const [seen] = await s.take();
  assert.deepEqual([seen?.is, seen?.export], ['confirmed', s.first.id]);
  const now = await s.show();
  assert.deepEqual(
    [now.state, now.receipt?.verdict, now.receipt?.key, now.receipt?.receivedAt],
    ['confirmed', 'received', s.hq.receipts.id, '2026-01-12T00:00:00.000Z'],
  );
  assert.deepEqual(readdirSync(s.home.spool), [], 'its sealed files are needed no more');
  const fresh = s.addSnapshot('2026-01-13T00:00:00.000Z');
  assert.deepEqual((await s.write()).snapshots, [fresh.id]);
  assert.equal((await s.take())[0]?.is, 'known', 'the same receipt again changes nothing');
});

test('received but not restorable frees nothing, and a better receipt later does', async t => {
  const s = await exported(t);
  const bad = s.receiptFor(s.first, { verdict: 'not-restorable', says: 'The token does not open it.' });
  await s.hq.receipt(s.next, bad);
  assert.equal((await s.take())[0]?.is, 'not-restorable');
  assert.equal((await s.show()).state, 'not-restorable');
  assert.deepEqual((await s.write()).snapshots, [s.snapshot.id]);
  await s.hq.receipt(s.next, s.receiptFor(s.first));
  assert.equal((await s.take())[0]?.is, 'confirmed');
  await s.hq.receipt(s.next, bad);
  assert.equal((await s.take())[0]?.is, 'known', 'a replayed worse one takes nothing back');
  assert.equal((await s.show()).state, 'confirmed');
});

const refusals: readonly (readonly [
  name: string,
  says: RegExp,
  make: (s: Awaited<ReturnType<typeof exported>>) => Promise<unknown>,
])[] = [
  [
    'for another site',
    /another site/,
    s => s.hq.receipt(s.next, s.receiptFor(s.first, { site: '0a1b2c3d-0000-4000-8000-00000000ffff' })),
  ],
  [
    'for an export that was not written here',
    /not written from this laptop/,
    s => s.hq.receipt(s.next, s.receiptFor(s.first, { export: '0a1b2c3d-0000-4000-8000-00000000ffff' })),
  ],
  [
    'for other content under the same id',
    /other content/,
    s => s.hq.receipt(s.next, s.receiptFor(s.first, { tagmanifestSha256: '0'.repeat(64) })),
  ],
  [
    "for a bag that another laptop's key signed",
    /other content/,
    s => s.hq.receipt(s.next, s.receiptFor(s.first, { laptopKey: '0'.repeat(16) })),
  ],
  [
    'signed by a key that is not pinned',
    /no receipt key of headquarters/,
    async s => s.hq.receipt(s.next, s.receiptFor(s.first), (await minisignKey()).secret),
  ],
  [
    'signed by the root key instead of a receipt key',
    /no receipt key of headquarters/,
    s => s.hq.receipt(s.next, s.receiptFor(s.first), s.hq.root),
  ],
  [
    'signed by a key that has run out',
    /good no longer/,
    async s => {
      const { key } = (await s.calls['keys.show']({}, s.context())).list?.receiptKeys[0] ?? { key: '' };
      const path = await s.hq.keyList(s.post, 2, { receiptKeys: [{ key, until: '2020-01-01T00:00:00Z' }] });
      await s.calls['keys.trust']({ path }, s.context());
      await s.hq.receipt(s.next, s.receiptFor(s.first));
    },
  ],
  [
    'changed after it was signed',
    /was changed/,
    async s => {
      const path = await s.hq.receipt(s.next, s.receiptFor(s.first, { verdict: 'not-restorable' }));
      writeFileSync(path, readFileSync(path, 'utf8').replace('"not-restorable"', '"received"'));
    },
  ],
  [
    'without a signature',
    /no signature/,
    async s => {
      const path = await s.hq.receipt(s.next, s.receiptFor(s.first));
      writeFileSync(`${path}.minisig`, '');
    },
  ],
  [
    'of practice',
    /practice receipt/,
    s => s.hq.receipt(s.next, s.receiptFor(s.first, { world: 'practice' })),
  ],
  [
    'that is signed and holds something else',
    /no receipt that Coldstart can read/,
    s => s.hq.receipt(s.next, s.receiptFor(s.first, { counter: 1.5 })),
  ],
];
for (const [name, says, make] of refusals)
  test(`a receipt ${name} is refused and confirms nothing`, async t => {
    const s = await exported(t);
    await make(s);
    const [seen] = await s.take();
    assert.equal(seen?.is, 'refused');
    assert.match(seen?.says ?? '', says);
    assert.equal((await s.show()).state, 'written');
    assert.deepEqual((await s.write()).snapshots, [s.snapshot.id]);
  });

test('two couriers carry identical bytes, and each copy leaves for itself', async t => {
  const s = await exported(t);
  const second = join(s.folder, 'second');
  mkdirSync(second);
  const copy = await s.write(second);
  assert.deepEqual([copy.id, copy.counter, copy.copies.length], [s.first.id, 1, 2]);
  const files = readdirSync(s.first.path, { recursive: true, encoding: 'utf8' }).toSorted();
  assert.deepEqual(readdirSync(copy.path, { recursive: true, encoding: 'utf8' }).toSorted(), files);
  for (const file of files.filter(each => /\.[a-z]+$/.test(each) && !each.endsWith('snapshots')))
    assert.deepEqual(readFileSync(join(copy.path, file)), readFileSync(join(s.first.path, file)), file);
  const left = await s.calls['export.left']({ export: copy.id, path: copy.path }, s.context());
  assert.equal(left.state, 'left');
  assert.deepEqual(
    left.copies.map(each => each.leftAt !== undefined),
    [false, true],
  );
  // Even after something new came up, the same bag can be written once more for a third courier.
  s.addSnapshot('2026-01-06T00:00:00.000Z');
  const third = join(s.folder, 'third');
  mkdirSync(third);
  const again = await s.calls['export.write']({ site: s.site.id, to: third, export: copy.id }, s.context());
  assert.deepEqual([again.id, again.copies.length], [s.first.id, 3]);
});

test('an export without a receipt after two supply runs is overdue, and the plan says so', async t => {
  let now = new Date('2026-01-05T12:00:00Z');
  const clock = { now: () => now, monotonic: () => performance.now(), sleep: () => Promise.resolve() };
  const s = await exported(t, { clock });
  assert.equal((await s.show()).overdueSince, undefined);
  now = new Date('2026-01-20T12:00:00Z');
  assert.equal((await s.show()).overdueSince, '2026-01-05T12:00:00.000Z');
  const plan = await s.calls['export.plan']({ site: s.site.id, to: s.stick }, s.context());
  assert.ok(
    plan.warnings.some(each => /no receipt after two supply runs/.test(each)),
    plan.warnings.join('\n'),
  );
});

test('a laptop whose clock went back to 1970 marks its dates doubtful and keeps the order', async t => {
  let now = new Date('2026-01-05T12:00:00Z');
  const clock = { now: () => now, monotonic: () => performance.now(), sleep: () => Promise.resolve() };
  const s = await exported(t, { clock });
  now = new Date('1970-01-01T00:03:00Z');
  const later = supplyBench({ folder: s.folder, recipients: s.site.recipients, clock, clockDoubtful: true });
  later.keepToken();
  later.addSnapshot('2026-01-06T00:00:00.000Z');
  const written = await later.calls['export.write']({ site: s.site.id, to: s.stick }, later.context());
  assert.deepEqual([written.clockDoubtful, written.counter], [true, 2]);
  assert.match(readFileSync(join(written.path, 'bag-info.txt'), 'utf8'), /^Coldstart-Clock: doubtful$/m);
  assert.deepEqual(
    (await later.calls['export.list']({}, later.context())).map(each => each.counter),
    [2, 1],
  );
  later.store.close();
});
