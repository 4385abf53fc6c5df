import assert from 'node:assert/strict';
import { test } from 'node:test';
import { map } from '../../../renderer/words/en/map.ts';

test('a scan is summed up in one sentence, and one more for what is missing', () => {
  assert.equal(
    map.summary(13, 2, ['mast-3'], 28.4),
    '13 machines found in 28 s, 2 of them new. Missing: mast-3.',
  );
  assert.equal(map.summary(1, 0, [], 0.4), '1 machine found in 1 s.');
  assert.equal(map.summary(1, 1, [], 0.4), '1 machine found in 1 s, and new.');
  assert.equal(map.summary(4, 4, [], 4), '4 machines found in 4 s, all of them new.');
  assert.equal(map.summary(0, 0, [], 300), 'Nothing was found in 5 min.');
  assert.equal(
    map.summary(3, 0, ['a', 'b', 'c', 'd', 'e', 'f', 'g'], 9),
    '3 machines found in 9 s. Missing: a, b, c, d, e and 2 more.',
  );
});

test('what only listened did not get answers', () => {
  assert.equal(map.foundSoFar(2, 1, true), '2 machines heard so far, 1 of them new.');
  assert.equal(map.foundSoFar(0, 0, false), 'Nothing was found yet.');
  assert.equal(map.stopped(7, 0, true), 'Stopped. 7 machines heard. What was heard is kept.');
  assert.equal(map.stopped(7, 2, false), 'Stopped. 7 machines found, 2 of them new. What was found is kept.');
  assert.equal(map.stopped(0, 0, false), 'Stopped. Nothing was found.');
});

test('a clock is told against the laptop’s own, in the unit a person reads', () => {
  assert.deepEqual([0, -2, 40, -10_812, 5 * 86_400, 600].map(map.machine.clock), [
    'as this laptop’s',
    'as this laptop’s',
    '40 s ahead of this laptop’s',
    '3 h behind this laptop’s',
    '5 days ahead of this laptop’s',
    '10 min ahead of this laptop’s',
  ]);
});

test('a majority says how many are here and what comes next', () => {
  const { holds, holdsNot, lastOne } = map.picture;
  assert.equal(
    `${holds(2, 3)} ${lastOne}`,
    '2 of 3 servers here: the cluster holds. If one more goes, it stops.',
  );
  assert.equal(holdsNot(1, 3, 2), '1 of 3 servers here, 2 are needed: the cluster takes no changes.');
});

test('nobody is called yours who did not prove it', () => {
  assert.match(map.standing.claims('Dome C'), /does not prove it/);
  assert.doesNotMatch(map.standing.known('Dome C'), /your/i);
});
