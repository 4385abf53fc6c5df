import assert from 'node:assert/strict';
import { existsSync, readdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { FieldError } from '../../preload/contract/failure.ts';
import type { Failure } from '../../preload/contract/failure.ts';
import { work } from '../../main/machine/work.ts';
import { folder } from '../support/folder.ts';
import { flipped } from '../support/mutations.ts';
import { recorded } from '../support/snapshots.ts';
import { zip } from '../support/zip.ts';

const { signal } = new AbortController();
const works = work();
const { look } = works;
const [plain, encrypted] = [recorded('plain'), recorded('encrypted')];

/** A file of these bytes, and how it is looked into. */
function laid(t: TestContext, bytes: Uint8Array, name = 'file') {
  const base = folder(t);
  const path = join(base, name);
  writeFileSync(path, bytes);
  const scratch = join(base, 'scratch');
  t.after(() => existsSync(scratch) && assert.deepEqual(readdirSync(scratch), [], 'no scratch file stays'));
  return { path, how: { scratch, signal } };
}

async function refusal(asked: Promise<unknown>): Promise<Failure> {
  try {
    await asked;
  } catch (thrown) {
    assert.ok(thrown instanceof FieldError, String(thrown));
    return thrown.failure;
  }
  return assert.fail('it was answered');
}

test('a snapshot is looked into in a worker, plain or zipped, with the same answers', async t => {
  const one = laid(t, plain);
  const two = laid(t, zip({ name: 'etcd-snapshot-n1-1', bytes: plain }));
  const contents = await look.contents(one.path, one.how);
  assert.equal(contents.objects, 126);
  assert.deepEqual(await look.contents(two.path, two.how), contents);
  const wanted = { kind: 'Deployment', offset: 0, most: 10 };
  const rows = await look.objects(one.path, wanted, one.how);
  assert.equal(rows.total, 4);
  assert.deepEqual(await look.objects(two.path, wanted, two.how), rows);
  assert.equal((await look.images(two.path, two.how)).images.length, 4);
});

test('the next question about the same file is answered from what is known, one about a changed file is not', async t => {
  const { path, how } = laid(t, plain);
  const key = '/registry/secrets/kube-system/k3s-serving';
  const sealing = async (): Promise<string | undefined> =>
    (await look.object(path, { key, managedFields: false }, how)).object.sealed;
  assert.equal(await sealing(), undefined);
  writeFileSync(`${path}.new`, encrypted);
  renameSync(`${path}.new`, path);
  assert.equal(await sealing(), 'aescbc');
  truncateSync(path, 8192);
  assert.equal((await refusal(sealing())).code, 'check-failed');
});

test('what is no snapshot is told in plain words and named', async t => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [Buffer.alloc(0), /empty/],
    [Buffer.from('hello there\n'.repeat(2000)), /text file/],
    [recorded('foreign'), /another product/],
    [plain.subarray(0, 20_000), /cut short/],
  ];
  for (const [bytes, words] of cases) {
    const { path, how } = laid(t, bytes);
    const { says, about, code } = await refusal(look.contents(path, how));
    assert.match(says, words);
    assert.deepEqual([code, about], ['check-failed', path]);
  }
  const { how } = laid(t, plain);
  assert.equal((await refusal(look.contents('/nowhere/at/all', how))).code, 'no-such-thing');
});

test('a damaged file is refused until it is asked for all the same, and then says that it may be wrong', async t => {
  const bytes = damagedPage();
  const { path, how } = laid(t, bytes);
  const failure = await refusal(look.contents(path, how));
  assert.deepEqual([failure.code, failure.facts?.['damaged']], ['check-failed', 'inside']);
  const anyway = { ...how, evenIfDamaged: true };
  const contents = await look.contents(path, anyway);
  assert.ok((contents.damage ?? '') !== '');
  assert.ok(contents.objects > 0);
  // What is held already is refused as well.
  assert.equal((await refusal(look.objects(path, { offset: 0, most: 9 }, how))).code, 'check-failed');
  const sound = laid(t, plain);
  assert.equal((await refusal(works.snapshotDiff(sound.path, path, how))).code, 'check-failed');
  assert.ok((await works.snapshotDiff(sound.path, path, anyway)).damage?.includes(path));
});

