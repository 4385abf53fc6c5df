import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vipLine, wireOf } from '../../../renderer/features/map/wiring.ts';
import type { Wired } from '../../../renderer/features/map/wiring.ts';

const laptop = { x: 0, y: 0, width: 120, height: 44 };
const box = (x: number, y: number, ...ways: Wired['ways']): Wired => ({ x, y, width: 200, height: 80, ways });

/** Every straight piece of a path, as its two ends. */
function pieces(path: string): readonly (readonly [number, number, number, number])[] {
  let [x, y] = [0, 0];
  return [...path.matchAll(/([MHV])([\d.]+)(?: ([\d.]+))?/g)].flatMap(([, how, a = '0', b = '0']) => {
    const before = [x, y] as const;
    if (how === 'M') [x, y] = [Number(a), Number(b)];
    else if (how === 'H') x = Number(a);
    else y = Number(a);
    return how === 'M' ? [] : [[...before, x, y] as const];
  });
}

test('every machine a way reaches gets a drop to its upper edge, the others none', () => {
  const boxes = [box(40, 120, 'ssh'), box(260, 120), box(480, 120, 'ssh', 'serial'), box(40, 240, 'ssh')];
  const drops = pieces(wireOf('ssh', laptop, boxes)).filter(
    ([x1, , x2, y2]) => x1 === x2 && x1 > 30 && y2 > 0,
  );
  assert.deepEqual(
    drops.map(([x, , , y]) => [x, y]),
    [
      [60, 120],
      [500, 120],
      [60, 240],
    ],
  );
  assert.equal(
    pieces(wireOf('serial', laptop, boxes)).filter(([x1, , x2]) => x1 === x2 && x1 > 30).length,
    1,
  );
});

test('no line crosses a machine, and lines of different ways never lie on each other', () => {
  const boxes = [40, 260, 480].flatMap(x => [120, 240, 360].map(y => box(x, y, 'ssh', 'serial')));
  const [ssh, serial] = [wireOf('ssh', laptop, boxes), wireOf('serial', laptop, boxes)].map(pieces);
  for (const [x1, y1, x2, y2] of [...(ssh ?? []), ...(serial ?? [])])
    for (const { x, y, width, height } of boxes) {
      const apart =
        Math.max(x1, x2) <= x ||
        Math.min(x1, x2) >= x + width ||
        Math.max(y1, y2) <= y ||
        Math.min(y1, y2) >= y + height;
      assert.ok(apart, `${x1},${y1} to ${x2},${y2} crosses the machine at ${x},${y}`);
    }
  for (const a of ssh ?? [])
    for (const b of serial ?? []) {
      assert.ok(!(a[0] === a[2] && b[0] === b[2] && a[0] === b[0]), 'one lies on the other, down');
      assert.ok(!(a[1] === a[3] && b[1] === b[3] && a[1] === b[1]), 'one lies on the other, across');
    }
});

test('boxes of one row that differ by a pixel share one branch', () => {
  const across = pieces(wireOf('ssh', laptop, [box(40, 120, 'ssh'), box(260, 121, 'ssh')])).filter(
    ([, y1, , y2]) => y1 === y2,
  );
  assert.equal(across.length, 1);
});

test('a laptop that reaches nothing draws no line', () => {
  assert.equal(wireOf('serial', laptop, [box(40, 120, 'ssh')]), '');
});

test('a shared address is joined to its holder right below, and to none behind another row', () => {
  const vip = { x: 100, y: 80, width: 100, height: 30 };
  assert.equal(vipLine(vip, box(40, 136, 'ssh')), 'M150 110V116H140V136');
  assert.equal(vipLine(vip, box(40, 256, 'ssh')), '');
});
