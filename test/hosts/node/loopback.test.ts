import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { WebSocket } from 'ws';
import { Guests } from '../../../main/hosts/node/guests.ts';
import { client } from '../../../preload/contract/client.ts';
import {
  decodeFrame,
  encodeFrame,
  mostBytesToHost,
  mostBytesToPage,
} from '../../../preload/contract/codec.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';
import { answering } from '../../support/handlers.ts';
import { ask, cookieIn, keyIn, letIn, loopback, pathOf, somePage } from '../../support/loopback.ts';

const closeCode = async (socket: WebSocket): Promise<number> => {
  const [code] = (await once(socket, 'close')) as [number];
  return code;
};

describe('the link', () => {
  test('buys a strict cookie that no script can read, and whose name carries the port', async t => {
    const door = await loopback(t);
    const answer = await ask(door.port, pathOf(door.link()));
    assert.equal(answer.status, 200);
    const [cookie, ...rights] = (answer.headers['set-cookie']?.[0] ?? '').split('; ');
    assert.match(cookie ?? '', new RegExp(`^coldstart-${door.port}=[\\w-]{43}$`));
    assert.deepEqual(rights, ['HttpOnly', 'SameSite=Strict', 'Path=/']);
    assert.match(answer.body, /http-equiv="refresh" content="0;url=\/"/);
  });

  test('is 256 bits of chance, different every time', async t => {
    const door = await loopback(t);
    const links = new Set(Array.from({ length: 20 }, () => door.link()));
    assert.equal(links.size, 20);
    for (const link of links)
      assert.match(link, new RegExp(`^http://127\\.0\\.0\\.1:${door.port}/open/[\\w-]{43}$`));
  });

  test('works once; used again it answers with a page that says how to get another', async t => {
    const door = await loopback(t);
    const path = pathOf(door.link());
    assert.equal((await ask(door.port, path)).status, 200);
    const again = await ask(door.port, path);
    assert.equal(again.status, 410);
    assert.equal(again.headers['set-cookie'], undefined);
    assert.match(again.body, /coldstart link/);
    assert.match(again.body, /Enter/);
  });

  test('opened again by the browser it let in, just leads on', async t => {
    const door = await loopback(t);
    const path = pathOf(door.link());
    const cookie = cookieIn(await ask(door.port, path));
    const again = await ask(door.port, path, { headers: { Cookie: cookie } });
    assert.equal(again.status, 200);
    assert.equal(again.headers['set-cookie'], undefined);
  });

  test('lives for a minute', async t => {
    let now = 0;
    const guests = new Guests({ now: () => now });
    const door = await loopback(t, { guests });
    const early = pathOf(door.link());
    const late = pathOf(door.link());
    now = 59_999;
    assert.equal((await ask(door.port, early)).status, 200);
    now = 60_000;
    assert.equal((await ask(door.port, late)).status, 410);
  });

  test('is not spent by a request that is refused for its host, its origin or its method', async t => {
    const door = await loopback(t);
    const path = pathOf(door.link());
    assert.equal((await ask(door.port, path, { headers: { Host: 'evil.example' } })).status, 421);
    assert.equal((await ask(door.port, path, { headers: { Origin: 'http://evil.example' } })).status, 403);
    assert.equal((await ask(door.port, path, { method: 'HEAD' })).status, 405);
    assert.equal((await ask(door.port, path, { method: 'POST' })).status, 405);
    assert.equal((await ask(door.port, path)).status, 200);
  });

  test('guessed wrong gives nothing', async t => {
    const door = await loopback(t);
    const right = pathOf(door.link());
    for (const path of ['/open/', '/open/x', `${right}x`, right.slice(0, -1), '/open/__proto__'])
      assert.equal((await ask(door.port, path)).status, 410, path);
  });
});

