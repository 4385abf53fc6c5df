import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { FieldError } from '../../preload/contract/failure.ts';
import type { FailureCode } from '../../preload/contract/failure.ts';
import { usualLine } from '../../preload/contract/serial.ts';
import type { ConsoleStateName, Detected } from '../../preload/contract/serial.ts';
import { consoles } from '../../main/links/serial/console/consoles.ts';
import { Secret } from '../../main/core/secret.ts';
import { systemClock } from '../../main/machine/clock.ts';
import type {
  BlackBoxes,
  Clock,
  Console,
  ConsoleEvent,
  ConsoleLogin,
  Consoles,
  Line,
  SerialPorts,
} from '../../main/ports.ts';
import { folder } from './folder.ts';

/** A serial cable in the hands of a test: whatever talks at its far side, it can be pulled, spoiled and shared. */
export interface Cable {
  readonly ports: SerialPorts;
  /** All bytes that went to the far side, as text. */
  readonly sent: () => string;
  /** Somebody else's hands on the same console. */
  stranger(text: string): void;
  /** The far side says something by itself. */
  says(text: string): void;
  pull(): void;
  plug(): void;
  /** Changes what goes to the far side. */
  spoil(how: (bytes: Uint8Array) => Uint8Array): void;
}

/** A cable to a socket that something talks on. `breaks`: how a BREAK reaches it. */
export async function cableTo(
  t: TestContext,
  path: string,
  breaks?: (ms: number) => Promise<unknown>,
): Promise<Cable> {
  const far = connect(path);
  await new Promise<void>((done, failed) => far.once('connect', done).once('error', failed));
  t.after(() => far.destroy());
  return cable(far, breaks);
}

function cable(far: Socket, breaks?: (ms: number) => Promise<unknown>): Cable {
  let plugged = true;
  let sent = '';
  let how = (bytes: Uint8Array): Uint8Array => bytes;
  const lines = new Set<{ hear(bytes: Uint8Array): void; lose(why: string): void }>();
  far.on('data', bytes => lines.forEach(line => line.hear(bytes)));
  far.on('error', () => undefined);

  function open(port: string, settings = usualLine): Promise<Line> {
    if (!plugged)
      return Promise.reject(new FieldError({ code: 'no-such-thing', says: 'It is not plugged in.' }));
    const ears = new Set<(bytes: Uint8Array) => void>();
    const { promise: lost, resolve } = Promise.withResolvers<string>();
    const end = {
      hear: (bytes: Uint8Array) => ears.forEach(ear => ear(bytes)),
      lose: (why: string) => {
        lines.delete(end);
        resolve(why);
      },
    };
    lines.add(end);
    let now = settings;
    return Promise.resolve({
      port,
      get settings() {
        return now;
      },
      can: { speed: true, controlLines: false, sendBreak: true },
      send: bytes => {
        if (!lines.has(end))
          return Promise.reject(new FieldError({ code: 'gone-away', says: 'It was pulled.' }));
        sent += Buffer.from(bytes).toString();
        far.write(how(bytes));
        return Promise.resolve();
      },
      hear: listener => {
        ears.add(listener);
        return () => ears.delete(listener);
      },
      set: next => {
        now = next;
        return Promise.resolve();
      },
      raise: () => Promise.resolve(),
      sendBreak: async ms => {
        sent += `‹BREAK ${ms}›`;
        await breaks?.(ms);
      },
      lost,
      close: () => {
        end.lose('closed');
        return Promise.resolve();
      },
    });
  }

  return {
    ports: { list: () => Promise.resolve([]), open },
    sent: () => sent,
    stranger: text => far.write(text),
    says: text => lines.forEach(line => line.hear(Buffer.from(text))),
    pull: () => {
      plugged = false;
      for (const line of lines) line.lose('pulled');
    },
    plug: () => (plugged = true),
    spoil: next => (how = next),
  };
}

/** A cable whose far side is played by the test: it hears what is sent and answers when it wants. */
export async function playedCable(
  t: TestContext,
  hears: (text: string, say: (text: string) => void) => void = () => undefined,
): Promise<Cable> {
  const path = join(folder(t), 'far.sock');
  const server = createServer(socket => {
    socket.on('error', () => undefined);
    socket.on('data', bytes => hears(bytes.toString(), text => socket.write(text)));
  });
  await new Promise<void>(done => server.listen(path, done));
  t.after(() => server.close());
  return cableTo(t, path);
}

