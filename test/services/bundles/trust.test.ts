import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { audited } from '../../../main/store/audit.ts';
import { keepSetting } from '../../../main/store/settings.ts';
import { failing } from '../../support/failing.ts';
import { minisignKey } from '../../support/minisign-key.ts';
import { needs } from '../../support/needs.ts';
import { bench, flipByte, resources } from './bench.ts';
import type { Bench } from './bench.ts';
import { release, sign } from './release.ts';

/** A real world with a folder of release assets beside the stick. */
function real(t: TestContext): Bench & { readonly plain: string } {
  const b = bench(t, { world: 'real' });
  const plain = join(b.stick, '../plain');
  release(plain);
  return { ...b, plain };
}

test('an unsigned bundle is complete but of unknown origin, and is not delivered without consent', async t => {
  const b = real(t);
  const bundle = await b.import(b.plain);
  assert.equal(bundle.complete, true);
  assert.deepEqual(bundle.origin, { is: 'unknown', why: 'No signature of headquarters came with it.' });
  const script = bundle.files.find(file => file.role === 'install-script');
  assert.equal(script?.state, 'unlisted');
  assert.ok(script?.saw?.includes(script.sha256 ?? 'no hash'));
  const deliver = (): unknown => b.service.bundles.delivery(bundle.id, 'amd64', { practice: false });
  await failing('consent-needed', deliver);
});

test('consent is the K3s version typed exactly, and the audit record says who gave it to what', async t => {
  const b = real(t);
  b.store.write(db => keepSetting(db, 'technician', 'Ada'));
  const bundle = await b.import(b.plain);
  const typing = (typed: string): unknown =>
    b.service.calls['bundle.consent']({ bundle: bundle.id, typed }, b.context);
  for (const typed of ['', 'yes', 'v1.33.5', 'v1.33.5+k3s1 ', 'V1.33.5+k3s1'])
    await failing('consent-needed', () => typing(typed));
  assert.deepEqual(b.store.read(audited), []);
  typing('v1.33.5+k3s1');
  assert.equal(
    b.service.bundles.delivery(bundle.id, 'amd64', { practice: false }).k3sVersion,
    'v1.33.5+k3s1',
  );
  const [entry, ...others] = b.store.read(audited);
  assert.deepEqual(others, []);
  assert.equal(entry?.who, 'Ada');
  assert.equal(entry?.what, 'consented-to-unsigned-bundle');
  assert.equal(entry?.facts['bundle'], bundle.id);
  assert.equal(
    entry?.facts['installScript'],
    bundle.files.find(file => file.role === 'install-script')?.sha256,
  );
  const again = await b.import(b.plain);
  assert.ok(
    again.origin.is === 'unknown' && again.origin.consent?.by === 'Ada',
    'the same files keep their consent',
  );
  writeFileSync(join(b.plain, 'install.sh'), '#!/bin/sh\necho another\n');
  const other = await b.import(b.plain);
  assert.ok(
    other.origin.is === 'unknown' && other.origin.consent === undefined,
    'another install.sh needs its own',
  );
});

test('headquarters’ signature by a key in the home makes the origin known', async t => {
  const b = real(t);
  const key = await minisignKey();
  writeFileSync(join(b.home.keys, 'hq-2026.pub'), key.pub);
  await sign(b.plain, key.secret);
  const bundle = await b.import(b.plain);
  assert.deepEqual(bundle.origin, {
    is: 'signed',
    keyId: key.secret.id,
    comment: 'bundle for the north',
    practice: false,
  });
  assert.equal(bundle.files.find(file => file.role === 'install-script')?.state, 'matches');
  assert.equal(b.service.bundles.delivery(bundle.id, 'amd64', { practice: false }).binary.name, 'k3s');
});

test(
  'a signature made by the real minisign is accepted, prehashed and legacy',
  needs('minisign'),
  async t => {
    const b = real(t);
    const key = await minisignKey();
    const run = (...args: string[]): string =>
      execFileSync('minisign', args, { cwd: b.plain, encoding: 'utf8', stdio: 'pipe' });
    const [pub, secret] = [join(b.home.keys, 'hq.pub'), join(b.plain, '../hq.key')];
    run('-G', '-W', '-p', pub, '-s', secret);
    for (const form of [[], ['-l']]) {
      await sign(b.plain, key.secret);
      run('-S', ...form, '-s', secret, '-m', 'coldstart-bundle.txt', '-t', 'made by the tool');
      const { origin } = await b.import(b.plain);
      assert.ok(origin.is === 'signed' && origin.comment === 'made by the tool');
    }
  },
);

