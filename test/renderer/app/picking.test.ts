import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Folder } from '../../../preload/contract/domain.ts';
import { foldPicking, startPicking } from '../../../renderer/features/app/picking.ts';
import type { Picking, PickingNews } from '../../../renderer/features/app/picking.ts';

const folder = (path: string): Folder => ({ path, entries: [] });
const after = (...news: readonly PickingNews[]): Picking => news.reduce(foldPicking, startPicking('/start'));

test('a listing that comes late does not overwrite the path that was typed meanwhile', () => {
  const at = after(
    { is: 'asked', nth: 1 },
    { is: 'typed', text: '/media/bag' },
    { is: 'came', nth: 1, folder: folder('/start') },
  );
  assert.deepEqual([at.typed, at.folder?.path], ['/media/bag', '/start']);
});

test('walking into a folder puts its path into the field', () => {
  const at = after(
    { is: 'typed', text: '/x' },
    { is: 'asked', nth: 1 },
    { is: 'came', nth: 1, folder: folder('/start/sub') },
  );
  assert.equal(at.typed, '/start/sub');
});

test('the answer to an older question is dropped, also when it is a failure', () => {
  const asked = [
    { is: 'asked', nth: 1 },
    { is: 'asked', nth: 2 },
  ] as const;
  const came = { is: 'came', nth: 2, folder: folder('/b') } as const;
  assert.equal(after(...asked, came, { is: 'came', nth: 1, folder: folder('/a') }).typed, '/b');
  const failure = { code: 'could-not', says: 'No.' } as const;
  assert.equal(after(...asked, came, { is: 'failed', nth: 1, failure }).failure, undefined);
});
