import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldTask } from '../../../renderer/features/app/tasks.ts';
import type { Task, TaskNews } from '../../../renderer/features/app/tasks.ts';

const progress = { what: 'Hashing', done: 1, total: 2, unit: 'bytes' } as const;
const after = (...news: readonly TaskNews[]): Task | undefined =>
  news.reduce<Task | undefined>((at, each) => foldTask(at, each), undefined);

test('late progress never turns a failed piece of work back into a running one', () => {
  const failed = { is: 'failed', failure: { code: 'disk-full', says: 'Full.' } } as const;
  assert.deepEqual(after({ is: 'began' }, failed, { is: 'progress', progress }), failed);
  assert.deepEqual(after({ is: 'began' }, { is: 'done' }, { is: 'progress', progress }), { is: 'done' });
});

test('stopping keeps the progress on the screen until the work has really stopped', () => {
  assert.deepEqual(after({ is: 'began' }, { is: 'progress', progress }, { is: 'stopping' }), {
    is: 'busy',
    progress,
    stopping: true,
  });
});

test('doing it again forgets the last failure', () => {
  const failed = { is: 'failed', failure: { code: 'disk-full', says: 'Full.' } } as const;
  assert.deepEqual(after({ is: 'began' }, failed, { is: 'began' }), { is: 'busy', stopping: false });
});
