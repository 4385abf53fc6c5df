import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { frameWords } from '../../../../main/links/serial/ports/stty.ts';
import { serialPorts } from '../../../../main/links/serial/ports/ports.ts';
import { systemClock } from '../../../../main/machine/clock.ts';
import type { Line } from '../../../../main/ports.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { usualLine } from '../../../../preload/contract/serial.ts';
import { folder } from '../../../support/folder.ts';
import { needs, needsRoot } from '../../../support/needs.ts';
import { ended, ptyPair, until } from '../../../support/pty-pair.ts';

const run = promisify(execFile);
const never = new AbortController().signal;

const fails = (code: string, words?: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof FieldError, String(thrown));
  assert.equal(thrown.failure.code, code);
  if (words) assert.match(`${thrown.failure.says} ${thrown.failure.next}`, words);
  return true;
};

const ports = (known: readonly string[] = []) => serialPorts({ clock: systemClock, known: () => known });

async function opened(t: TestContext, port: string, from = ports(), settings = usualLine): Promise<Line> {
  const line = await from.open(port, settings, never);
  t.after(() => line.close());
  return line;
}

function heard(line: Line): () => Buffer {
  const parts: Uint8Array[] = [];
  line.hear(bytes => parts.push(bytes));
  return () => Buffer.concat(parts);
}

suite('a pseudo-terminal', needs('socat'), () => {
  test('carries every byte value both ways, unchanged and in order', async t => {
    const pair = await ptyPair(t);
    const from = ports();
    const a = await opened(t, pair.a, from);
    const b = await opened(t, pair.b, from);
    const all = Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7) % 256);
    const atB = heard(b);
    const atA = heard(a);
    await Promise.all([a.send(all), b.send(all.subarray(0, 9999))]);
    await until(() => atB().length >= all.length && atA().length >= 9999);
    assert.ok(atB().equals(all));
    assert.ok(atA().equals(all.subarray(0, 9999)));
  });

  test('has no speed, no control lines and no BREAK, and says so', async t => {
    const pair = await ptyPair(t);
    const line = await opened(t, pair.a);
    assert.deepEqual(line.can, { speed: false, controlLines: false, sendBreak: false });
    await line.set({ ...usualLine, baud: 9600 });
    await assert.rejects(line.raise({ dtr: false }), fails('could-not', /control lines/));
    await assert.rejects(line.sendBreak(250), fails('could-not', /BREAK/));
  });

  test('two senders do not mix in the middle of a message', async t => {
    const pair = await ptyPair(t);
    const from = ports();
    const a = await opened(t, pair.a, from);
    const atB = heard(await opened(t, pair.b, from));
    const text = (letter: string): Uint8Array => Buffer.from(letter.repeat(9000));
    await Promise.all([a.send(text('x')), a.send(text('y'))]);
    await until(() => atB().length >= 18_000);
    assert.match(atB().toString(), /^x{9000}y{9000}$/);
  });

  test('a pulled cable is noticed at once, and sending then fails instead of waiting', async t => {
    const pair = await ptyPair(t);
    const line = await opened(t, pair.a);
    await pair.pull();
    const why = await Promise.race([line.lost, wait(2000, 'nothing')]);
    assert.match(why, /program behind this port ended/);
    await assert.rejects(line.send(Buffer.from('x')), fails('gone-away'));
  });

  test('a cable pulled while bytes come is noticed too', async t => {
    const pair = await ptyPair(t);
    const from = ports();
    const a = await opened(t, pair.a, from);
    const b = await opened(t, pair.b, from);
    const atB = heard(b);
    void a.send(new Uint8Array(4_000_000)).catch(() => undefined);
    await until(() => atB().length > 100_000);
    await pair.pull();
    assert.notEqual(await Promise.race([Promise.all([a.lost, b.lost]), wait(2000, 'nothing')]), 'nothing');
  });

  test('sending to a side that does not read ends with the close', async t => {
    const pair = await ptyPair(t);
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    t.after(() => ended(child));
    const line = await opened(t, pair.a);
    const sent = line.send(new Uint8Array(4_000_000));
    void sent.catch(() => undefined);
    await wait(100);
    await line.close();
    await assert.rejects(sent, fails('gone-away'));
  });

  test('closing leaves DTR and RTS as they are: HUPCL is off on the open port', async t => {
    const pair = await ptyPair(t);
    await run('stty', ['-F', pair.a, 'hupcl']);
    assert.match((await run('stty', ['-F', pair.a, '-a'])).stdout, / hupcl/);
    await opened(t, pair.a);
    assert.match((await run('stty', ['-F', pair.a, '-a'])).stdout, /-hupcl/);
  });

  test('a port that is open here is not opened twice, and free again after its close', async t => {
    const pair = await ptyPair(t);
    const from = ports();
    const line = await opened(t, pair.a, from);
    await assert.rejects(
      from.open(realpathSync(pair.a), usualLine, never),
      fails('held-elsewhere', /Coldstart/),
    );
    await line.close();
    await opened(t, pair.a, from);
  });

  test('a port that another program has locked is not opened', async t => {
    const pair = await ptyPair(t);
    const at = folder(t);
    const child = spawn(
      'flock',
      ['-x', realpathSync(pair.a), 'sh', '-c', `touch ${join(at, 'held')}; sleep 60`],
      {
        stdio: 'ignore',
        detached: true,
      },
    );
    t.after(() => process.kill(-(child.pid ?? 0), 'SIGKILL'));
    await until(() => existsSync(join(at, 'held')));
    await assert.rejects(
      ports().open(pair.a, usualLine, never),
      fails('held-elsewhere', /open|fuser -v \/dev\/pts\//),
    );
  });

  test('without permission the exact command is shown', { ...needs('socat'), ...needsRoot() }, async t => {
    const pair = await ptyPair(t);
    const device = realpathSync(pair.a);
    chmodSync(device, 0o600);
    const child = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        '-e',
        asNobody,
        join(import.meta.dirname, '../../../..'),
        device,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], uid: 65_534, gid: 65_534 },
    );
    const [out] = (await once(child.stdout, 'data')) as [Buffer];
    const { code, says, next } = JSON.parse(out.toString()) as Record<string, string>;
    assert.equal(code, 'not-writable');
    assert.match(says ?? '', /Your account may not use \/dev\/pts\//);
    assert.match(next ?? '', /sudo chmod a\+rw \/dev\/pts\//);
  });
});

