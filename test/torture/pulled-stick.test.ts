import { test } from 'node:test';
import { needsRoot } from '../support/needs.ts';
import { pullExports } from '../support/pulled-stick.ts';

const seed = Number(process.env['COLDSTART_SEED'] ?? Date.now() % 1_000_000);

test(`a stick pulled at 50 random moments of an export (seed ${seed})`, needsRoot(), async t => {
  await pullExports(t, 50, seed);
});