test('a changed manifest, signature or trusted comment stops everything', async t => {
  const b = bench(t);
  for (const [name, at] of [
    ['coldstart-bundle.txt', 200],
    ['coldstart-bundle.txt.minisig', 100],
    ['coldstart-bundle.txt.minisig', 180],
  ] as const) {
    const before = readFileSync(join(b.stick, name));
    flipByte(join(b.stick, name), at);
    for (const act of [() => b.import(), () => b.verify()]) {
      const failure = await failing('bad-signature', act);
      assert.match(failure.next ?? '', /Do not use/);
    }
    writeFileSync(join(b.stick, name), before);
  }
  assert.deepEqual(b.objects(), []);
});

test('a signature by an unknown key is no signature: the origin is unknown and the key is named', async t => {
  const b = real(t);
  const key = await minisignKey();
  await sign(b.plain, key.secret);
  const { origin, files } = await b.import(b.plain);
  assert.ok(origin.is === 'unknown' && origin.why?.includes(key.secret.id));
  assert.equal(files.find(file => file.role === 'install-script')?.state, 'unlisted');
  assert.ok(files.find(file => file.role === 'signature')?.saw?.includes(key.secret.id));
});

test('a signed manifest that does not name install.sh does not make a usable bundle', async t => {
  const b = real(t);
  const key = await minisignKey();
  writeFileSync(join(b.home.keys, 'hq.pub'), key.pub);
  await sign(b.plain, key.secret, { leaveOut: 'install.sh' });
  assert.match(
    (await failing('bundle-incomplete', () => b.import(b.plain))).says,
    /install\.sh: not vouched for/,
  );
});

test('a file that matches its list but not the signed manifest is altered', async t => {
  const b = real(t);
  const key = await minisignKey();
  writeFileSync(join(b.home.keys, 'hq.pub'), key.pub);
  await sign(b.plain, key.secret);
  const other = join(b.plain, '../other');
  release(other, 'v1.33.5+k3s2');
  for (const name of ['k3s', 'sha256sum-amd64.txt']) copyFileSync(join(other, name), join(b.plain, name));
  const { files } = await b.verify(b.plain);
  assert.equal(files.find(file => file.name === 'k3s')?.state, 'altered');
});

test('a signature without its manifest is told as such', async t => {
  const b = bench(t);
  rmSync(join(b.stick, 'coldstart-bundle.txt'));
  assert.equal(
    (await failing('bundle-incomplete', () => b.import())).facts?.['coldstart-bundle.txt'],
    'missing',
  );
});

test('the real world shows a practice bundle and takes none; stripped of its signature it is still practice', async t => {
  const b = bench(t, { world: 'real' });
  assert.equal((await b.verify()).practice, true);
  await failing('practice-only', () => b.import());
  rmSync(join(b.stick, 'coldstart-bundle.txt'));
  rmSync(join(b.stick, 'coldstart-bundle.txt.minisig'));
  const bare = await b.verify();
  assert.ok(bare.practice && bare.complete && bare.origin.is === 'unknown');
  await failing('practice-only', () => b.import());
  assert.deepEqual(b.objects(), []);
});

test('the practice world takes practice bundles only', async t => {
  const b = bench(t);
  const plain = join(b.stick, '../plain');
  release(plain);
  await failing('practice-only', () => b.import(plain));
});

test('a practice bundle is never delivered to a real node, nor a real one to a practice node', async t => {
  const practice = bench(t);
  const { id } = await practice.import();
  await failing('practice-only', () => practice.service.bundles.delivery(id, 'amd64', { practice: false }));
  const b = real(t);
  const bundle = await b.import(b.plain);
  await failing('practice-only', () => b.service.bundles.delivery(bundle.id, 'amd64', { practice: true }));
});

test('a practice key in the home of the real world signs practice only', async t => {
  const b = real(t);
  copyFileSync(join(resources, 'keys/practice.pub'), join(b.home.keys, 'practice.pub'));
  await failing('practice-only', () => b.import());
});
