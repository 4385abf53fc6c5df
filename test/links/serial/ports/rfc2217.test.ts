import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { serialPorts } from '../../../../main/links/serial/ports/ports.ts';
import { TelnetReader, comPort, offer } from '../../../../main/core/serial/telnet.ts';
import { systemClock } from '../../../../main/machine/clock.ts';
import type { Line } from '../../../../main/ports.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import { usualLine } from '../../../../preload/contract/serial.ts';
import { folder } from '../../../support/folder.ts';
import { needs } from '../../../support/needs.ts';
import { ended, ptyPair, until } from '../../../support/pty-pair.ts';

const run = promisify(execFile);
const never = new AbortController().signal;
const fails = (code: string, words: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof FieldError, String(thrown));
  assert.equal(thrown.failure.code, code);
  assert.match(`${thrown.failure.says} ${thrown.failure.next}`, words);
  return true;
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const answers = (port: number): Promise<boolean> =>
  new Promise(done => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.once('connect', () => socket.destroy());
  });

/** Debian's ser2net with a pseudo-terminal as its serial port. */
async function ser2net(t: TestContext, accepter: string) {
  const at = folder(t);
  const pair = await ptyPair(t, at);
  const port = await freePort();
  writeFileSync(
    join(at, 'ser2net.yaml'),
    `connection: &c\n  accepter: ${accepter},tcp,127.0.0.1,${port}\n  connector: serialdev,${pair.a},115200n81,local\n`,
  );
  const child = spawn('/usr/sbin/ser2net', ['-n', '-c', join(at, 'ser2net.yaml'), '-P', join(at, 'pid')], {
    stdio: 'ignore',
  });
  t.after(() => ended(child, 'SIGKILL'));
  for (let i = 0; i < 100 && !(await answers(port)); i += 1) await wait(30);
  // Its one place is free again a moment after the try.
  await wait(200);
  return { ...pair, port, stop: () => ended(child) };
}

async function opened(t: TestContext, port: string, settings = usualLine): Promise<Line> {
  const line = await serialPorts({ clock: systemClock }).open(port, settings, never);
  t.after(() => line.close());
  return line;
}
const heard = (line: Line): (() => Buffer) => {
  const parts: Uint8Array[] = [];
  line.hear(bytes => parts.push(bytes));
  return () => Buffer.concat(parts);
};
const speedOf = async (device: string): Promise<string> =>
  (await run('stty', ['-F', device, 'speed'])).stdout.trim();

suite('over a real ser2net', needs('socat', 'ser2net'), () => {
  test('every byte value goes both ways, and the speed is set on the far port', async t => {
    const server = await ser2net(t, 'telnet(rfc2217=true)');
    const line = await opened(t, `rfc2217://127.0.0.1:${server.port}`, { ...usualLine, baud: 57_600 });
    assert.equal(await speedOf(server.a), '57600');
    const far = await opened(t, server.b);
    const all = Uint8Array.from({ length: 5120 }, (_, i) => i % 256);
    const atFar = heard(far);
    const atNear = heard(line);
    await Promise.all([line.send(all), far.send(all)]);
    await until(() => atFar().length >= all.length && atNear().length >= all.length);
    assert.ok(atFar().equals(all));
    assert.ok(atNear().equals(all));
    await line.set({ ...usualLine, baud: 9600 });
    assert.equal(await speedOf(server.a), '9600');
    assert.equal(line.settings.baud, 9600);
  });

  test('a BREAK is confirmed, and control lines the far port does not have are told', async t => {
    const server = await ser2net(t, 'telnet(rfc2217=true)');
    const line = await opened(t, `rfc2217://127.0.0.1:${server.port}`);
    await line.sendBreak(50);
    // A pseudo-terminal has no DTR; ser2net then says nothing at all.
    await assert.rejects(line.raise({ dtr: true }), fails('could-not', /did not confirm DTR/));
    await line.send(Buffer.from('still open'));
  });

  test('a server that ends is noticed', async t => {
    const server = await ser2net(t, 'telnet(rfc2217=true)');
    const line = await opened(t, `rfc2217://127.0.0.1:${server.port}`);
    await server.stop();
    assert.match(await line.lost, /closed the connection|connection/);
    await assert.rejects(line.send(Buffer.from('x')), fails('gone-away', /./));
  });

  test('a server set to plain telnet is told apart, with the way out', async t => {
    const server = await ser2net(t, 'telnet');
    await assert.rejects(
      opened(t, `rfc2217://127.0.0.1:${server.port}`),
      fails('could-not', /does not speak RFC 2217.*tcp:\/\/host:port/),
    );
  });
});

/** A server of our own that speaks the protocol and answers as `answer` wants. */
async function server(
  t: TestContext,
  answer: (command: number, value: readonly number[]) => readonly number[],
) {
  const seen: (readonly number[])[] = [];
  const sockets: Socket[] = [];
  const listening = createServer(socket => {
    sockets.push(socket);
    const reader = new TelnetReader();
    socket.on('error', () => undefined);
    socket.on('data', bytes => {
      for (const event of reader.take(bytes).events) {
        if (event.is === 'will' && event.option === 44)
          socket.write(Buffer.concat([offer('do', 44), offer('do', 24)]));
        if (event.is === 'wont' || event.is === 'dont') seen.push([event.option]);
        if (event.is !== 'sub') continue;
        const [command = 0, ...value] = event.bytes;
        seen.push(event.bytes);
        const told = answer(command, value);
        if (told.length > 0) socket.write(comPort(command + 100, ...told));
      }
    });
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  return { seen, port: (listening.address() as AddressInfo).port };
}

test('a server that sets another speed than asked is not believed', async t => {
  const { port } = await server(t, (command, value) => (command === 1 ? [0, 0, 0x25, 0x80] : value));
  await assert.rejects(
    opened(t, `rfc2217://127.0.0.1:${port}`),
    fails('could-not', /did not accept 115200 bits per second/),
  );
});

test('form, control lines and BREAK go out as the standard numbers them; strange options are declined', async t => {
  const { seen, port } = await server(t, (_, value) => value);
  const line = await opened(t, `rfc2217://127.0.0.1:${port}`, {
    baud: 1_500_000,
    dataBits: 7,
    parity: 'space',
    stopBits: 1.5,
    flow: 'rtscts',
  });
  assert.deepEqual(seen, [
    [24],
    [10, 0],
    [11, 0],
    [1, 0x00, 0x16, 0xe3, 0x60],
    [2, 7],
    [3, 5],
    [4, 3],
    [5, 3],
  ]);
  seen.length = 0;
  await line.raise({ dtr: false, rts: true });
  await line.sendBreak(10);
  await line.set({ ...line.settings, baud: 9600 });
  assert.deepEqual(seen, [
    [5, 9],
    [5, 11],
    [5, 5],
    [5, 6],
    [1, 0, 0, 0x25, 0x80],
    [12, 1],
  ]);
});

test('opening is stopped at once', async t => {
  const { port } = await server(t, () => []);
  const stop = new AbortController();
  const began = performance.now();
  const open = serialPorts({ clock: systemClock }).open(
    `rfc2217://127.0.0.1:${port}`,
    usualLine,
    stop.signal,
  );
  setTimeout(() => stop.abort(), 50);
  await assert.rejects(open, fails('cancelled', /./));
  assert.ok(performance.now() - began < 1000);
});
