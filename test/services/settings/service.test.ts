import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { defaultSettings, settingsService } from '../../../main/services/settings/service.ts';
import { openStore } from '../../../main/store/open.ts';
import { technician } from '../../../main/store/settings.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';
import { context } from '../../support/sites.ts';

function made(t: TestContext) {
  const store = openStore(join(folder(t), 'coldstart.db'));
  t.after(() => {
    store.close();
  });
  return { store, ...settingsService({ store }) };
}

test('a new home has settings that make sense', t => {
  const { current } = made(t);
  assert.deepEqual(current(), {
    theme: 'system',
    terminalFontSize: 14,
    technician: '',
    supplyRunDays: 7,
    keepAwakeWhileRunning: true,
  });
});

test('only what was given is changed, and it stays', async t => {
  const { store, calls } = made(t);
  await calls['settings.set']({ theme: 'dark', technician: ' Ada ' }, context());
  const after = await calls['settings.set']({ keepAwakeWhileRunning: false }, context());
  assert.deepEqual(after, {
    ...defaultSettings,
    theme: 'dark',
    technician: 'Ada',
    keepAwakeWhileRunning: false,
  });
  assert.deepEqual(settingsService({ store }).current(), after);
  assert.equal(store.read(technician), 'Ada');
});

test('a setting that makes no sense is refused, and nothing of the call is kept', async t => {
  const { calls, current } = made(t);
  await failing('bad-ask', () => calls['settings.set']({ theme: 'dark', technician: 'a\nb' }, context()));
  assert.deepEqual(current(), defaultSettings);
});

test('a kept setting from another version or a slip of the hand does not stop the app', t => {
  const { store, current } = made(t);
  store.write(db => {
    db.run(
      "insert into setting values ('theme', '\"purple\"'), ('terminalFontSize', 'no json'), ('future', '1'), ('supplyRunDays', '14')",
    );
  });
  assert.deepEqual(current(), { ...defaultSettings, supplyRunDays: 14 });
  assert.equal(store.read(technician), 'technician');
});
