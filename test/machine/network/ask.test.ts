import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTls } from 'node:tls';
import test from 'node:test';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { systemChance } from '../../../main/machine/chance.ts';
import { authority, leaf } from '../../../main/practice/station/k3s/certificates.ts';
import type { Authority, Pair } from '../../../main/practice/station/k3s/certificates.ts';
import type { FieldError } from '../../../preload/contract/failure.ts';
import { asked, hostile, left, said, senses, serving } from '../../support/asking.ts';
import { needs } from '../../support/needs.ts';
import { freePort, testFolder } from '../../support/sshd.ts';

const now = Date.now();
const newCa = (): Promise<Authority> => authority('k3s-server-ca@1700000000', now, systemChance);
const newLeaf = (by: Authority, names: readonly string[] = ['node-1', '10.0.0.1']): Promise<Pair> =>
  leaf({ by, subject: 'O=k3s,CN=k3s', use: 'server', names, now, chance: systemChance });

/** A K3s server's port: `/ping`, and these `/cacerts`. */
async function k3s(
  t: TestContext,
  pair: Pair,
  cacerts: string,
  tls: object = {},
): Promise<{ port: number; connections: () => number }> {
  let connections = 0;
  const server = createHttps({ ...pair, ...tls }, (request, response) => {
    if (request.url === '/ping') response.end('pong');
    else if (request.url === '/cacerts') response.end(cacerts);
    else response.writeHead(401).end('no');
  });
  server.on('connection', () => (connections += 1));
  return { port: await serving(t, server), connections: () => connections };
}

const paths = ['/ping', '/cacerts', '/readyz'];

test('a K3s server shows certificate, answers, clock and CA over one connection', async t => {
  const ca = await newCa();
  const { port, connections } = await k3s(t, await newLeaf(ca), ca.cert);
  const before = Date.now();
  const talk = said(await asked(port, { is: 'tls', paths }));
  const [shown] = talk.certificates ?? [];
  assert.equal(shown?.subject, 'O=k3s, CN=k3s');
  assert.equal(shown.issuer, 'CN=k3s-server-ca@1700000000');
  assert.deepEqual(shown.names, ['node-1', '10.0.0.1']);
  assert.deepEqual(
    talk.http?.map(({ path, status, body }) => [path, status, body]),
    [
      ['/ping', 200, 'pong'],
      ['/cacerts', 200, ca.cert],
      ['/readyz', 401, 'no'],
    ],
  );
  const [ping] = talk.http ?? [];
  assert.ok(ping && ping.at >= before && ping.at <= Date.now());
  assert.ok(Math.abs(Date.parse(ping.headers['date'] ?? '') - ping.at) < 2000);
  assert.equal(talk.caHash, createHash('sha256').update(ca.cert).digest('hex'));
  assert.equal(talk.provesCa, true);
  assert.equal(talk.trouble, undefined);
  assert.equal(connections(), 1);
  assert.equal(left(port), 0);
});

test('a replayed /cacerts proves nothing', async t => {
  const [ours, others] = [await newCa(), await newCa()];
  const { port } = await k3s(t, await newLeaf(others), ours.cert);
  const talk = said(await asked(port, { is: 'tls', paths }));
  assert.equal(talk.caHash, createHash('sha256').update(ours.cert).digest('hex'));
  assert.equal(talk.provesCa, false);
});

for (const version of ['TLSv1.3', 'TLSv1.2'] as const)
  test(`a port that demands a certificate of ours is told apart (${version})`, async t => {
    const ca = await newCa();
    const tls = { requestCert: true, rejectUnauthorized: true, ca: ca.cert, maxVersion: version };
    const { port } = await k3s(t, await newLeaf(ca), ca.cert, tls);
    const talk = said(await asked(port, { is: 'tls', paths }));
    assert.equal(talk.http, undefined);
    if (version === 'TLSv1.3') assert.equal(talk.certificates?.[0]?.subject, 'O=k3s, CN=k3s');
    assert.equal(left(port), 0);
  });

test('a server that closes after each answer is asked no further', async t => {
  const server = createHttp((_request, response) => response.setHeader('Connection', 'close').end('ok'));
  const port = await serving(t, server);
  const talk = said(await asked(port, { is: 'http', paths: ['/', '/metrics'] }));
  assert.deepEqual(
    talk.http?.map(({ path, body }) => [path, body]),
    [['/', 'ok']],
  );
});