/** The practice snapshot with one leaf page damaged, so that some of its entries are lost. */
function damagedPage(): Buffer {
  for (let page = plain.length / 4096 - 3; page > 3; page--) {
    const at = Math.floor(page) * 4096;
    // A leaf with several entries: the first key of it now stands behind its second.
    if (plain.readUInt16LE(at + 8) !== 2 || plain.readUInt16LE(at + 10) < 5) continue;
    const bytes = Buffer.from(plain);
    const first = at + 16 + bytes.readUInt32LE(at + 20);
    bytes[first] = 0x7f;
    return bytes;
  }
  return assert.fail('no leaf page');
}

test('flipped bits anywhere give an answer or a plain refusal, never a broken worker', async t => {
  const { path, how } = laid(t, plain);
  const sound = laid(t, plain);
  const anyway = { ...how, evenIfDamaged: true };
  let answered = 0;
  for (let i = 0; i < 120; i++) {
    writeFileSync(path, flipped(Buffer.from(plain), (i * 7919 * 613) % (plain.length * 8)));
    try {
      const { objects } = await look.objects(path, { search: 'e', offset: 0, most: 50 }, anyway);
      for (const { key } of objects.slice(0, 3))
        await look.object(path, { key, managedFields: true }, anyway).catch((thrown: unknown) => {
          assert.ok(thrown instanceof FieldError);
        });
      await look.images(path, anyway);
      await works.snapshotDiff(sound.path, path, { ...anyway, anyCluster: true });
      answered += 1;
    } catch (thrown) {
      assert.ok(thrown instanceof FieldError, String(thrown));
    }
  }
  assert.ok(answered > 60, `${answered}`);
});

test('two snapshots of one cluster are compared, those of two clusters are refused', async t => {
  const [from, to] = [laid(t, plain), laid(t, encrypted)];
  const diff = await works.snapshotDiff(from.path, to.path, from.how);
  assert.equal(diff.sameCluster, 'yes');
  assert.deepEqual([diff.added, diff.removed, diff.changed], [0, 0, 7]);
  assert.match(diff.says.join(' '), /6 Secrets were rewritten in kube-system/);
  const uid = Buffer.from('11111111-1111-4111-8111-111111111111');
  const other = Buffer.from(encrypted);
  for (let at = other.indexOf(uid); at >= 0; at = other.indexOf(uid, at + 1)) other[at] = 0x32;
  const foreign = laid(t, other);
  const failure = await refusal(works.snapshotDiff(from.path, foreign.path, from.how));
  assert.deepEqual([failure.code, failure.facts?.['cluster']], ['refused', 'different']);
  const anyway = await works.snapshotDiff(from.path, foreign.path, { ...from.how, anyCluster: true });
  assert.equal(anyway.sameCluster, 'no');
  assert.match(anyway.says[0] ?? '', /two different clusters/);
});

test('a look can be stopped', async t => {
  const { path, how } = laid(t, plain);
  const stop = new AbortController();
  const asked = look.contents(path, { ...how, signal: stop.signal });
  stop.abort();
  assert.equal((await refusal(asked)).code, 'cancelled');
  assert.equal((await look.contents(path, how)).objects, 126);
});

test('the images of the practice bundle’s archives are named with their architecture, packed in any way', async () => {
  const bundle = join(import.meta.dirname, '../../resources/practice/bundle');
  const names = async (file: string): Promise<unknown> =>
    (await works.imagesIn(join(bundle, file), signal)).map(({ name, arch }) => [name, arch]);
  const packed = await names('k3s-airgap-images-amd64.tar.zst');
  assert.ok(Array.isArray(packed) && packed.length > 0);
  assert.deepEqual(await names('k3s-airgap-images-amd64.tar.gz'), packed);
  const failure = await refusal(works.imagesIn(join(bundle, 'k3s-images.txt'), signal));
  assert.equal(failure.code, 'damaged');
});
