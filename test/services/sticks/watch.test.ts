import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { watchSticks } from '../../../main/services/sticks/watch.ts';
import type { Stick } from '../../../preload/contract/domain.ts';
import { testClock } from '../../support/test-clock.ts';

const stick = (path: string, free = 1000): Stick => ({
  path,
  device: '/dev/sdb1',
  label: 'S',
  model: '',
  serial: '',
  fileSystem: 'ext4',
  bytes: 2000,
  free,
  removable: true,
  writable: true,
  warnings: [],
});

function watched(t: TestContext) {
  const clock = testClock();
  const stop = new AbortController();
  const laptop = { glance: 'sda', sticks: [] as readonly Stick[], lists: 0 };
  const told: string[] = [];
  const ended = (async () => {
    const news = watchSticks(
      {
        clock,
        glance: async () => laptop.glance,
        list: async () => {
          laptop.lists += 1;
          return laptop.sticks;
        },
      },
      stop.signal,
    );
    for await (const sticks of news) told.push(sticks.map(({ path, free }) => `${path} ${free}`).join(', '));
  })();
  t.after(() => stop.abort());
  const seconds = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) await clock.pass(1000);
  };
  return { laptop, told, stop, ended, seconds };
}

test('the list is told at once, and again within two seconds of a stick coming or going', async t => {
  const { laptop, told, seconds } = watched(t);
  await seconds(1);
  assert.deepEqual(told, ['']);
  laptop.glance = 'sda sdb1';
  laptop.sticks = [stick('/media/S')];
  await seconds(2);
  assert.deepEqual(told.slice(1), ['/media/S 1000']);
  laptop.glance = 'sda';
  laptop.sticks = [];
  await seconds(2);
  assert.deepEqual(told.slice(2), ['']);
});

test('a stick whose file system is known only a moment later is told then', async t => {
  const { laptop, told, seconds } = watched(t);
  await seconds(5);
  laptop.glance = 'sda sdb1';
  await seconds(1);
  laptop.sticks = [stick('')];
  await seconds(2);
  assert.deepEqual(told, ['', ' 1000']);
});

test('while nothing happens the drives are left alone, but for a look every 15 s', async t => {
  const { laptop, told, seconds } = watched(t);
  await seconds(4);
  assert.equal(laptop.lists, 3);
  await seconds(10);
  assert.equal(laptop.lists, 3);
  laptop.sticks = [stick('/media/S', 500)];
  await seconds(6);
  assert.equal(laptop.lists, 4);
  assert.deepEqual(told, ['', '/media/S 500']);
});

test('whoever stops listening ends the watching', async t => {
  const { stop, ended, laptop, seconds } = watched(t);
  await seconds(1);
  stop.abort();
  await ended;
  const { lists } = laptop;
  laptop.glance = 'other';
  await seconds(3);
  assert.equal(laptop.lists, lists);
});