test('a server is not followed into sums with numbers of its own choosing', needs('openssl'), async t => {
  const folder = await testFolder(t);
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  const words = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=old',
    '-keyout',
    key,
    '-out',
    cert,
  ];
  execFileSync('openssl', words, { stdio: 'pipe' });
  const pair = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  const shown = async (ciphers: string): Promise<string | undefined> => {
    const tls = { ciphers, maxVersion: 'TLSv1.2', dhparam: 'auto' };
    const { port } = await k3s(t, pair, '', tls);
    return said(await asked(port, { is: 'tls', paths: [] })).certificates?.[0]?.subject;
  };
  assert.equal(await shown('ECDHE-RSA-AES128-GCM-SHA256'), 'CN=old');
  assert.equal(await shown('DHE-RSA-AES128-GCM-SHA256'), undefined);
});

test('a tarpit costs no more than its time, whatever was asked', async t => {
  const port = await hostile(t, socket => socket.resume());
  for (const question of [
    { is: 'ssh', keyTypes: ['ssh-ed25519'] },
    { is: 'tls', paths },
    { is: 'http', paths },
  ] as const) {
    const began = performance.now();
    const talk = said(await asked(port, question, { talkMs: 200 }));
    assert.ok(performance.now() - began < 1000);
    assert.equal(talk.trouble, 'It took the connection and was not done answering after 0.2 s.');
    assert.equal(left(port), 0);
  }
});

test('slow bytes without an end cost no more than their time', async t => {
  const drip = (first: string) => (socket: Socket) => {
    socket.write(first);
    const timer = setInterval(() => socket.write('x'), 10);
    socket.on('close', () => clearInterval(timer)).resume();
  };
  const http = await hostile(t, drip('HTTP/1.1 200 OK\r\nX-A: '));
  const ssh = await hostile(t, drip(''));
  const tls = await hostile(t, drip('\u0016\u0003\u0003\u003f\u00ff'));
  const ask = async (port: number, question: Parameters<typeof asked>[1]): Promise<void> => {
    const began = performance.now();
    const talk = said(await asked(port, question, { talkMs: 300 }));
    assert.ok(performance.now() - began < 1200);
    assert.ok(talk.trouble);
    assert.equal(left(port), 0);
  };
  await ask(http, { is: 'http', paths: ['/'] });
  await ask(ssh, { is: 'ssh', keyTypes: [] });
  await ask(tls, { is: 'tls', paths: [] });
});

test('garbage instead of TLS or HTTP is said so', async t => {
  const port = await hostile(t, socket => socket.end(Buffer.alloc(2000, 0x41)));
  assert.equal(said(await asked(port, { is: 'tls', paths })).trouble, 'It does not speak TLS as it should.');
  assert.equal(
    said(await asked(port, { is: 'http', paths })).trouble,
    'It does not speak HTTP as it should.',
  );
});

test('headers without an end are cut off', async t => {
  let taken = 0;
  const port = await hostile(t, socket => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const line = Buffer.from(`X-Long: ${'y'.repeat(1000)}\r\n`);
    const more = (): void => {
      while (taken < 50_000_000 && socket.writable && socket.write(line)) taken += line.length;
    };
    socket.on('drain', more).resume();
    more();
  });
  assert.equal(
    said(await asked(port, { is: 'http', paths })).trouble,
    'It does not speak HTTP as it should.',
  );
  assert.ok(taken < 50_000_000);
});

test('of a body without an end 64 KiB are kept, and a bomb stays packed', async t => {
  const bomb = gzipSync(Buffer.alloc(30_000_000));
  const server = createHttp((request, response) => {
    if (request.url === '/bomb')
      return void response.setHeader('Content-Encoding', 'gzip').end(bomb.subarray(0, 20_000));
    const piece = Buffer.alloc(64 * 1024, 'z');
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', more);
    more();
  });
  const port = await serving(t, server);
  const talk = said(await asked(port, { is: 'http', paths: ['/bomb', '/endless', '/never'] }));
  assert.deepEqual(
    talk.http?.map(({ path, body }) => [path, body.length <= 64 * 1024]),
    [
      ['/bomb', true],
      ['/endless', true],
    ],
  );
  assert.equal(talk.http?.[1]?.body.length, 64 * 1024);
  assert.equal(left(port), 0);
});

