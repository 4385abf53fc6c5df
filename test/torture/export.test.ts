import { test } from 'node:test';
import { ageKey } from '../support/age-key.ts';
import { flipBits, killAndResume, seeded } from '../support/supply-loops.ts';
import { supplyBench } from '../support/supply.ts';

const seed = Number(process.env['COLDSTART_SEED'] ?? Date.now() % 1_000_000);
process.stdout.write(`exports: COLDSTART_SEED=${seed}\n`);

test(`a thousand flipped bits of a bag are all found (seed ${seed})`, async t => {
  const { recipient } = await ageKey();
  const b = supplyBench({ recipients: [recipient] });
  t.after(() => b.close());
  b.keepToken();
  b.addSnapshot('2026-01-05T00:00:00.000Z');
  const { path } = await b.calls['export.write']({ site: b.site.id, to: b.stick }, b.context());
  await flipBits(b, path, 1000, seeded(seed));
});

test(`killed forty times at any moment, the export still comes out whole (seed ${seed})`, async t => {
  const random = seeded(seed);
  await killAndResume(
    t,
    Array.from({ length: 40 }, () => ({ ms: random(1500) })),
  );
});
