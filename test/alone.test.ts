import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { alone } from '../main/alone.ts';
import { folder } from './support/folder.ts';

const module = new URL('../main/alone.ts', import.meta.url).href;

/** A process that takes the lock, writes its beginning and its end to a file, and holds it for so long in between. */
const holder = (lock: string, log: string, ms: number) =>
  spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { appendFileSync } from 'node:fs';
       const { alone } = await import('${module}');
       await alone('${lock}', async () => {
         appendFileSync('${log}', '(');
         process.stdout.write('held');
         await new Promise(done => setTimeout(done, ${ms}));
         appendFileSync('${log}', ')');
       });`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );

test('of several that want to build at once each waits for the one before', async t => {
  const path = folder(t);
  const [lock, log] = [join(path, 'lock'), join(path, 'log')];
  const all = Array.from({ length: 3 }, () => holder(lock, log, 50));
  await Promise.all(all.map(one => once(one, 'exit')));
  assert.equal(readFileSync(log, 'utf8'), '()()()');
  assert.equal(existsSync(lock), false);
});

test('a builder that was killed keeps nobody waiting', async t => {
  const path = folder(t);
  const [lock, log] = [join(path, 'lock'), join(path, 'log')];
  const killed = holder(lock, log, 60_000);
  await once(killed.stdout, 'data');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  assert.ok(existsSync(lock));
  let worked = false;
  await alone(lock, async () => {
    worked = true;
  });
  assert.ok(worked);
});

test('a lock whose owner died before it wrote its name is taken over after a while', async t => {
  const lock = join(folder(t), 'lock');
  mkdirSync(lock);
  const minuteAgo = Date.now() / 1000 - 60;
  utimesSync(lock, minuteAgo, minuteAgo);
  await alone(lock, async () => {});
  assert.equal(existsSync(lock), false);
});

test('work that fails lets the next one in, and a place that cannot be locked is told', async t => {
  const path = folder(t);
  const lock = join(path, 'lock');
  await assert.rejects(
    alone(lock, () => Promise.reject(new Error('the build failed'))),
    /build failed/,
  );
  await alone(lock, async () => {});
  writeFileSync(join(path, 'file'), '');
  await assert.rejects(
    alone(join(path, 'file', 'lock'), async () => {}),
    { code: 'ENOTDIR' },
  );
});
