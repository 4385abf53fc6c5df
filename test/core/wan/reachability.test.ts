import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyTarget, reachability } from '../../../main/core/wan/reachability.ts';
import type { Probe } from '../../../main/core/wan/reachability.ts';

const minute = 60_000;
/** Probes a minute apart: `+` answered, `-` did not, space: nobody asked. */
const probes = (line: string, target = '192.0.2.1'): Probe[] =>
  [...line].flatMap((sign, i) =>
    sign === ' '
      ? []
      : [{ target, at: i * minute, up: sign === '+', ...(sign === '+' && { rttSeconds: 0.05 }) }],
  );
const watching = { gapMs: 2 * minute, outageMs: 3 * minute };

test('short absences are flaps, long ones outages with their times', () => {
  const [seen] = reachability(probes('++-++----++'), watching);
  assert.deepEqual(seen?.outages, [{ from: 5 * minute, to: 9 * minute }]);
  assert.equal(seen?.flaps, 1);
  assert.equal(seen?.isUp, true);
  assert.equal(seen?.watchedMs, 10 * minute);
  assert.equal(seen?.availability, 0.5);
  assert.deepEqual(seen?.rtt, { median: 0.05, p95: 0.05 });
});

test('nothing is said about the time in which nobody asked', () => {
  const [seen] = reachability(probes('++----      ++'), watching);
  assert.deepEqual(seen?.outages, [{ from: 2 * minute }], 'nobody saw its end');
  assert.equal(seen?.watchedMs, 6 * minute);
  const [flap] = reachability(probes('++-      ++'), watching);
  assert.deepEqual([flap?.outages, flap?.flaps], [[], 0]);
});

test('an outage that goes on has no end', () => {
  const [seen] = reachability(probes('+++----'), watching);
  assert.deepEqual([seen?.outages, seen?.isUp], [[{ from: 3 * minute }], false]);
  const [once] = reachability(probes('+'), watching);
  assert.deepEqual([once?.availability, once?.probes], [undefined, 1]);
  assert.deepEqual(reachability([]), []);
});

test('probes in any order and asked twice give the same', () => {
  const all = probes('++-++----++');
  assert.deepEqual(reachability([...all.toReversed(), ...all], watching), reachability(all, watching));
});

test('the way out is there when any target answers', () => {
  const both = [
    ...probes('++----++', 'a'),
    ...probes('+++++-++', 'b').map(one => ({ ...one, at: one.at + 500 })),
  ];
  assert.deepEqual(
    anyTarget(both)
      .map(({ up }) => (up ? '+' : '-'))
      .join(''),
    '+++++-++',
  );
  const [seen] = reachability(anyTarget(both), watching);
  assert.deepEqual([seen?.target, seen?.flaps, seen?.outages], ['any', 1, []]);
});