describe('who may ask', () => {
  test('only 127.0.0.1 and localhost are our names, on any port, so that ssh -L works', async t => {
    const door = await loopback(t);
    const { cookie } = await letIn(door);
    const status = async (host: string): Promise<number> =>
      (await ask(door.port, '/', { headers: { Host: host, Cookie: cookie } })).status;
    for (const host of [`127.0.0.1:${door.port}`, 'localhost:9000', 'LOCALHOST', '127.0.0.1'])
      assert.equal(await status(host), 200, host);
    for (const host of [
      'evil.example',
      `evil.example:${door.port}`,
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '127.0.0.2',
      '0.0.0.0',
      '[::1]',
      '127.0.0.1:80:80',
      '127.0.0.1@evil.example',
      'localhost.',
    ])
      assert.equal(await status(host), 421, host);
  });

  test('the door listens on 127.0.0.1 only', async t => {
    const door = await loopback(t);
    const others = Object.values(networkInterfaces())
      .flat()
      .filter(one => one?.family === 'IPv4' && !one.internal)
      .map(one => one?.address ?? '');
    for (const address of [...others, '127.0.0.2']) {
      const socket = connect({ host: address, port: door.port });
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
      assert.equal(error.code, 'ECONNREFUSED', address);
    }
  });

  test('a socket needs our host, the origin of that very host, and a cookie', async t => {
    const door = await loopback(t);
    const guest = await letIn(door);
    const refused = (headers: Record<string, string>, status: number): Promise<void> =>
      assert.rejects(guest.socket(headers), new RegExp(`${status}`), JSON.stringify(headers));
    await refused({ Host: 'evil.example', Origin: 'http://evil.example' }, 421);
    await refused({ Origin: 'http://evil.example' }, 403);
    await refused({ Origin: `https://127.0.0.1:${door.port}` }, 403);
    await refused({ Origin: `http://127.0.0.1:${door.port + 1}` }, 403);
    await refused({ Origin: `http://localhost:${door.port}` }, 403);
    await refused({ Origin: 'null' }, 403);
    await refused({ Cookie: '' }, 401);
    await refused({ Cookie: `coldstart-${door.port}=${'A'.repeat(43)}` }, 401);
    await refused({ Cookie: guest.cookie.replace(String(door.port), '1') }, 401);
    const forwarded = await guest.socket({ Host: 'localhost:9000', Origin: 'http://localhost:9000' });
    forwarded.close();
  });

  test('the page is shown to nobody without a cookie', async t => {
    const door = await loopback(t);
    await letIn(door);
    for (const path of ['/', '/index.html', '/assets/index-abc.js', '/socket', '/nothing']) {
      const answer = await ask(door.port, path);
      assert.equal(answer.status, 401, path);
      assert.match(answer.body, /coldstart link/);
    }
  });
});

describe('the key of a page', () => {
  test('is given once, to the first page after the link', async t => {
    const door = await loopback(t);
    const cookie = cookieIn(await ask(door.port, pathOf(door.link())));
    const load = (): ReturnType<typeof ask> => ask(door.port, '/', { headers: { Cookie: cookie } });
    assert.match(keyIn(await load()) ?? '', /^[\w-]{43}$/);
    assert.equal(keyIn(await load()), undefined);
    assert.equal(keyIn(await load()), undefined);
  });

  test('is needed in the first frame: the cookie alone opens nothing', async t => {
    const door = await loopback(t, { handlers: answering({ calls: { 'site.list': () => [] } }) });
    const guest = await letIn(door);
    for (const key of ['', 'A'.repeat(43), guest.cookie.split('=')[1] ?? ''])
      assert.match((await failing('refused', () => guest.carrier({ key }))).says, /key/);
    const { key: _, ...withoutKey } = { key: guest.key, t: 'hello', world: 'real' };
    const socket = await guest.socket();
    const answered = once(socket, 'message');
    socket.send(encodeFrame(withoutKey, 1000));
    const [raw] = (await answered) as [Buffer];
    assert.equal((decodeFrame(raw, mostBytesToPage) as { t: string }).t, 'refused');
    assert.deepEqual(await client(await guest.carrier()).call('site.list', {}), []);
  });

  test("of one browser does not open another's session", async t => {
    const door = await loopback(t);
    const [one, two] = [await letIn(door), await letIn(door)];
    await failing('refused', () => one.carrier({ key: two.key }));
    await one.carrier();
  });

  test('serves a page that is loaded again, and its lost connection', async t => {
    const door = await loopback(t);
    const guest = await letIn(door);
    for (let i = 0; i < 3; i += 1) (await guest.carrier()).close();
  });

  test('a call before the hello, or text instead of a frame, ends the socket', async t => {
    const door = await loopback(t, { handlers: answering({ calls: { 'site.list': () => [] } }) });
    const guest = await letIn(door);
    for (const first of [
      encodeFrame({ t: 'call', id: 1, name: 'site.list', args: {} }, 1000),
      encodeFrame({ t: 'hello', world: 'other', key: guest.key }, 1000),
      encodeFrame(null, 1000),
      new Uint8Array(),
      JSON.stringify({ t: 'hello', world: 'real', key: guest.key }),
    ]) {
      const socket = await guest.socket();
      const code = closeCode(socket);
      socket.send(first);
      assert.ok([1000, 1002].includes(await code));
    }
  });

  test('a socket that says nothing is let go', async t => {
    const door = await loopback(t, { helloMs: 30 });
    await closeCode(await (await letIn(door)).socket());
  });

  test('a frame larger than the cap ends the socket before it is read', async t => {
    const door = await loopback(t);
    const socket = await (await letIn(door)).socket();
    socket.send(new Uint8Array(mostBytesToHost + 1));
    assert.equal(await closeCode(socket), 1009);
  });
});

