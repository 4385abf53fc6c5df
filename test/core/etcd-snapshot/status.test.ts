import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inMemory } from '../../../main/core/bbolt/page-source.ts';
import { Crc32c } from '../../../main/core/etcd-snapshot/crc32c.ts';
import { readSnapshot } from '../../../main/core/etcd-snapshot/read.ts';
import type { Reading } from '../../../main/core/etcd-snapshot/read.ts';
import { statusOf } from '../../../main/core/etcd-snapshot/status.ts';
import type { SnapshotStatus } from '../../../main/core/etcd-snapshot/status.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { recorded, recordedStatus } from '../../support/snapshots.ts';

const scratch = (): never => assert.fail('so few keys need no scratch file');
const status = (bytes: Uint8Array, rule?: '3.5' | '3.6'): SnapshotStatus => {
  const { status: found, reading } = statusOf(inMemory(bytes), { rule, scratch });
  assert.deepEqual(reading.problems, []);
  return found;
};
const read = (bytes: Uint8Array): Reading => readSnapshot(inMemory(bytes), { live: { scratch } });
const refusal = (bytes: Uint8Array): string => {
  try {
    read(bytes);
  } catch (thrown) {
    assert.ok(thrown instanceof FieldError);
    assert.equal(thrown.failure.code, 'check-failed');
    return thrown.failure.says;
  }
  return assert.fail('it was read');
};
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

for (const { name, rule, json } of recordedStatus)
  test(`${name}: the numbers of etcdutl ${rule}`, () => {
    const { rule: counted, revision, ...numbers } = status(recorded(name), rule);
    assert.equal(counted, rule);
    assert.deepEqual({ ...numbers, revision: Number(revision) }, JSON.parse(json));
  });

test('the storage version decides whose way of counting keys is used', () => {
  assert.equal(status(recorded('etcd-3.6')).rule, '3.6');
  assert.equal(status(recorded('plain')).rule, '3.5');
});

test('CRC-32C gives the published values, wherever the bytes lie and however they arrive', () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  // RFC 3720, B.4.
  const vectors: readonly (readonly [Uint8Array, number])[] = [
    [Buffer.from('123456789'), 0xe3069283],
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(0xff), 0x62a8ab43],
    [ascending, 0x46dd794e],
    [ascending.toReversed(), 0x113fdb5c],
  ];
  const crc = new Crc32c(64 * 1024);
  for (const [bytes, expected] of vectors)
    for (const cut of [1, 3, 16, 17, 32]) {
      crc.reset();
      for (let at = 0; at < bytes.length; at += cut) crc.update(bytes, at, Math.min(bytes.length, at + cut));
      assert.equal(crc.value, expected);
      crc.reset();
      crc.room.set(bytes, 5);
      crc.update(crc.room.subarray(5), 0, bytes.length);
      assert.equal(crc.value, expected);
    }
  const long = Buffer.alloc(300_000, 'cold');
  crc.reset();
  crc.update(long, 0, long.length);
  const whole = crc.value;
  crc.reset();
  for (let at = 0; at < long.length; at += 7919) crc.update(long, at, Math.min(long.length, at + 7919));
  assert.equal(crc.value, whole);
});

test('what etcd 3.6 says of itself is found', () => {
  const { facts } = read(recorded('etcd-3.6'));
  assert.deepEqual(facts, {
    members: [
      {
        id: '4ffb55e5a6d6918e',
        name: 'cp1',
        peerUrls: ['http://127.0.0.1:12379'],
        clientUrls: ['http://127.0.0.1:2379'],
        isLearner: false,
      },
    ],
    removedMembers: [],
    alarms: [{ member: '4ffb55e5a6d6918e', kind: 'no-space' }],
    authEnabled: false,
    clusterVersion: '3.6.0',
    storageVersion: '3.6.0',
    consistentIndex: 139n,
    term: 2n,
    // 64 bits: as a number of JavaScript's it would end in …e0.
    voters: ['4ffb55e5a6d6918e'],
    learners: [],
    scheduledCompactRevision: 40,
    finishedCompactRevision: 40,
  });
});

