import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { wearForecast } from '../../../../main/core/metrics/wear/forecast.ts';
import type { WearScale } from '../../../../main/core/metrics/wear/forecast.ts';

const dayMs = 86_400_000;

/** Of many disks that wear evenly, looked at four times a day for 35 days: how often the end was foretold, and missed. */
function watched({ step, roundsUp }: WearScale, counted: (used: number) => number) {
  let [told, bounded, missed] = [0, 0, 0];
  for (let first = 0.005; first < 0.9; first += 0.0173)
    for (const perDay of [0.0005, 0.0011, 0.0037, 0.008, 0.0191]) {
      const worn = (day: number): number => first + perDay * day;
      const points = Array.from({ length: 141 }, (_, i) => ({
        at: (i / 4) * dayMs,
        used: counted(worn(i / 4)) * step,
      }));
      const truth = ((1 - first) / perDay) * dayMs;
      const ends = wearForecast(points, { step, roundsUp });
      // One that has worn out already has no end to come.
      if (!ends || truth < 35 * dayMs) continue;
      told += 1;
      if (ends.latest !== undefined) bounded += 1;
      assert.ok(ends.earliest <= ends.at && ends.at <= (ends.latest ?? Infinity));
      if (truth < ends.earliest - 1 || truth > (ends.latest ?? Infinity) + 1) missed += 1;
    }
  return { told, bounded, missed };
}

suite('the end of a disk that wears evenly lies between the earliest and the latest told', () => {
  test('on an eMMC, which counts a tenth as soon as it is begun', () => {
    const { told, bounded, missed } = watched({ step: 0.1, roundsUp: true }, used => Math.ceil(used * 10));
    assert.ok(told > 50 && bounded > 20, `${told} told, ${bounded} with a latest`);
    assert.equal(missed, 0);
  });
  for (const [how, counted] of [
    ['up', (used: number) => Math.ceil(used * 100)],
    ['down', (used: number) => Math.floor(used * 100)],
  ] as const)
    test(`on an NVMe disk that rounds its hundredths ${how}`, () => {
      const { told, bounded, missed } = watched({ step: 0.01, roundsUp: false }, counted);
      assert.ok(told > 100 && bounded > 100, `${told} told, ${bounded} with a latest`);
      assert.equal(missed, 0);
    });
});
