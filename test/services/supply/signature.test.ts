import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ageKey } from '../../support/age-key.ts';
import { supplyBench } from '../../support/supply.ts';

async function written(t: TestContext) {
  const b = supplyBench({ recipients: [(await ageKey()).recipient] });
  t.after(() => b.close());
  b.keepToken();
  b.addSnapshot('2026-01-05T00:00:00.000Z');
  const { path, laptopKey } = await b.calls['export.write']({ site: b.site.id, to: b.stick }, b.context());
  const signature = join(path, 'tagmanifest-sha256.txt.minisig');
  const verify = async () => b.calls['bag.verify']({ path }, b.context());
  return { b, path, laptopKey, signature, verify };
}

test('a bag of this laptop says which key signed it', async t => {
  const { verify, laptopKey } = await written(t);
  const { complete, signedBy } = await verify();
  assert.deepEqual([complete, signedBy], [true, laptopKey]);
});

test('a signature with one other letter makes the bag not whole, though every checksum holds', async t => {
  const { verify, signature } = await written(t);
  const lines = readFileSync(signature, 'utf8').split('\n');
  const last = lines[3] ?? '';
  for (const spoiled of [
    [...lines.slice(0, 3), (last.startsWith('A') ? 'B' : 'A') + last.slice(1), ''].join('\n'),
    lines.join('\n').replace('counter 1', 'counter 2'),
    'noise',
    '',
  ]) {
    writeFileSync(signature, spoiled);
    const { complete, signedBy, problems } = await verify();
    assert.deepEqual([complete, signedBy], [false, undefined], spoiled);
    assert.match(problems.join(), /minisig/);
  }
});

test('a bag that another laptop signed is whole here, and its signature is left to headquarters', async t => {
  const { path } = await written(t);
  const other = await written(t);
  const { complete, signedBy } = await other.b.calls['bag.verify']({ path }, other.b.context());
  assert.deepEqual([complete, signedBy], [true, undefined]);
});

test('a bag without its signature still tells that it is one of this laptop’s key', async t => {
  const { verify, signature } = await written(t);
  rmSync(signature);
  const { complete, problems } = await verify();
  assert.equal(complete, false, problems.join());
});
