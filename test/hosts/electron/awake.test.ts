import '../../support/redirect-electron.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { powerSaveBlocker } from '../../support/electron.ts';

const { electronAwake } = await import('../../../main/hosts/electron/awake.ts');

test('the window keeps the laptop awake through Electron, each hold for itself', () => {
  const [one, two] = [electronAwake.hold('a run'), electronAwake.hold('a copy')];
  assert.deepEqual(
    [...powerSaveBlocker.started.values()],
    ['prevent-app-suspension', 'prevent-app-suspension'],
  );
  one.close();
  assert.equal(powerSaveBlocker.started.size, 1);
  two.close();
  assert.equal(powerSaveBlocker.started.size, 0);
});