test('hostile names in a certificate come out as one plain line', async t => {
  const ca = await newCa();
  const names = Array.from({ length: 2000 }, (_, i) => `n${i}.<script>alert(1)</script>`);
  const hex = (text: string): string =>
    `#0c${Buffer.from([Buffer.byteLength(text)]).toString('hex')}${Buffer.from(text).toString('hex')}`;
  const pair = await leaf({
    by: ca,
    subject: `CN=${hex('x, O=k3s\n\u001b[31m\u202eevil<script>')}`,
    use: 'server',
    names,
    now,
    chance: systemChance,
  });
  const port = await serving(
    t,
    createTls(pair, socket => socket.on('error', () => undefined)),
  );
  const [shown] = said(await asked(port, { is: 'tls', paths: [] })).certificates ?? [];
  assert.ok(shown);
  // eslint-disable-next-line no-control-regex -- that is what may not be there
  assert.doesNotMatch(shown.subject, /[\u0000-\u001f\u202e]/);
  assert.match(shown.subject, /^CN=x\\, O=k3s/);
  assert.equal(shown.names.length, 256);
});

test('a certificate too large to send is refused', async t => {
  const ca = await newCa();
  const pair = await newLeaf(
    ca,
    Array.from({ length: 10_000 }, (_, i) => `name-${i}.example.test`),
  );
  const port = await serving(t, createTls(pair));
  const talk = said(await asked(port, { is: 'tls', paths: [] }));
  assert.equal(talk.certificates?.length ?? 0, 0);
  assert.ok(talk.trouble);
});

test('a stop ends at once and leaves no connection', async t => {
  const port = await hostile(t, socket => socket.resume());
  const stop = new AbortController();
  const asking = asked(port, { is: 'tls', paths }, { talkMs: 10_000, signal: stop.signal });
  setTimeout(() => stop.abort(), 50);
  const began = performance.now();
  await assert.rejects(asking, (thrown: FieldError) => thrown.failure.code === 'cancelled');
  assert.ok(performance.now() - began < 1000);
  assert.equal(left(port), 0);
});

test('a knock hears whether a port is open, and closes', async t => {
  const port = await hostile(t, socket => socket.write('hello'));
  let opened = 0;
  const signal = AbortSignal.timeout(5000);
  const options = { connectMs: 1000, talkMs: 1000, signal, onOpen: () => (opened += 1) };
  const came = await senses.ask({ address: '127.0.0.1', port }, { is: 'knock' }, options);
  assert.equal(came.is, 'open');
  assert.deepEqual(said(came), {});
  assert.equal(opened, 1);
  assert.equal(left(port), 0);
  assert.equal((await asked(await freePort(), { is: 'knock' })).is, 'closed');
});

test('a name is never looked up', async () => {
  const options = { connectMs: 1000, talkMs: 1000, signal: AbortSignal.timeout(5000) };
  const came = await senses.ask({ address: 'localhost', port: 22 }, { is: 'knock' }, options);
  assert.deepEqual(came, { is: 'could-not', code: 'EINVAL' });
});

test('noise of any kind ends every question in time, with its connection', async t => {
  let state = 20_261_123;
  // mulberry32: the same noise in every run
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const beginnings = [
    '',
    'SSH-2.0-x\r\n',
    'HTTP/1.1 200 OK\r\n',
    'HTTP/1.1 100 Continue\r\n\r\n',
    '\u0016\u0003\u0003',
  ];
  const port = await hostile(t, socket => {
    socket.resume();
    const noise = Buffer.from(Array.from({ length: Math.floor(next() * 400) }, () => next() * 256));
    socket.write(beginnings[Math.floor(next() * beginnings.length)] ?? '');
    socket.write(noise);
    const end = next();
    if (end < 0.5) socket.end();
    else if (end < 0.75) socket.resetAndDestroy();
  });
  const questions = [
    { is: 'ssh', keyTypes: ['ssh-ed25519', 'ssh-rsa'] },
    { is: 'tls', paths },
    { is: 'http', paths },
  ] as const;
  const began = performance.now();
  const all = Array.from({ length: 240 }, (_, i) =>
    asked(port, questions[i % 3] ?? { is: 'knock' }, { talkMs: 300 }),
  );
  for (const came of await Promise.all(all))
    assert.ok(came.is === 'closed' || (came.is === 'open' && came.talk.trouble));
  assert.ok(performance.now() - began < 5000);
  assert.equal(left(port), 0);
});