/** The socket's name is there a moment before anybody listens behind it, and a program that listens for one takes one. */
async function listening<T>(connect: () => Promise<T>): Promise<T> {
  for (let left = 200; ; left -= 1)
    try {
      return await connect();
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code ?? '';
      if (left === 0 || !['ENOENT', 'ECONNREFUSED'].includes(code)) throw thrown;
      await wait(20);
    }
}

/** A real agetty and login on a pseudo-terminal of this machine, started again after each logout. Root only. */
export async function gettyCable(
  t: TestContext,
  program = 'agetty -L --noclear - 115200 vt220',
): Promise<Cable> {
  const dir = folder(t);
  const path = join(dir, 'getty.sock');
  const loop = join(dir, 'getty.sh');
  // Its parent is socat: with the line gone nobody is left to log in.
  writeFileSync(loop, `while kill -0 $PPID 2>/dev/null; do setsid -c -w ${program}; sleep 0.2; done\n`);
  const socat = spawn('socat', [`UNIX-LISTEN:${path},unlink-early`, `EXEC:sh ${loop},pty,setsid,echo=0`], {
    stdio: 'ignore',
    detached: true,
  });
  t.after(async () => {
    socat.kill('SIGKILL');
    await wait(50);
  });
  const there = await listening(() => cableTo(t, path));
  // agetty forgets what was typed while it starts
  await wait(300);
  return there;
}

/** A clock on which everything takes a tenth of its time. */
export const hurried: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now() * 10,
  sleep: (ms, signal) => systemClock.sleep(ms / 10, signal),
};

/** What was recorded of a console, in memory. */
export interface Recording {
  readonly boxes: BlackBoxes;
  text(): string;
  readonly notes: string[];
}

export function recording(): Recording {
  let text = '';
  const notes: string[] = [];
  const boxes: BlackBoxes = {
    writer: () => ({
      take: bytes => (text += Buffer.from(bytes).toString()),
      note: says => notes.push(says),
      close: () => Promise.resolve(),
    }),
    list: () => Promise.resolve([]),
    read: () => Promise.resolve({ lines: [], more: false }),
    search: () => Promise.resolve([]),
  };
  return { boxes, text: () => text, notes };
}

export const loginOf = (user: string, password?: string): ConsoleLogin => ({
  user,
  name: 'node-1',
  secret: kind => (kind === 'password' && password !== undefined ? new Secret(password) : undefined),
});

/** Of a failure: that it has this code, and these words anywhere in it. */
export const failsWith = (code: FailureCode, words: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof FieldError, String(thrown));
  assert.equal(thrown.failure.code, code, thrown.failure.says);
  assert.match(JSON.stringify(thrown.failure), words);
  return true;
};

/** Waits until the console shows this. */
export async function stands(console: Console, is: ConsoleStateName, seconds = 20): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (console.state.is !== is) {
    if (Date.now() > end) assert.fail(`${is} did not come; it is ${console.state.is}: ${console.state.saw}`);
    await wait(25);
  }
}

const nothingFound = (line: Line): Promise<Detected> =>
  Promise.resolve({ port: line.port, says: 'Nothing came.', saw: '', seconds: 0 });

/** The consoles of a laptop with this one cable, and its console opened. */
export async function openConsole(
  t: TestContext,
  at: Cable,
  kept = recording(),
  clock: Clock = systemClock,
): Promise<{
  readonly all: Consoles;
  readonly console: Console;
  readonly events: ConsoleEvent[];
  readonly shown: () => string;
  readonly kept: Recording;
}> {
  const all = consoles({ ports: at.ports, detect: nothingFound, blackBoxes: kept.boxes, clock });
  t.after(() => all.close());
  const console = await all.open('test:cable', usualLine, new AbortController().signal);
  const events: ConsoleEvent[] = [];
  console.watch(event => events.push(event));
  const shown = (): string =>
    events.map(event => (event.is === 'bytes' ? Buffer.from(event.bytes).toString() : '')).join('');
  return { all, console, events, shown, kept };
}
