import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { inMemory } from '../../../../main/core/bbolt/page-source.ts';
import { Crc32c } from '../../../../main/core/etcd-snapshot/crc32c.ts';
import { readSnapshot } from '../../../../main/core/etcd-snapshot/read.ts';
import { unfit } from '../../../../main/core/runbook/restore/unfit.ts';
import { Secret } from '../../../../main/core/secret.ts';
import type { MeasuredSnapshot } from '../../../../main/core/snapshot-proof/measured.ts';
import { readForProof } from '../../../../main/core/snapshot-proof/read.ts';
import { TrailerScale } from '../../../../main/core/trailer.ts';
import { k3sSnapshot, newPassword, testCa } from '../../../support/k3s-content.ts';

const password = newPassword();
const whole = k3sSnapshot({ password, ca: await testCa('site'), secretKey: randomBytes(32) });
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const pulled = sha256(whole).toString('hex');
const crc = new Crc32c();

function measured(bytes: Buffer, token: string): MeasuredSnapshot {
  const scale = new TrailerScale();
  scale.update(bytes);
  const weighed = { ...scale.end(), zipped: false };
  const scratch = (): never => assert.fail('all of it fits into memory');
  try {
    const reading = readSnapshot(inMemory(bytes), { crc, live: { scratch } });
    const lying = { zipped: false, hasTrailer: bytes.length % 512 === 32 };
    return { ...weighed, read: readForProof(reading, lying, { tokens: [new Secret(token)], given: true }) };
  } catch (thrown) {
    assert.ok(thrown instanceof FieldError, String(thrown));
    const { says, next = '' } = thrown.failure;
    return { ...weighed, read: { is: 'refused', says, next } };
  }
}

/** What stands in the way of a file, when exactly these bytes were pulled. */
const asPulled = (bytes: Buffer, token = password) =>
  unfit(measured(bytes, token), sha256(bytes).toString('hex'));

test('the whole snapshot with its own token is worth a restore', () => {
  assert.equal(unfit(measured(whole, password), pulled), undefined);
});

test('another token is told apart from a bad copy, in the words of K3s', () => {
  const found = unfit(measured(whole, newPassword()), pulled);
  assert.equal(found?.which, 'token');
  assert.match(found.says, /bootstrap data already found and encrypted with different token/);
});

test('a file that changed since it was pulled is not restored, though it is sound in itself', () => {
  const other = k3sSnapshot({ password, ca: 'other', secretKey: randomBytes(32) });
  const found = unfit(measured(other, password), pulled);
  assert.equal(found?.which, 'copy');
  assert.match(found.says, /not the file that was pulled/);
});

test('a file that was pulled cut short, flipped or empty is a bad copy, and says what to do', () => {
  const flipped = Buffer.from(whole);
  flipped.writeUInt8(flipped.readUInt8(9000) ^ 1, 9000);
  for (const bytes of [whole.subarray(0, whole.length / 2), flipped, Buffer.alloc(0), Buffer.from('text')]) {
    const found = asPulled(bytes);
    assert.equal(found?.which, 'copy', `${bytes.length} bytes`);
    assert.notEqual(found.next, '');
  }
});
