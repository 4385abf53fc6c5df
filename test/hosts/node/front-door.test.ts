import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { client } from '../../../preload/contract/client.ts';
import { clientAtDoor, linkFromDoor } from '../../../main/hosts/node/door-client.ts';
import { folder } from '../../support/folder.ts';
import { ask, letIn, pathOf } from '../../support/loopback.ts';

const root = join(import.meta.dirname, '..', '..', '..');

interface Door {
  readonly process: ChildProcess;
  readonly home: string;
  /** Everything printed so far, both streams. */
  readonly said: () => string;
  /** The links shown so far, each of which stood alone on its line. */
  readonly links: () => readonly string[];
}

/** The front door as a process of its own, with the real services in a home of its own. */
function start(t: TestContext, home: string, ...args: readonly string[]): Door {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', join(root, 'main', 'node.ts'), ...args],
    { env: { ...process.env, COLDSTART_HOME: home, DISPLAY: '' }, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  t.after(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (said += text.toString()));
  const links = (): readonly string[] =>
    said
      .split('\n')
      .map(line => line.trim())
      .filter(line => /^http:\/\/127\.0\.0\.1:\d+\/open\/[\w-]+$/.test(line));
  return { process: child, home, said: () => said, links };
}

async function opened(
  t: TestContext,
  ...args: readonly string[]
): Promise<Door & { readonly link: string; readonly port: number }> {
  const door = start(t, folder(t), '--no-open', ...args);
  const { stdout } = door.process;
  assert.ok(stdout);
  for await (const line of createInterface(stdout)) if (/Ctrl-C/.test(line)) break;
  const [link = ''] = door.links();
  assert.ok(link, door.said());
  return { ...door, link, port: Number(new URL(link).port) };
}

const ended = async (door: Door): Promise<number | null> =>
  door.process.exitCode ?? ((await once(door.process, 'exit')) as [number | null])[0];

test('the app opens on loopback and answers its page', async t => {
  const door = await opened(t);
  const guest = await letIn({ port: door.port, link: () => door.link });
  const page = client(await guest.carrier());
  const about = await page.call('app.about', {});
  assert.equal(about.door, 'browser');
  assert.equal(about.practice, false);
  assert.equal(about.home, door.home);
  page.close();
});

test('a second page host names the holder and exits 3, and nothing of the first is disturbed', async t => {
  const first = await opened(t);
  const second = start(t, first.home, '--no-open');
  assert.equal(await ended(second), 3);
  assert.match(second.said(), new RegExp(`browser.*process ${first.process.pid}`));
  assert.deepEqual(second.links(), []);
  assert.equal((await ask(first.port, pathOf(first.link))).status, 200);
});

test('another program reaches the open app through its home, and gets a fresh link', async t => {
  const door = await opened(t);
  const path = join(door.home, 'door.sock');
  const second = await clientAtDoor(path, 'real');
  assert.equal((await second.call('app.about', {})).door, 'browser');
  second.close();
  assert.equal((await ask(door.port, pathOf(await linkFromDoor(path)))).status, 200);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal === 'SIGINT' ? 'Ctrl-C' : 'a TERM'} ends it cleanly, with a page connected`, async t => {
    const door = await opened(t);
    const page = client(await (await letIn({ port: door.port, link: () => door.link })).carrier());
    door.process.kill(signal);
    assert.equal(await ended(door), 0, door.said());
    await page.closed;
    assert.match(door.said(), /has ended/);
    assert.equal(existsSync(join(door.home, 'door.sock')), false);
    await assert.rejects(ask(door.port, '/'), { code: 'ECONNREFUSED' });
  });
}

test('after a kill -9 the home opens again', async t => {
  const door = await opened(t);
  door.process.kill('SIGKILL');
  await ended(door);
  assert.equal(existsSync(join(door.home, 'door.sock')), true);
  const again = start(t, door.home, '--no-open');
  assert.ok(again.process.stdout);
  for await (const line of createInterface(again.process.stdout)) if (/Ctrl-C/.test(line)) break;
  (await clientAtDoor(join(door.home, 'door.sock'), 'real')).close();
});

test('practice and the real world are open side by side, each with its own home', async t => {
  const door = await opened(t, '--practice');
  const guest = await letIn({ port: door.port, link: () => door.link });
  const practice = client(await guest.carrier({ world: 'practice' }));
  const real = client(await guest.carrier({ world: 'real' }));
  assert.equal((await practice.call('app.about', {})).practice, true);
  assert.equal((await real.call('app.about', {})).practice, false);
  assert.notEqual((await practice.call('app.about', {})).home, (await real.call('app.about', {})).home);
});

test('a wrong flag is usage: exit 2, nothing opened', async t => {
  const door = start(t, folder(t), '--prot', '1');
  assert.equal(await ended(door), 2);
  assert.match(door.said(), /--help/);
});

test('a taken port is told: exit 5', async t => {
  const first = await opened(t);
  const second = start(t, folder(t), '--no-open', '--port', String(first.port));
  assert.equal(await ended(second), 5);
  assert.match(second.said(), /is taken/);
});

test('without a display the link stands alone and the door keeps running', async t => {
  const door = start(t, folder(t));
  assert.ok(door.process.stdout);
  for await (const line of createInterface(door.process.stdout)) if (/Ctrl-C/.test(line)) break;
  assert.equal(door.links().length, 1);
  assert.match(door.said(), /No browser was found/);
  assert.equal(door.process.exitCode, null);
});
