import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { World } from '../../../preload/contract/domain.ts';
import { client } from '../../../preload/contract/client.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { openBrowserDoor } from '../../../main/hosts/node/browser-door.ts';
import type { BrowserDoorOptions } from '../../../main/hosts/node/browser-door.ts';
import { clientAtDoor, linkFromDoor } from '../../../main/hosts/node/door-client.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';
import { answering } from '../../support/handlers.ts';
import { ask, letIn, pathOf, somePage } from '../../support/loopback.ts';

const linkIn = (said: readonly string[]): string[] =>
  said
    .join('\n')
    .split('\n')
    .filter(line => /^\s*http:\/\/127\.0\.0\.1:\d+\/open\/[\w-]+$/.test(line));

const worldIn =
  (home: string, closed: string[] = []) =>
  async (world: World) => ({
    handlers: answering({ calls: { 'site.list': () => [] } }),
    home,
    door: join(home, `${world}.sock`),
    close: async () => {
      closed.push(world);
    },
  });

test('the link stands alone on a line, and Enter brings another', async t => {
  const said: string[] = [];
  const options: BrowserDoorOptions = {
    pageFolder: somePage(t),
    openWorld: worldIn(folder(t)),
    world: 'real',
    port: 0,
    open: false,
    say: line => said.push(line),
  };
  const door = await openBrowserDoor(options);
  t.after(() => door.close());
  door.showLink();
  const links = linkIn(said).map(line => line.trim());
  assert.equal(links.length, 2);
  assert.equal(new Set(links).size, 2);
  for (const link of links) assert.equal((await ask(door.port, pathOf(link))).status, 200);
});

test('a second program reaches each world that is open, and gets a link from it', async t => {
  const home = folder(t);
  const door = await openBrowserDoor({
    pageFolder: somePage(t),
    openWorld: worldIn(home),
    world: 'real',
    port: 0,
    open: false,
    say: () => {},
  });
  t.after(() => door.close());
  const second = await clientAtDoor(join(home, 'real.sock'), 'real');
  assert.deepEqual(await second.call('site.list', {}), []);
  second.close();
  const link = await linkFromDoor(join(home, 'real.sock'));
  assert.equal((await ask(door.port, pathOf(link))).status, 200);
  await failing('held-elsewhere', () => clientAtDoor(join(home, 'practice.sock'), 'practice'));
  const another = await linkFromDoor(join(home, 'real.sock'));
  const guest = await letIn({ port: door.port, link: () => another });
  await guest.carrier({ world: 'practice' });
  (await clientAtDoor(join(home, 'practice.sock'), 'practice')).close();
});

test('closing ends the pages, the worlds and their doors', async t => {
  const home = folder(t);
  const closed: string[] = [];
  const said: string[] = [];
  const door = await openBrowserDoor({
    pageFolder: somePage(t),
    openWorld: worldIn(home, closed),
    world: 'real',
    port: 0,
    open: false,
    say: line => said.push(line),
  });
  const link = linkIn(said)[0]?.trim() ?? '';
  const guest = await letIn({ port: door.port, link: () => link });
  const page = client(await guest.carrier());
  await door.close();
  await page.closed;
  assert.deepEqual(closed, ['real']);
  assert.equal(existsSync(join(home, 'real.sock')), false);
  await assert.rejects(ask(door.port, '/'), { code: 'ECONNREFUSED' });
});

test('a home in use elsewhere is told before any link is shown, and the port is let go', async t => {
  const said: string[] = [];
  const held = new FieldError({ code: 'held-elsewhere', says: 'In use by window, process 4711.' });
  await failing('held-elsewhere', () =>
    openBrowserDoor({
      pageFolder: somePage(t),
      openWorld: () => Promise.reject(held),
      world: 'real',
      port: 0,
      open: false,
      say: line => said.push(line),
    }),
  );
  assert.deepEqual(said, []);
});

test('a door that cannot be made costs only the second terminal', async t => {
  const said: string[] = [];
  const home = join(folder(t), 'x'.repeat(120));
  const door = await openBrowserDoor({
    pageFolder: somePage(t),
    openWorld: worldIn(home),
    world: 'real',
    port: 0,
    open: false,
    say: line => said.push(line),
  });
  t.after(() => door.close());
  assert.match(said.join('\n'), /second terminal/);
  assert.equal(linkIn(said).length, 1);
});
