import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { WebSocket } from 'ws';
import { client } from '../../../preload/contract/client.ts';
import { encodeFrame, mostBytesToHost } from '../../../preload/contract/codec.ts';
import { answering } from '../../support/handlers.ts';
import { ask, cookieIn, keyIn, letIn, loopback, pathOf } from '../../support/loopback.ts';

const handlers = answering({ calls: { 'site.list': () => [] } });

/** A bare connection to the door. What comes back is collected; it is closed after the test. */
async function dial(t: TestContext, port: number): Promise<{ socket: Socket; got: () => string }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let got = '';
  socket.on('data', (bytes: Buffer) => (got += bytes.toString('latin1')));
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return { socket, got: () => got };
}

/** The door hangs up; refused in the middle of our words, it may also end with a reset. */
const over = (socket: Socket): Promise<unknown> =>
  new Promise(done => socket.once('end', done).once('close', done));

/** Everything the door says to these bytes, until it hangs up. */
async function said(t: TestContext, port: number, text: string): Promise<string> {
  const { socket, got } = await dial(t, port);
  const ended = over(socket);
  socket.write(text);
  await ended;
  return got();
}

/** The door is as it was: a page gets in and asks. */
async function stillServes(door: Awaited<ReturnType<typeof loopback>>): Promise<void> {
  const page = client(await (await letIn(door)).carrier());
  assert.deepEqual(await page.call('site.list', {}), []);
  page.close();
}

describe('who never finishes asking', () => {
  const unfinished = {
    'is silent': '',
    'stops in the middle of a header': 'GET / HTTP/1.1\r\nHost: 127.0',
    'promises a body that never comes': 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\nab',
  };
  for (const [does, text] of Object.entries(unfinished))
    test(`a connection that ${does} is let go`, async t => {
      const door = await loopback(t, { handlers, requestMs: 100 });
      await said(t, door.port, text);
      await stillServes(door);
    });

  test('headers that come drop by drop win no time', async t => {
    const door = await loopback(t, { handlers, requestMs: 150 });
    const { socket, got } = await dial(t, door.port);
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    const drops = setInterval(() => socket.write('X-Slow: x\r\n'), 20);
    t.after(() => clearInterval(drops));
    await over(socket);
    assert.match(got(), /^(HTTP\/1\.1 408|$)/);
  });

  test('a refused socket is hung up on, even when the other side does not hang up', async t => {
    const door = await loopback(t, { handlers });
    const { socket, got } = await dial(t, door.port);
    socket.write(
      'GET /socket HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    await once(socket, 'end');
    assert.match(got(), /^HTTP\/1\.1 403/);
    // Only a connection that is gone answers words with a reset.
    const gone = new Promise(done => socket.once('close', done));
    const words = setInterval(() => socket.write('still here\r\n'), 5);
    t.after(() => clearInterval(words));
    await gone;
  });

  test('more connections than pages could ever need are not taken, and the door serves on when they go', async t => {
    const door = await loopback(t, { handlers });
    const crowd = await Promise.all(Array.from({ length: 256 }, () => dial(t, door.port)));
    const { socket: late } = await dial(t, door.port);
    late.resume();
    await over(late);
    for (const { socket } of crowd) socket.destroy();
    // The door hears of their going a moment later.
    for (;;) {
      try {
        return await stillServes(door);
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'ECONNRESET') throw thrown;
      }
    }
  });
});

describe('who asks crookedly', () => {
  test('a request with two hosts, or none, is for nobody', async t => {
    const door = await loopback(t, { handlers });
    const path = pathOf(door.link());
    const head = `GET ${path} HTTP/1.1\r\nConnection: close\r\n`;
    const two = `${head}Host: 127.0.0.1:${door.port}\r\nHost: evil.example\r\n\r\n`;
    assert.match(await said(t, door.port, two), /^HTTP\/1\.1 421/);
    assert.match(await said(t, door.port, `${head}\r\n`), /^HTTP\/1\.1 400/);
    assert.match(await said(t, door.port, `GET ${path} HTTP/1.0\r\n\r\n`), /^HTTP\/1\.1 421/);
    // None of them has spent the link.
    assert.equal((await ask(door.port, path)).status, 200);
  });

  test('requests that two readers could cut differently are not read at all', async t => {
    const door = await loopback(t, { handlers });
    for (const head of [
      'Content-Length: 5\r\nTransfer-Encoding: chunked',
      'Content-Length: 5\r\nContent-Length: 6',
      'X: a\rb',
    ])
      assert.match(
        await said(
          t,
          door.port,
          `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n${head}\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n`,
        ),
        /^HTTP\/1\.1 400/,
        head,
      );
    assert.match(
      await said(t, door.port, `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`),
      /^(HTTP\/1\.1 431|$)/,
    );
    await stillServes(door);
  });

  test('the door is no proxy', async t => {
    const door = await loopback(t, { handlers });
    assert.equal(
      await said(t, door.port, 'CONNECT evil.example:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'),
      '',
    );
    const { cookie } = await letIn(door);
    const asked = `GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`;
    assert.match(await said(t, door.port, asked), /^HTTP\/1\.1 404/);
  });
});

