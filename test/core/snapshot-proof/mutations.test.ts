import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { FieldError } from '../../../preload/contract/failure.ts';
import { inMemory } from '../../../main/core/bbolt/page-source.ts';
import { Crc32c } from '../../../main/core/etcd-snapshot/crc32c.ts';
import { readSnapshot } from '../../../main/core/etcd-snapshot/read.ts';
import { Secret } from '../../../main/core/secret.ts';
import type { MeasuredSnapshot } from '../../../main/core/snapshot-proof/measured.ts';
import { proofOf } from '../../../main/core/snapshot-proof/proof.ts';
import { readForProof } from '../../../main/core/snapshot-proof/read.ts';
import { isProven } from '../../../main/core/snapshot-proof/verdict.ts';
import { TrailerScale } from '../../../main/core/trailer.ts';
import type { SnapshotProof } from '../../../preload/contract/snapshots/proof.ts';
import { k3sSnapshot, newPassword, testCa } from '../../support/k3s-content.ts';
import { flipped, mutated } from '../../support/mutations.ts';
import { seeded } from '../../support/supply-loops.ts';

const seed = Number(process.env['COLDSTART_SEED'] ?? 20_260_105);
const password = newPassword();
const ca = await testCa('site');
const whole = k3sSnapshot({ password, ca, secretKey: randomBytes(32) });
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const recordedHash = sha256(whole).toString('hex');
const crc = new Crc32c();

function measured(bytes: Buffer): MeasuredSnapshot {
  const scale = new TrailerScale();
  scale.update(bytes);
  const weighed = { ...scale.end(), zipped: false };
  const scratch = (): never => assert.fail('all of it fits into memory');
  try {
    const reading = readSnapshot(inMemory(bytes), { crc, live: { scratch } });
    const lying = { zipped: false, hasTrailer: bytes.length % 512 === 32 };
    const how = { tokens: [new Secret(password)], given: true };
    return { ...weighed, read: readForProof(reading, lying, how) };
  } catch (thrown) {
    // Whatever is done to a file, the reader words it; anything else is a bug.
    assert.ok(thrown instanceof FieldError, String(thrown));
    return {
      ...weighed,
      read: { is: 'refused', says: thrown.failure.says, next: thrown.failure.next ?? '' },
    };
  }
}

const proofWith = (bytes: Buffer, reference: string | undefined): SnapshotProof =>
  proofOf(measured(bytes), {
    at: new Date(),
    path: '/x',
    tokenGiven: true,
    sites: [],
    supplyRunDays: 7,
    bundles: [],
    images: { is: 'not-compared', because: 'No bundle is in the vault.' },
    configurationOf: [],
    ...(reference === undefined ? {} : { reference: { sha256: reference, from: 'given by hand' } }),
  });

test('the whole one is proven', () => {
  assert.equal(proofWith(whole, recordedHash).verdict, 'cluster-restorable');
});

test(`800 changed snapshots, as they are and with a trailer made anew, are never proven (seed ${seed})`, () => {
  const random = seeded(seed);
  const seen = { 'not-restorable': 0, 'not-proven': 0 };
  for (let n = 0; n < 800; n++) {
    const image = Buffer.from(whole.subarray(0, -32));
    const changed = n % 2 === 0 ? flipped(image, random(image.length * 8)) : mutated(image, random);
    if (sha256(changed).equals(whole.subarray(-32))) continue;
    for (const trailer of [whole.subarray(-32), sha256(changed)]) {
      const bytes = Buffer.concat([changed, trailer]);
      const [known, unknown] = [proofWith(bytes, recordedHash), proofWith(bytes, undefined)];
      assert.equal(known.verdict, 'not-restorable', `mutation ${n}`);
      assert.ok(!isProven(unknown.verdict), `mutation ${n} without a recorded hash`);
      seen[unknown.verdict as keyof typeof seen] += 1;
      assert.ok(!JSON.stringify(known).includes(password));
    }
  }
  // Some changes only the recorded hash can tell: without it they are not proven, and no more is said.
  assert.ok(seen['not-proven'] > 20 && seen['not-restorable'] > 400, JSON.stringify(seen));
});
