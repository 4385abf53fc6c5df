import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { inhibitedSleep } from '../../main/machine/awake.ts';
import { folder } from '../support/folder.ts';

/** Puts a stand-in for systemd-inhibit first in PATH: it says when it holds, with its words, and when it lets go. */
function standIn(t: TestContext): { readonly at: string; readonly there: (name: string) => Promise<string> } {
  const at = folder(t);
  writeFileSync(
    join(at, 'systemd-inhibit'),
    `#!/bin/sh
cd '${at}' && printf '%s\\n' "$@" > words && mv words held
while [ "\${1#--}" != "$1" ]; do shift; done
"$@"; echo done > gone.new && mv gone.new gone
`,
    { mode: 0o755 },
  );
  const path = process.env['PATH'];
  process.env['PATH'] = `${at}${delimiter}${path ?? ''}`;
  t.after(() => (process.env['PATH'] = path));
  const there = async (name: string): Promise<string> => {
    const watching = watch(at);
    try {
      while (!existsSync(join(at, name))) await once(watching, 'change');
    } finally {
      watching.close();
    }
    return readFileSync(join(at, name), 'utf8');
  };
  return { at, there };
}

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
