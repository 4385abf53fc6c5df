import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { TrailerScale } from '../../main/core/trailer.ts';
import type { Weighed } from '../../main/core/trailer.ts';

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const snapshot = (pages: number): Buffer => {
  const image = randomBytes(pages * 4096);
  return Buffer.concat([image, sha256(image)]);
};
function weighed(bytes: Uint8Array, cut: number): Weighed {
  const scale = new TrailerScale();
  for (let at = 0; at < bytes.length; at += cut) scale.update(bytes.subarray(at, at + cut));
  return scale.end();
}

test('a snapshot whose trailer is the hash of its image holds, however its bytes arrive', () => {
  const whole = snapshot(3);
  for (const cut of [1, 7, 31, 32, 33, 4096, whole.length]) {
    const found = weighed(whole, cut);
    assert.equal(found.trailer, 'holds');
    assert.equal(found.bytes, whole.length);
    assert.equal(found.sha256, sha256(whole).toString('hex'));
  }
});

test('one flipped bit anywhere breaks the trailer', () => {
  const whole = snapshot(2);
  for (const at of [0, 4095, 4096, whole.length - 33, whole.length - 32, whole.length - 1]) {
    const flipped = Buffer.from(whole);
    flipped[at] = (flipped[at] ?? 0) ^ 0x10;
    assert.equal(weighed(flipped, 1000).trailer, 'broken', `bit at ${at}`);
  }
});

test('a raw database copy and a file cut short have no trailer', () => {
  const whole = snapshot(2);
  assert.equal(weighed(whole.subarray(0, -32), 512).trailer, 'missing');
  assert.equal(weighed(whole.subarray(0, 5000), 512).trailer, 'missing');
  assert.equal(weighed(new Uint8Array(0), 1).trailer, 'missing');
});

test('a file cut where a trailer could be is broken, and 32 bytes alone are no snapshot', () => {
  assert.equal(weighed(snapshot(2).subarray(0, 4096 + 32), 512).trailer, 'broken');
  assert.equal(weighed(sha256(new Uint8Array(0)), 5).trailer, 'missing');
});

test('bytes read into one and the same buffer are weighed right', () => {
  const whole = snapshot(3);
  const buffer = Buffer.alloc(5000);
  const scale = new TrailerScale();
  for (let at = 0; at < whole.length; at += buffer.length) {
    const got = whole.copy(buffer, 0, at);
    scale.update(buffer.subarray(0, got));
    buffer.fill(0);
  }
  assert.equal(scale.end().trailer, 'holds');
});