describe('what is served', () => {
  const asGuest = async (t: Parameters<typeof loopback>[0], pageFolder: string) => {
    const door = await loopback(t, { pageFolder });
    const { cookie } = await letIn(door);
    return {
      door,
      get: (path: string, method = 'GET') => ask(door.port, path, { method, headers: { Cookie: cookie } }),
    };
  };

  test('GET and nothing else', async t => {
    const { get } = await asGuest(t, somePage(t));
    for (const method of ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
      const answer = await get('/', method);
      assert.equal(answer.status, 405, method);
      assert.equal(answer.headers.allow, 'GET');
    }
  });

  test('the files of one folder, and no way out of it', async t => {
    const outside = folder(t);
    writeFileSync(join(outside, 'secret.txt'), 'secret');
    const page = somePage(t);
    mkdirSync(join(page, '.hidden'));
    writeFileSync(join(page, '.hidden', 'x.txt'), 'secret');
    symlinkSync(join(outside, 'secret.txt'), join(page, 'link.txt'));
    symlinkSync(outside, join(page, 'folder'));
    const { get } = await asGuest(t, page);
    assert.equal((await get('/assets/index-abc.js')).status, 200);
    assert.equal((await get('/assets/index-abc.js?v=1')).status, 200);
    for (const path of [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..\\..\\secret.txt',
      '/assets/%2e%2e%5csecret.txt',
      `/${outside}/secret.txt`,
      `//${outside}/secret.txt`,
      '/link.txt',
      '/folder/secret.txt',
      '/.hidden/x.txt',
      '/assets',
      '/assets/',
      '/index.html%00.js',
      'http://127.0.0.1/index.html',
      '/etc/passwd',
    ]) {
      const answer = await get(path);
      assert.equal(answer.status, 404, path);
      assert.doesNotMatch(answer.body, /secret|root:/);
    }
  });

  test('every answer carries the content security policy and its companions', async t => {
    const { door, get } = await asGuest(t, somePage(t));
    const csp =
      "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
      "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    const answers = [
      await get('/'),
      await get('/assets/index-abc.js'),
      await get('/missing'),
      await get('/', 'POST'),
      await ask(door.port, pathOf(door.link())),
      await ask(door.port, '/'),
      await ask(door.port, '/', { headers: { Host: 'evil.example' } }),
    ];
    for (const { status, headers } of answers) {
      assert.equal(headers['content-security-policy'], csp, `${status}`);
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['x-frame-options'], 'DENY');
      assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
      assert.equal(headers['access-control-allow-origin'], undefined);
    }
    assert.equal(answers[0]?.headers['cache-control'], 'no-store');
  });

  test('a page that was never built says so', async t => {
    const door = await loopback(t, { pageFolder: join(folder(t), 'nowhere') });
    const cookie = cookieIn(await ask(door.port, pathOf(door.link())));
    const answer = await ask(door.port, '/', { headers: { Cookie: cookie } });
    assert.equal(answer.status, 404);
    assert.match(answer.body, /npm run build/);
  });
});

describe('worlds', () => {
  const named = (world: string) =>
    answering({
      calls: {
        'site.create': () => {
          throw new FieldError({ code: 'refused', says: `this is ${world}` });
        },
      },
    });

  test('the hello names the world, and each is opened once', async t => {
    const opened: string[] = [];
    const door = await loopback(t, {
      openWorld: async world => {
        opened.push(world);
        return { handlers: named(world), home: '', close: async () => {} };
      },
    });
    const guest = await letIn(door);
    for (const world of ['practice', 'real', 'practice'] as const) {
      const page = client(await guest.carrier({ world }));
      assert.equal(
        (await failing('refused', () => page.call('site.create', { name: 'x' }))).says,
        `this is ${world}`,
      );
      page.close();
    }
    assert.deepEqual(opened, ['practice', 'real']);
  });

  test('a world that cannot be opened is refused with its reason, and tried anew the next time', async t => {
    let held = true;
    const door = await loopback(t, {
      openWorld: async world => {
        if (held) throw new FieldError({ code: 'held-elsewhere', says: 'In use by process 4711.' });
        return { handlers: named(world), home: '', close: async () => {} };
      },
    });
    const guest = await letIn(door);
    assert.match((await failing('held-elsewhere', () => guest.carrier())).says, /4711/);
    held = false;
    (await guest.carrier()).close();
  });

  test('a door that begins with practice sends its links there', async t => {
    const door = await loopback(t, { world: 'practice' });
    assert.match((await ask(door.port, pathOf(door.link()))).body, /url=\/\?world=practice"/);
  });
});

describe('the port', () => {
  test('that is taken is named', async t => {
    const door = await loopback(t);
    const failure = await failing('could-not', () => loopback(t, { port: door.port }));
    assert.match(failure.says, new RegExp(`Port ${door.port} is taken`));
    assert.ok(failure.next);
  });

  test('is free again after the door closes, with pages still connected', async t => {
    const door = await loopback(t);
    const carrier = await (await letIn(door)).carrier();
    const closed = new Promise<void>(done => carrier.closed(done));
    await door.close();
    await closed;
    await loopback(t, { port: door.port });
  });
});
