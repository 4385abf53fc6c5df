import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openHomeDoor } from '../../../main/hosts/node/door.ts';
import type { DoorOptions } from '../../../main/hosts/node/door.ts';
import { clientAtDoor, linkFromDoor } from '../../../main/hosts/node/door-client.ts';
import { worldsFrom } from '../../../main/hosts/worlds.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';
import { answering } from '../../support/handlers.ts';

const worlds = worldsFrom(async () => ({
  handlers: answering({ calls: { 'site.list': () => [] } }),
  home: '',
  close: async () => {},
}));

async function door(t: TestContext, given: Partial<DoorOptions> = {}): Promise<string> {
  const path = join(folder(t), 'door.sock');
  const opened = await openHomeDoor({ path, world: 'real', worlds, ...given });
  t.after(() => opened.close());
  return path;
}

test('a second program asks through the door of the home that is in use', async t => {
  const path = await door(t);
  const second = await clientAtDoor(path, 'real');
  assert.deepEqual(await second.call('site.list', {}), []);
  second.close();
});

test('only this user may connect', async t => {
  const path = await door(t);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a fresh link is given, and refused where there is no page', async t => {
  assert.equal(
    await linkFromDoor(await door(t, { link: () => 'http://127.0.0.1:1/open/x' })),
    'http://127.0.0.1:1/open/x',
  );
  await failing('could-not', async () => linkFromDoor(await door(t)));
});

test('the door leads to its own world only', async t => {
  const path = await door(t);
  await failing('practice-only', () => clientAtDoor(path, 'practice'));
});

test('a socket file left by a killed Coldstart is replaced', async t => {
  const path = join(folder(t), 'door.sock');
  const dead = createServer().listen(path);
  await once(dead, 'listening');
  // What a kill leaves behind: the file, and nobody listening.
  const { linkSync, unlinkSync } = await import('node:fs');
  linkSync(path, `${path}.kept`);
  dead.close();
  await once(dead, 'close');
  linkSync(`${path}.kept`, path);
  unlinkSync(`${path}.kept`);
  await failing('held-elsewhere', () => clientAtDoor(path, 'real'));
  const opened = await openHomeDoor({ path, world: 'real', worlds });
  (await clientAtDoor(path, 'real')).close();
  await opened.close();
});

test('closing the door ends its connections and removes the socket', async t => {
  const path = join(folder(t), 'door.sock');
  const opened = await openHomeDoor({ path, world: 'real', worlds });
  const second = await clientAtDoor(path, 'real');
  await opened.close();
  await second.closed;
  assert.equal(existsSync(path), false);
  await failing('gone-away', () => second.call('site.list', {}));
  await failing('held-elsewhere', () => clientAtDoor(path, 'real'));
});

test('nonsense and oversized frames end the connection, not the door', async t => {
  const path = await door(t);
  for (const bytes of [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from([0, 0, 0, 2, 1, 1]),
    Buffer.alloc(64, 255),
  ]) {
    const socket = connect(path);
    socket.on('error', () => {});
    socket.write(bytes);
    socket.resume();
    await once(socket, 'close');
  }
  (await clientAtDoor(path, 'real')).close();
});
