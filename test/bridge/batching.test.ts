import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batched } from '../../main/bridge/batching.ts';

type Item = Uint8Array | string;
const bytes = {
  of: (item: Item) => (typeof item === 'string' ? undefined : item),
  item: (all: Uint8Array) => all,
};
const chunk = (n: number, fill = 1): Uint8Array => new Uint8Array(n).fill(fill);
const after = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));

async function sizes(source: AsyncIterable<Item>): Promise<(number | string)[]> {
  const out: (number | string)[] = [];
  for await (const item of batched(source, bytes)) out.push(typeof item === 'string' ? item : item.length);
  return out;
}

test('bytes that come together leave together', async () => {
  const source = async function* (): AsyncGenerator<Item> {
    for (let i = 0; i < 1000; i += 1) yield chunk(10);
  };
  assert.deepEqual(await sizes(source()), [10_000]);
});

test('no batch is larger than 64 KiB, and a large chunk is cut', async () => {
  const source = async function* (): AsyncGenerator<Item> {
    yield chunk(200 * 1024);
    yield chunk(1);
  };
  const got = await sizes(source());
  assert.deepEqual(got, [65_536, 65_536, 65_536, 8192, 1]);
});

test('other news keeps its place between the bytes', async () => {
  const source = async function* (): AsyncGenerator<Item> {
    yield 'opened';
    yield chunk(3);
    yield chunk(4);
    yield 'resized';
    yield chunk(5);
    yield 'closed';
  };
  assert.deepEqual(await sizes(source()), ['opened', 7, 'resized', 5, 'closed']);
});

test('a lone key press is passed on at once, not after 16 ms', async () => {
  const waits: number[] = [];
  const source = async function* (): AsyncGenerator<Item> {
    for (let i = 0; i < 5; i += 1) {
      await after(40);
      waits.push(-performance.now());
      yield chunk(1);
    }
  };
  let i = 0;
  for await (const item of batched(source(), bytes)) {
    assert.equal(item.length, 1);
    waits[i] = (waits[i] ?? 0) + performance.now();
    i += 1;
  }
  const middle = waits.toSorted((a, b) => a - b)[2] ?? Infinity;
  assert.ok(middle < 10, `a key press waited ${middle.toFixed(1)} ms`);
});

test('a steady trickle becomes at most one frame in 16 ms', async () => {
  const source = async function* (): AsyncGenerator<Item> {
    for (const until = performance.now() + 200; performance.now() < until;) {
      await after(1);
      yield chunk(1);
    }
  };
  const began = performance.now();
  const frames = (await sizes(source())).length;
  const most = (performance.now() - began) / 16 + 2;
  assert.ok(frames <= most, `${frames} frames`);
});

test('a source that breaks after some bytes still gets them through first', async () => {
  const source = async function* (): AsyncGenerator<Item> {
    yield chunk(3);
    throw new Error('cable out');
  };
  const got: number[] = [];
  await assert.rejects(async () => {
    for await (const item of batched(source(), bytes)) got.push(item.length);
  }, /cable out/);
  assert.deepEqual(got, [3]);
});

test('leaving early lets the source clean up', async () => {
  let closed = false;
  const source = async function* (): AsyncGenerator<Item> {
    try {
      for (;;) yield chunk(70_000);
    } finally {
      closed = true;
    }
  };
  for await (const item of batched(source(), bytes)) {
    assert.equal(item.length, 65_536);
    break;
  }
  assert.ok(closed);
});
