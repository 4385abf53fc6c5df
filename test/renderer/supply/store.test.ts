import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { goingTo, looksLikeAgeKey, recipientsOf } from '../../../renderer/features/supply/store.ts';
import { unloaded } from '../../../renderer/ui/loadable.ts';
import * as made from '../../support/page/made-up.ts';

test('a real age key is accepted, one with a wrong character or a secret key is named', () => {
  const practice = join(
    import.meta.dirname,
    '..',
    '..',
    '..',
    'resources',
    'practice',
    'hq',
    'age-recipient.txt',
  );
  const key = readFileSync(practice, 'utf8').trim();
  assert.equal(looksLikeAgeKey(key), true);
  assert.deepEqual(recipientsOf(`${key}\n${key}`), { keys: [key] });
  assert.equal(recipientsOf(`${key}, AGE-SECRET-KEY-1ABC`).wrong, 'AGE-SECRET-KEY-1ABC');
  assert.equal(looksLikeAgeKey(key.replace(/.$/, 'b')), false);
});

test('the plan for one stick is not shown for another', () => {
  const written = made.exported('/media/a', false);
  const at = { sticks: unloaded, exports: unloaded, to: '/media/a', written };
  assert.deepEqual(goingTo(at, '/media/b'), { sticks: unloaded, exports: unloaded, to: '/media/b' });
});
