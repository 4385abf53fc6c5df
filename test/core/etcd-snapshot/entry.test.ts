import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Entry, mainRevision, revisionAt } from '../../../main/core/etcd-snapshot/entry.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(' ', ''), 'hex');

function read(hex: string): { readonly sound: boolean; readonly entry: Entry; readonly message: Uint8Array } {
  // Somewhere inside larger bytes, as in a page.
  const message = Buffer.concat([Buffer.alloc(7, 0xff), bytes(hex), Buffer.alloc(9, 0xff)]);
  const entry = new Entry();
  return { sound: entry.read(message, 7, message.length - 9), entry, message };
}

test('a key with its value is read from inside a page', () => {
  // key "/a", created at 2, changed at 300, version 3, value "xyz", lease 7587862094785046273.
  const { sound, entry, message } = read('0a022f61 1002 18ac02 2003 2a0378797a 30 81cec1e2f78be0a669');
  assert.ok(sound);
  assert.equal(Buffer.from(message.subarray(entry.keyFrom, entry.keyTo)).toString(), '/a');
  assert.equal(Buffer.from(message.subarray(entry.valueFrom, entry.valueTo)).toString(), 'xyz');
  assert.deepEqual([entry.createRevision, entry.modRevision, entry.version], [2, 300, 3]);
  assert.equal(entry.lease, 7_587_862_094_785_046_273n);
});

test('numbers keep all their 64 bits', () => {
  const lease = (varint: string): bigint => {
    const { sound, entry } = read(`0a0161 30${varint}`);
    assert.ok(sound);
    return entry.lease;
  };
  assert.equal(lease('ffffffffffffffff7f'), 2n ** 63n - 1n);
  assert.equal(lease('ffffffffffffffffff01'), -1n);
  assert.equal(lease('80808080808080808001'), -(2n ** 63n));
  assert.equal(lease('8080808010'), 2n ** 32n);
  assert.equal(lease('00'), 0n);
});

test('fields of a later etcd are passed over', () => {
  const { sound, entry } = read('0a0161 7a03010203 39 0102030405060708 3d 01020304 1805');
  assert.ok(sound);
  assert.equal(entry.modRevision, 5);
});

test('what is no message is not taken for one', () => {
  for (const hex of [
    '0a', // a length is missing
    '0a05 61', // shorter than it says
    '0affffffff0f 61', // much shorter
    '0affffffffffffffffff01 61',
    '18', // a number is missing
    '18ffffffffffffffffffffff01', // longer than any number
    '0861', // the key as a number
    '1a0161', // a revision as bytes
    '0b', // a group, which etcd never writes
    '00', // field number 0
    '39 010203', // eight bytes that are three
  ])
    assert.equal(read(hex).sound, false, hex);
});

test('a revision is read from the name of an entry, and a deletion told from a write', () => {
  const name = '00000000000000a5 5f 0000000000000001';
  assert.deepEqual(revisionAt(bytes(name), 0, 17), { main: 165, isDeletion: false });
  assert.deepEqual(revisionAt(bytes(`${name} 74`), 0, 18), { main: 165, isDeletion: true });
  for (const other of [
    name.slice(2),
    `${name} 75`,
    `${name} 7474`,
    name.replace('5f', '2d'),
    `80${name.slice(2)}`,
  ])
    assert.equal(revisionAt(bytes(other), 0, bytes(other).length), undefined, other);
  assert.equal(mainRevision(bytes(`7fffffffffffffff${name.slice(16)}`)), 2n ** 63n - 1n);
});
