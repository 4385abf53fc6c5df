import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Blocks } from '../../../main/core/bbolt/blocks.ts';
import { seeded } from '../../support/supply-loops.ts';

const block = 128 * 1024;

function counted(bytes: Buffer, memory: number): { blocks: Blocks; read: () => number } {
  let read = 0;
  const readInto = (into: Uint8Array, offset: number): void => {
    assert.ok(offset + into.length <= bytes.length, 'nothing is read behind the end');
    into.set(bytes.subarray(offset, offset + into.length));
    read += into.length;
  };
  return { blocks: new Blocks({ size: bytes.length, readInto }, new Uint8Array(memory)), read: () => read };
}

test('any part of a file comes back as it lies, through memory for two blocks', () => {
  const random = seeded(3);
  const bytes = Buffer.from(Uint32Array.from({ length: 300_000 }, () => random(2 ** 31)).buffer);
  const { blocks } = counted(bytes, 2 * block);
  let at = 0;
  for (let n = 0; n < 5000; n++) {
    if (n % 3 === 0) at = random(bytes.length);
    const length = Math.min(random(n % 50 === 0 ? 300_000 : 9000), bytes.length - at);
    assert.ok(
      Buffer.from(blocks.read(at, length)).equals(bytes.subarray(at, at + length)),
      `${at} ${length}`,
    );
    at = (at + length) % bytes.length;
  }
});

test('pages in file order are read about once, and pages here and there are read alone', () => {
  const bytes = Buffer.alloc(8 * 1024 * 1024);
  const inOrder = counted(bytes, 4 * block);
  for (let at = 0; at < bytes.length; at += 4096) inOrder.blocks.read(at, 4096);
  assert.ok(inOrder.read() < bytes.length * 1.1);
  const random = seeded(5);
  const jumping = counted(bytes, 4 * block);
  for (let n = 0; n < 2000; n++) jumping.blocks.read(random(2048) * 4096, 4096);
  assert.ok(jumping.read() < 2000 * 4096 * 6, `${jumping.read()}`);
});
