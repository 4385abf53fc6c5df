import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { TestContext } from 'node:test';
import { openHome } from '../../main/machine/home.ts';
import { heldElsewhere, holdHome } from '../../main/machine/lock.ts';
import { folder } from '../support/folder.ts';

const me = { pid: process.pid, door: 'terminal', since: '2026-11-22T19:00:00.000Z' };

const at = (path: string): string =>
  JSON.stringify(pathToFileURL(join(import.meta.dirname, '../..', path)).href);
const holder = `
  import { openHome } from ${at('main/machine/home.ts')};
  import { holdHome } from ${at('main/machine/lock.ts')};
  const home = openHome({ env: process.env, world: 'real' });
  const who = { pid: process.pid, door: 'browser', since: '2026-11-22T18:54:09.000Z' };
  console.log(holdHome(home, who).is);
  setInterval(() => undefined, 60_000);
`;

/** Another process on the same home; resolves once it says whether it got it. */
async function another(t: TestContext, home: string) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', holder], {
    env: { ...process.env, COLDSTART_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: String(said).trim() };
}

test('a second Coldstart on one home is told who holds it, and kill -9 of the holder frees it', async t => {
  const path = folder(t);
  const home = openHome({ env: { COLDSTART_HOME: path }, world: 'real' });
  const { child, said } = await another(t, path);
  assert.equal(said, 'ours');

  const held = holdHome(home, me);
  assert.deepEqual(held, {
    is: 'held',
    by: { pid: child.pid, door: 'browser', since: '2026-11-22T18:54:09.000Z', socket: home.door },
  });
  assert.ok(held.is === 'held' && held.by);
  const failure = heldElsewhere(home, held.by).failure;
  assert.match(failure.says, new RegExp(`browser, process ${child.pid}`));

  child.kill('SIGKILL');
  await once(child, 'exit');
  const mine = holdHome(home, me);
  assert.ok(mine.is === 'ours');
  const third = await another(t, path);
  assert.equal(third.said, 'held');
  mine.lock.close();
});

test('asking twice in one process does not lose the lock', async t => {
  const path = folder(t);
  const home = openHome({ env: { COLDSTART_HOME: path }, world: 'real' });
  const mine = holdHome(home, me);
  assert.ok(mine.is === 'ours');
  assert.equal(holdHome(home, me).is, 'held');
  assert.equal((await another(t, path)).said, 'held');
  mine.lock.close();
  const again = holdHome(home, me);
  assert.ok(again.is === 'ours');
  again.lock.close();
});

test('a scribbled-over lock file does not lock anybody out', async t => {
  const path = folder(t);
  const home = openHome({ env: { COLDSTART_HOME: path }, world: 'real' });
  writeFileSync(home.lock, 'x'.repeat(5000));
  const mine = holdHome(home, me);
  assert.ok(mine.is === 'ours');
  assert.equal((await another(t, path)).said, 'held');
  mine.lock.close();
});

test('the note beside the lock is a hint only: without it the home is still held', t => {
  const home = openHome({ env: { COLDSTART_HOME: folder(t) }, world: 'real' });
  const mine = holdHome(home, me);
  assert.ok(mine.is === 'ours');
  writeFileSync(join(home.folder, 'lock.json'), '{"pid": "me"');
  assert.deepEqual(holdHome(home, me), { is: 'held' });
  mine.lock.close();
});
