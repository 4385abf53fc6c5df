import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { work } from '../../main/machine/work.ts';
import { folder } from '../support/folder.ts';
import { needsRoot } from '../support/needs.ts';
import { carriedUntil, imageStick } from '../support/pulled-stick.ts';
import { seeded } from '../support/supply-loops.ts';

const MiB = 2 ** 20;
const signal = new AbortController().signal;

test(
  'pulled at any byte, a stick has all but the last 8 MB, and the rest is all that is written again',
  needsRoot(),
  async t => {
    const random = seeded(20261123);
    const from = join(folder(t), 'sealed');
    writeFileSync(from, randomBytes(40 * MiB));
    for (let round = 0; round < 4; round++) {
      const stick = imageStick(t);
      const to = join(stick.path, 'sealed');
      const told = await carriedUntil(stick, from, to, 6 * MiB + random(30 * MiB));
      const { bytes, resumedAt } = await work().carry(from, to, { signal });
      assert.equal(bytes, 40 * MiB);
      assert.ok(told - resumedAt <= 8_000_000, `pulled at ${told}, taken up at ${resumedAt}`);
      assert.ok(readFileSync(to).equals(readFileSync(from)));
    }
  },
);
