import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNoRoom } from '../../main/core/laptop-room.ts';

const [MiB, GiB] = [2 ** 20, 2 ** 30];

test('a copy that does not fit is refused with both numbers', () => {
  assert.match(whyNoRoom({ free: 100 * MiB, bytes: 100 * GiB }, 50 * MiB) ?? '', /114 MiB.*100 MiB are free/);
  assert.equal(whyNoRoom({ free: 200 * MiB, bytes: 250 * MiB }, 50 * MiB), undefined);
});

test('beyond four fifths of the disk no new copy is taken, unless there is plenty left', () => {
  assert.match(whyNoRoom({ free: 2.2 * GiB, bytes: 10 * GiB }, 0.4 * GiB) ?? '', /82 % full/);
  assert.equal(whyNoRoom({ free: 2.2 * GiB, bytes: 10 * GiB }, 0.1 * GiB), undefined);
  assert.equal(whyNoRoom({ free: 50 * GiB, bytes: 1000 * GiB }, GiB), undefined);
  assert.match(whyNoRoom({ free: 4.5 * GiB, bytes: 1000 * GiB }, GiB) ?? '', /100 % full/);
});
