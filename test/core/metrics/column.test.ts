import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ByteReader, ByteWriter, Damaged } from '../../../main/core/metrics/bytes.ts';
import { readColumn, writeColumn } from '../../../main/core/metrics/column.ts';

function through(values: readonly number[], present?: readonly number[]) {
  const out = new ByteWriter(1);
  writeColumn(out, Float64Array.from(values), present && Uint8Array.from(present));
  const bytes = out.done();
  const from = new ByteReader(bytes);
  const column = readColumn(from, values.length);
  assert.equal(from.at, bytes.length, 'everything that was written is read');
  return { bytes: bytes.length, at: [...column.at], values: [...column.values] };
}

const cases: Readonly<Record<string, readonly number[]>> = {
  nothing: [],
  constant: [3, 3, 3, 3],
  'a counter': [1, 5, 9, 13, 100, 101],
  'a counter that was reset': [900, 901, 902, 0, 1],
  decimals: [0.01, 12.34, 0.1, 1e-9, 7],
  'sums of floats': [0.1 + 0.2, 1 / 3, 2 / 3, Math.PI, 1e-300],
  'numbers that are none': [NaN, NaN, 1, Infinity, -Infinity],
  'two zeros': [0, -0, 0, -0],
  'the largest': [Number.MAX_VALUE, Number.MIN_VALUE, 2 ** 53, -(2 ** 53), 2 ** 62],
  'near the edge of whole numbers': [2 ** 50, -(2 ** 50), 2 ** 50, 2 ** 49, 0],
  'times in seconds': [1795442714.726, 1795442718.804, 1795442722.9],
};

suite('a column', () => {
  for (const [what, values] of Object.entries(cases))
    test(`${what} comes back bit for bit`, () => {
      assert.ok(through(values).values.every((value, i) => Object.is(value, values[i])));
    });

  test('random values of every size come back, wherever some are missing (seeded)', () => {
    let seed = 20261123;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    for (let round = 0; round < 300; round++) {
      const scale = 10 ** Math.floor(random() * 24 - 9);
      const digits = Math.floor(random() * 6);
      const whole = random() < 0.5;
      const values = Array.from({ length: 1 + Math.floor(random() * 60) }, () => {
        const value = (random() - 0.3) * scale;
        return whole ? Math.round(value) + 0 : Number(value.toFixed(digits));
      });
      const present = values.map(() => (random() < 0.8 ? 1 : 0));
      const { at, values: back } = through(values, present);
      const wanted = present.flatMap((flag, i) => (flag ? [i] : []));
      assert.deepEqual(at, wanted);
      assert.ok(wanted.every((i, k) => Object.is(back[k], values[i])));
    }
  });

  test('a steady counter costs a byte a sample before any compression', () => {
    const steady = Array.from({ length: 480 }, (_, i) => 1_000_000 + i * 37);
    assert.ok(through(steady).bytes < 500);
  });

  test('bytes that end too early are called damaged', () => {
    const out = new ByteWriter();
    writeColumn(out, Float64Array.of(1, 200, 3000));
    const bytes = out.done();
    for (let end = 0; end < bytes.length; end++)
      assert.throws(() => readColumn(new ByteReader(bytes.subarray(0, end)), 3), Damaged);
  });
});
