import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inhibitedSleep } from '../../main/machine/awake.ts';
import { folder } from '../support/folder.ts';
import { standIn } from '../support/inhibit.ts';

test('the laptop is kept awake until the work is over', async t => {
  const { at, there } = standIn(t);
  const held = inhibitedSleep('linux').hold('Work on a site is going on');
  assert.deepEqual((await there('held')).trim().split('\n'), [
    '--what=idle:sleep',
    '--mode=block',
    '--who=Coldstart',
    '--why=Work on a site is going on',
    'cat',
  ]);
  assert.equal(existsSync(join(at, 'gone')), false);
  held.close();
  await there('gone');
});

test('a Coldstart that is killed lets the laptop sleep again', async t => {
  const { there } = standIn(t);
  const module = new URL('../../main/machine/awake.ts', import.meta.url).href;
  const app = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `(await import('${module}')).inhibitedSleep('linux').hold('x'); setInterval(() => {}, 1000);`,
    ],
    { stdio: 'ignore' },
  );
  await there('held');
  app.kill('SIGKILL');
  await there('gone');
});

test('a laptop that cannot be kept awake is no failure', async t => {
  const path = process.env['PATH'];
  t.after(() => (process.env['PATH'] = path));
  process.env['PATH'] = folder(t);
  inhibitedSleep('linux').hold('x').close();
  const held = inhibitedSleep('linux').hold('x');
  await new Promise(done => setImmediate(done));
  held.close();
  inhibitedSleep('win32').hold('x').close();
});
