import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Trial, flipped, mutated } from '../../support/mutations.ts';
import { recorded } from '../../support/snapshots.ts';
import { seeded } from '../../support/supply-loops.ts';

const seed = Number(process.env['COLDSTART_SEED'] ?? 20_260_105);
const flips = 8000;

/** `npm run torture` turns every bit of the first 64 KiB. */
test(`${flips} copies of a snapshot with one wrong bit neither stop the reader nor pass as intact (seed ${seed})`, () => {
  const random = seeded(seed);
  const trial = new Trial(recorded('encrypted'));
  for (let n = 0; n < flips; n++) {
    const bit = random(64 * 1024 * 8);
    trial.meets(flipped(trial.image, bit), `bit ${bit}`);
  }
  trial.passed();
});

for (const [name, rounds] of [
  ['encrypted', 4000],
  ['etcd-3.6', 8000],
] as const)
  test(`${rounds} damaged copies of ${name} neither stop the reader nor pass as intact (seed ${seed})`, () => {
    const random = seeded(seed);
    const trial = new Trial(recorded(name));
    for (let n = 0; n < rounds; n++) trial.meets(mutated(trial.image, random), `mutation ${n}`);
    trial.passed();
    // All three ends were met, so the damage reached every depth.
    const { refused, damaged, read } = trial.seen;
    assert.ok(Math.min(refused, damaged, read) > rounds / 10, JSON.stringify(trial.seen));
  });