const asNobody = `
const [root, device] = process.argv.slice(1);
const { serialPorts } = await import(root + '/main/links/serial/ports/ports.ts');
const { usualLine } = await import(root + '/preload/contract/serial.ts');
serialPorts({ clock: {} }).open(device, usualLine, new AbortController().signal).then(
  () => console.log('{}'),
  thrown => console.log(JSON.stringify(thrown.failure ?? { code: String(thrown) })),
);`;

test('what is not there, and what is no port, is told apart', async t => {
  const file = join(folder(t), 'file');
  writeFileSync(file, '');
  const from = ports();
  await assert.rejects(from.open('/dev/ttyNOPE7', usualLine, never), fails('no-such-thing'));
  await assert.rejects(from.open(file, usualLine, never), fails('bad-ask', /no serial port/));
  await assert.rejects(from.open('/dev/null', usualLine, never), fails('bad-ask', /no serial port/));
});

test('the form of a character is told to stty in its words', () => {
  const words = (form: Partial<typeof usualLine>) => frameWords({ ...usualLine, ...form }).join(' ');
  assert.match(words({}), /^cs8 -parenb .*-cstopb -crtscts -ixon -ixoff$/);
  assert.match(words({ dataBits: 7, parity: 'even' }), /^cs7 parenb -parodd/);
  assert.match(words({ parity: 'mark', stopBits: 2 }), /^cs8 parenb cmspar parodd cstopb/);
  assert.match(words({ flow: 'rtscts' }), / crtscts -ixon -ixoff$/);
  assert.match(words({ flow: 'xonxoff' }), / -crtscts ixon ixoff$/);
});

async function server(t: TestContext, where: string | undefined, serve: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const listening = createServer(socket => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  if (where === undefined) listening.listen(0, '127.0.0.1');
  else listening.listen(where);
  await once(listening, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  return { sockets, port: (listening.address() as AddressInfo).port };
}

test('a raw network port and a Unix socket carry bytes both ways', async t => {
  const path = join(folder(t), 's');
  const echo = (socket: Socket): void => void socket.pipe(socket);
  const { port } = await server(t, undefined, echo);
  await server(t, path, echo);
  for (const name of [`tcp://127.0.0.1:${port}`, `unix:${path}`]) {
    const line = await opened(t, name);
    const back = heard(line);
    const all = Uint8Array.from({ length: 1000 }, (_, i) => i % 256);
    await line.send(all);
    await until(() => back().length >= all.length);
    assert.ok(back().equals(all));
    assert.deepEqual(line.can, { speed: false, controlLines: false, sendBreak: false });
  }
});

test('a socket whose far side closes is lost, and says why', async t => {
  const { port, sockets } = await server(t, undefined, () => undefined);
  const line = await opened(t, `tcp://127.0.0.1:${port}`);
  await until(() => sockets.length === 1);
  sockets[0]?.end();
  assert.match(await line.lost, /far side closed/);
  await assert.rejects(line.send(Buffer.from('x')), fails('gone-away'));
});

test('a socket nobody serves is unreachable, and a missing one is not there', async t => {
  const { port } = await server(t, undefined, () => undefined);
  const at = folder(t);
  await assert.rejects(
    ports().open('tcp://127.0.0.1:1', usualLine, never),
    fails('unreachable', /Nobody takes connections/),
  );
  await assert.rejects(ports().open(`unix:${join(at, 'none')}`, usualLine, never), fails('no-such-thing'));
  const stop = AbortSignal.abort();
  await assert.rejects(ports().open(`tcp://127.0.0.1:${port}`, usualLine, stop), fails('cancelled'));
});

test('sockets that were opened stay in the list, with whether they are open', async t => {
  const { port } = await server(t, undefined, () => undefined);
  const name = `tcp://127.0.0.1:${port}`;
  const from = ports(['unix:/run/earlier.sock']);
  const standingOf = async (): Promise<unknown> =>
    (await from.list()).find(one => one.port === name)?.standing;
  assert.ok((await from.list()).some(one => one.port === 'unix:/run/earlier.sock' && one.kind === 'unix'));
  assert.equal(await standingOf(), undefined);
  const line = await opened(t, name, from);
  assert.deepEqual(await standingOf(), { is: 'ours' });
  await line.close();
  await wait(0);
  assert.deepEqual(await standingOf(), { is: 'free' });
});