test('only the newest version of a key is there, deleted keys are not, and a key written again is', () => {
  const reading = read(recorded('etcd-3.6'));
  const keys = [...reading.live()].map(({ key }) => text(key));
  assert.equal(keys.length, 52);
  assert.equal(reading.liveKeys, 52);
  assert.deepEqual(keys, keys.toSorted());
  const again = [...reading.live('/registry/configmaps/ns-0/item-000')];
  assert.equal(text(again[0]?.value ?? new Uint8Array(0)), 'again');
  assert.deepEqual([again[0]?.version, again[0]?.createRevision, again[0]?.modRevision], [1, 133, 133]);
  const [leased] = [...reading.live('/registry/masterleases/')];
  assert.ok(leased && leased.lease > 0n && text(leased.key).endsWith('192.168.50.11'));
  assert.equal([...reading.live('/registry/configmaps/ns-1/item-001')].length, 0);
  const updated = [...reading.live('/registry/configmaps/ns-2/item-059')][0];
  assert.equal(
    text(updated?.value ?? new Uint8Array(0)),
    'k8s\0 value 119 of /registry/configmaps/ns-2/item-059',
  );
  assert.equal(updated?.version, 2);
});

test('a database that was restored with bumped revisions is sound though one entry holds nothing', () => {
  const reading = read(recorded('restored-raw'));
  assert.deepEqual(reading.problems, []);
  assert.equal(reading.revision, 1133n);
  assert.equal([...reading.live()].length, 52);
});

test('damage to the freelist is named as etcd’s own check names it', () => {
  const reading = read(recorded('corrupted'));
  assert.deepEqual(reading.problems, [
    'Page 3 is twice in the list of free pages.',
    'Page 4 is neither in use nor in the list of free pages.',
  ]);
  assert.deepEqual([reading.hash, reading.revision, reading.entries], [0x3d13b0b, 2n, 7]);
});

test('what is no snapshot of etcd is said to be none, in words that fit', () => {
  assert.match(refusal(new Uint8Array(0)), /empty/);
  assert.match(refusal(Buffer.from('apiVersion: v1\n'.repeat(1000))), /text file/);
  assert.match(refusal(new Uint8Array(100_000)), /zeros/);
  assert.match(refusal(Buffer.from('SQLite format 3\0'.repeat(500))), /not that of a database/);
  assert.match(refusal(recorded('foreign')), /another product.*io\.containerd\.metadata/);
  assert.match(refusal(recorded('encrypted').subarray(0, 60_000)), /cut short/);
});

test('one torn meta page is no harm, two are', () => {
  const bytes = recorded('encrypted');
  const expected = status(bytes);
  assert.equal(read(bytes).isMetaTorn, false);
  for (const page of [0, 1]) {
    const torn = Buffer.from(bytes);
    torn.fill(0, page * 4096 + 16, page * 4096 + 90);
    assert.deepEqual(status(torn), expected);
    assert.equal(read(torn).isMetaTorn, true);
  }
  const both = Buffer.from(bytes);
  for (const page of [0, 1]) both.fill(0, page * 4096 + 16, page * 4096 + 90);
  assert.match(refusal(both), /no etcd snapshot/);
});

test('a value that was changed is not seen by the page check but changes the hash', () => {
  const bytes = recorded('etcd-3.6');
  const at = bytes.indexOf('value 119 of');
  assert.ok(at > 0);
  bytes[at] = 0x56;
  assert.notEqual(status(bytes).hash, status(recorded('etcd-3.6')).hash);
});

test('an entry with a negative revision is none of etcd’s', () => {
  const bytes = recorded('etcd-3.6');
  // The newest revision, 133, as it stands in the name of its entry.
  const name = Buffer.from('00000000000000855f0000000000000000', 'hex');
  for (const at of [0, 9]) {
    const changed = Buffer.from(bytes);
    const found = changed.lastIndexOf(name);
    assert.ok(found > 0);
    changed[found + at] = 0x80;
    assert.ok(read(changed).problems.some(says => /named as none of etcd’s is|not in order/.test(says)));
  }
});
