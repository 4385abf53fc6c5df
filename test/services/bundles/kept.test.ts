import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BundleId, NodeId, SiteId, SnapshotId } from '../../../preload/contract/ids.ts';
import { audited } from '../../../main/store/audit.ts';
import { recordSnapshot } from '../../../main/store/snapshots.ts';
import { failing } from '../../support/failing.ts';
import { bench, flipByte } from './bench.ts';
import type { Bench } from './bench.ts';
import { release } from './release.ts';

function keepSnapshot(b: Bench, k3sVersion: string): void {
  b.store.write(db =>
    recordSnapshot(db, {
      id: '11111111-1111-1111-1111-111111111111' as SnapshotId,
      site: 'site' as SiteId,
      node: 'node' as NodeId,
      nodeName: 'cp1',
      name: 'on-demand-cp1-1',
      bytes: 1,
      sha256: '0'.repeat(64),
      savedAt: '2026-11-01T00:00:00Z',
      pulledAt: '2026-11-01T00:00:00Z',
      k3sVersion,
      tokenHash: '0'.repeat(12),
      check: { at: '2026-11-01T00:00:00Z', trailer: 'holds', reference: 'equal', intact: true, says: '' },
      path: '/nowhere',
      practice: true,
    }),
  );
}

const removing = (b: Bench, bundle: BundleId) => async (): Promise<unknown> =>
  b.service.calls['bundle.remove']({ bundle }, b.context);
const checking = (b: Bench, bundle: BundleId) => b.service.calls['bundle.verify']({ bundle }, b.context);

test('a damaged copy in the vault is found, no longer delivered, and mended by importing again', async t => {
  const b = bench(t);
  const { id } = await b.import();
  const { binary, images, installScript } = b.service.bundles.delivery(id, 'amd64', { practice: true });
  flipByte(binary.path, 150);
  truncateSync(images.path, 100);
  rmSync(installScript.path);
  const checked = await checking(b, id);
  assert.equal(checked.complete, false);
  const state = (name: string) => checked.files.find(file => file.name === name)?.state;
  assert.deepEqual(['k3s', images.name, 'install.sh'].map(state), ['altered', 'short', 'missing']);
  await failing('bundle-incomplete', () => b.service.bundles.delivery(id, 'amd64', { practice: true }));
  const mended = await b.import();
  assert.equal(mended.id, id);
  assert.equal(mended.copiedBytes, binary.bytes + images.bytes + installScript.bytes);
  assert.equal((await checking(b, id)).complete, true);
  b.service.bundles.delivery(id, 'amd64', { practice: true });
});

test('a copy that is sound again is told so', async t => {
  const b = bench(t);
  const { id } = await b.import();
  const { binary } = b.service.bundles.delivery(id, 'amd64', { practice: true });
  const good = readFileSync(binary.path);
  flipByte(binary.path, 150);
  assert.equal((await checking(b, id)).complete, false);
  writeFileSync(binary.path, good);
  const checked = await checking(b, id);
  assert.equal(checked.complete, true);
  assert.equal(checked.files.find(file => file.name === 'k3s')?.state, 'matches');
});

test('removing a bundle deletes only what no other bundle uses', async t => {
  const b = bench(t, { world: 'real' });
  const [one, two] = [join(b.stick, '../one'), join(b.stick, '../two')];
  release(one, 'v1.33.5+k3s1');
  release(two, 'v1.32.9+k3s1');
  const [first, second] = [await b.import(one), await b.import(two)];
  const images = second.files.find(file => file.role === 'images')?.sha256 ?? '';
  assert.ok(
    first.files.some(file => file.sha256 === images),
    'both share the image archive',
  );
  await removing(b, first.id)();
  assert.deepEqual(b.objects(), second.files.flatMap(file => file.sha256 ?? []).sort());
  assert.equal((await checking(b, second.id)).complete, true);
  await removing(b, second.id)();
  assert.deepEqual(b.objects(), []);
  assert.deepEqual(
    b.store.read(audited).map(entry => entry.what),
    ['removed-bundle', 'removed-bundle'],
  );
});

test('the only bundle that a kept snapshot needs is not removed', async t => {
  const b = bench(t);
  const bundle = await b.import();
  keepSnapshot(b, bundle.k3sVersion);
  const failure = await failing('refused', removing(b, bundle.id));
  assert.match(failure.says, /on-demand-cp1-1 of cp1/);
  assert.ok(existsSync(b.service.bundles.delivery(bundle.id, 'amd64', { practice: true }).binary.path));
});

test('with a second bundle of the same K3s version the first may go', async t => {
  const b = bench(t);
  const signed = await b.import();
  keepSnapshot(b, signed.k3sVersion);
  for (const name of ['coldstart-bundle.txt', 'coldstart-bundle.txt.minisig']) rmSync(join(b.stick, name));
  const unsigned = await b.import();
  assert.notEqual(unsigned.id, signed.id);
  await removing(b, unsigned.id)();
  await failing('refused', removing(b, signed.id));
});

test('a bundle that a run may go on with is not removed', async t => {
  const b = bench(t);
  const bundle = await b.import();
  b.store.write(db =>
    db.run(
      `insert into run (id, runbook, title, site, node, bundle, ask, digest, state, started_at, practice)
       values ('r', 'install-single', 'Install K3s on cp1', 's', 'n', ?, '{}', '', 'interrupted', '', 1)`,
      bundle.id,
    ),
  );
  assert.match((await failing('refused', removing(b, bundle.id))).says, /Install K3s on cp1/);
});

test('what is not in the vault is told, and a check needs exactly one thing named', async t => {
  const b = bench(t);
  const nobody = 'a'.repeat(64) as BundleId;
  await failing('no-such-thing', removing(b, nobody));
  await failing('no-such-thing', () => checking(b, nobody));
  await failing('no-such-thing', () => b.service.bundles.get(nobody));
  await failing('bad-ask', () => b.service.calls['bundle.verify']({}, b.context));
  await failing('bad-ask', () =>
    b.service.calls['bundle.verify']({ path: b.stick, bundle: nobody }, b.context),
  );
});

test('a node of an architecture the bundle does not serve gets a clear answer', async t => {
  const b = bench(t);
  const { id } = await b.import();
  const failure = await failing('bundle-incomplete', () =>
    b.service.bundles.delivery(id, 'arm', { practice: true }),
  );
  assert.match(failure.says, /nothing for arm; it is for amd64, arm64/);
});

test('two imports at once wait for each other and both succeed', async t => {
  const b = bench(t);
  const [one, two] = await Promise.all([b.import(), b.import()]);
  assert.equal(one.id, two.id);
  assert.deepEqual([one.copiedBytes, two.copiedBytes], [one.bytes, 0]);
});

test('an import that waits for another can be stopped while it waits, and the next still has its turn', async t => {
  const b = bench(t);
  const stop = new AbortController();
  const first = b.import();
  const second = b.service.calls['bundle.import']({ path: b.stick }, { ...b.context, signal: stop.signal });
  const third = b.import();
  stop.abort();
  await failing('cancelled', () => second);
  assert.deepEqual([(await first).complete, (await third).copiedBytes], [true, 0]);
});