describe('who has stolen something', () => {
  test('a cookie alone, as every server on 127.0.0.1 gets to see it, shows files and opens nothing', async t => {
    const door = await loopback(t, { handlers });
    const guest = await letIn(door);
    const { cookie } = guest;
    const index = await ask(door.port, '/', { headers: { Cookie: cookie } });
    assert.equal(index.status, 200);
    assert.equal(keyIn(index), undefined);
    const stolen = await guest.socket();
    const closed = once(stolen, 'close');
    stolen.send(encodeFrame({ t: 'hello', world: 'real' }, mostBytesToHost));
    await closed;
  });

  test('a key without its cookie opens nothing', async t => {
    const door = await loopback(t, { handlers });
    const guest = await letIn(door);
    await assert.rejects(guest.socket({ Cookie: '' }), /401/);
  });

  test('a cookie of the door before is worth nothing to the next one on the same port', async t => {
    const first = await loopback(t, { handlers });
    const { cookie } = await letIn(first);
    await first.close();
    const second = await loopback(t, { handlers, port: first.port });
    assert.equal((await ask(second.port, '/', { headers: { Cookie: cookie } })).status, 401);
  });

  test('of many who try one link at the same moment one gets in', async t => {
    const door = await loopback(t, { handlers });
    const path = pathOf(door.link());
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(door.port, path)));
    assert.equal(answers.filter(answer => cookieIn(answer) !== '').length, 1);
    assert.equal(answers.filter(({ status }) => status === 410).length, 19);
  });
});

describe('who speaks nonsense on an open socket', () => {
  const deep = (n: number): Uint8Array => {
    const head = Buffer.from(`[${'['.repeat(n)}${']'.repeat(n)}]`);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(head.length);
    return Buffer.concat([length, head]);
  };
  const head = (json: string): Uint8Array => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(json));
    return Buffer.concat([length, Buffer.from(json)]);
  };
  const call = (args: unknown): Uint8Array =>
    encodeFrame({ t: 'call', id: 1, name: 'site.list', args }, mostBytesToHost);

  /** Says hello, then these bytes; gives how the socket ended, or that it is still open after a further honest call. */
  async function after(t: TestContext, bytes: Uint8Array): Promise<'ended' | 'open'> {
    const door = await loopback(t, { handlers });
    const guest = await letIn(door);
    const socket: WebSocket = await guest.socket();
    const welcomed = once(socket, 'message');
    socket.send(encodeFrame({ t: 'hello', world: 'real', key: guest.key }, mostBytesToHost));
    await welcomed;
    const ended = once(socket, 'close').then(() => 'ended' as const);
    const answered = once(socket, 'message').then(() => 'open' as const);
    answered.catch(() => {});
    socket.send(bytes);
    const how = await Promise.race([ended, answered]);
    socket.terminate();
    await stillServes(door);
    return how;
  }

  const ends: Readonly<Record<string, Uint8Array>> = {
    nothing: new Uint8Array(),
    'half a length': Buffer.from([0, 0]),
    'a head longer than the frame': Buffer.from([255, 255, 255, 255, 91]),
    'text that is not UTF-8': Buffer.concat([Buffer.from([0, 0, 0, 2]), Buffer.from([0xc3, 0x28])]),
    'JSON that is cut off': head('[{"t":"call"'),
    'a frame of an unknown kind': head('[{"t":"eval","id":1}]'),
    'a call with a crooked number': head('[{"t":"call","id":1.5,"name":"site.list"}]'),
    'a name that is too long': head(`[{"t":"call","id":1,"name":"${'x'.repeat(100)}"}]`),
    'more credit than anybody needs': head('[{"t":"credit","id":1,"n":1e9}]'),
    'a path to a prototype': head('[{"t":"call","id":1,"name":"site.list","args":{}},[["__proto__","x"],0]]'),
    'a path that leads nowhere': head('[{"t":"call","id":1},[["args","x"],0]]'),
    'bytes nobody asked for': Buffer.concat([head('[{"t":"cancel","id":1}]'), Buffer.from('more')]),
    'lists a hundred thousand deep': deep(100_000),
    'a second hello': head('[{"t":"hello","world":"real"}]'),
  };
  for (const [what, bytes] of Object.entries(ends))
    test(`${what} ends the socket, not the door`, async t => {
      assert.equal(await after(t, bytes), 'ended');
    });

  const refused: Readonly<Record<string, Uint8Array>> = {
    'an unknown name': head('[{"t":"call","id":1,"name":"constructor","args":{}}]'),
    'the name of a prototype': head('[{"t":"call","id":1,"name":"__proto__","args":{}}]'),
    'arguments nobody knows': call({ toString: 1 }),
    'arguments named like a prototype': head(
      '[{"t":"call","id":1,"name":"site.list","args":{"__proto__":{"polluted":true}}}]',
    ),
    'a list instead of arguments': call([1]),
  };
  for (const [what, bytes] of Object.entries(refused))
    test(`${what}: the question is refused and the socket stays open`, async t => {
      assert.equal(await after(t, bytes), 'open');
      assert.equal(Reflect.get({}, 'polluted'), undefined);
    });

  test('a thousand questions at once: those beyond the bound are refused, the rest are answered', async t => {
    let release = (): void => {};
    const wait = new Promise<void>(done => (release = done));
    const door = await loopback(t, {
      handlers: answering({
        calls: {
          'site.list': async () => {
            await wait;
            return [];
          },
        },
      }),
    });
    const page = client(await (await letIn(door)).carrier());
    const asked = Array.from({ length: 1000 }, () => page.call('site.list', {}));
    const early = await Promise.allSettled(asked.slice(512));
    assert.ok(early.every(one => one.status === 'rejected'));
    release();
    assert.equal((await Promise.all(asked.slice(0, 512))).length, 512);
    page.close();
  });
});
