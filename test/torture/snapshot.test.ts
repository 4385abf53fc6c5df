import { test } from 'node:test';
import { Trial, flipped, mutated } from '../support/mutations.ts';
import { recorded } from '../support/snapshots.ts';
import { seeded } from '../support/supply-loops.ts';

const seed = Number(process.env['COLDSTART_SEED'] ?? Date.now() % 1_000_000);
process.stdout.write(`snapshots: COLDSTART_SEED=${seed}\n`);

test('every single bit of the first 64 KiB of a snapshot, turned', () => {
  const trial = new Trial(recorded('encrypted'));
  const { image } = trial;
  for (let bit = 0; bit < 64 * 1024 * 8; bit++) {
    trial.meets(flipped(image, bit), `bit ${bit}`);
    flipped(image, bit);
  }
  trial.passed();
});

test(`10,000 mutations of each of two snapshots (seed ${seed})`, () => {
  const random = seeded(seed);
  for (const name of ['encrypted', 'etcd-3.6'] as const) {
    const trial = new Trial(recorded(name));
    for (let n = 0; n < 10_000; n++) trial.meets(mutated(trial.image, random), `${name}, mutation ${n}`);
    trial.passed();
  }
});
