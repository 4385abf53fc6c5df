import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveKeySet } from '../../../main/core/etcd-snapshot/live-keys.ts';
import type { Scratch } from '../../../main/core/etcd-snapshot/runs.ts';
import { seeded } from '../../support/supply-loops.ts';

/** A scratch file in memory. */
function pretended(): Scratch & { readonly size: number } {
  let bytes = Buffer.alloc(0);
  return {
    get size() {
      return bytes.length;
    },
    append: more => {
      bytes = Buffer.concat([bytes, more]);
    },
    readInto: (into, offset) => {
      assert.ok(offset + into.length <= bytes.length);
      into.set(bytes.subarray(offset, offset + into.length));
    },
  };
}

/** Writes and deletes keys at random, and what must be there in the end. */
function history(rounds: number, keys: number): { set: (into: LiveKeySet) => void; expected: string[] } {
  const random = seeded(7);
  const steps = Array.from({ length: rounds }, (_, n) => {
    const name = `/registry/${random(keys)}${'x'.repeat(random(40))}`;
    return { key: Buffer.from(name), at: n * 1000, isDeletion: random(4) === 0 };
  });
  const truth = new Map<string, number>();
  for (const { key, at, isDeletion } of steps)
    if (isDeletion) truth.delete(key.toString());
    else truth.set(key.toString(), at);
  return {
    expected: [...truth].map(([key, at]) => `${key} ${at}`).toSorted(),
    set: into => {
      for (const { key, at, isDeletion } of steps)
        if (isDeletion) into.remove(key, 0, key.length);
        else into.put(key, 0, key.length, at, key.length);
    },
  };
}

const shown = (keys: LiveKeySet): string[] =>
  [...keys.keys()].map(({ key, place }) => `${Buffer.from(key).toString()} ${place?.at}`);

test('keys are found as a plain map finds them', () => {
  const { set, expected } = history(20_000, 300);
  const keys = new LiveKeySet({ scratch: () => assert.fail('all of it fits into memory') });
  set(keys);
  assert.equal(keys.count, expected.length);
  assert.deepEqual(shown(keys), expected);
});

test('keys that do not fit into memory are put aside, and nothing of it is seen from outside', () => {
  const { set, expected } = history(20_000, 300);
  const file = pretended();
  const keys = new LiveKeySet({ scratch: () => file, mostBytes: 60_000 });
  set(keys);
  assert.ok(file.size > 500_000, 'it was put aside many times');
  assert.equal(keys.count, expected.length);
  assert.deepEqual(shown(keys), expected);
  assert.deepEqual(shown(keys), expected, 'and a second time');
});

test('a key longer than the buffers comes back from the scratch file whole', () => {
  const file = pretended();
  const keys = new LiveKeySet({ scratch: () => file, mostBytes: 1000 });
  const long = Buffer.alloc(700_000, 'k');
  keys.put(Buffer.from('a'), 0, 1, 5, 1);
  keys.put(long, 0, long.length, 7, 9);
  keys.put(Buffer.from('z'), 0, 1, 11, 1);
  assert.deepEqual(
    [...keys.keys()].map(({ key, place }) => [key.length, place?.at]),
    [
      [1, 5],
      [700_000, 7],
      [1, 11],
    ],
  );
});
