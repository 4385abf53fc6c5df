import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Reach, Reached } from '../core/wan/exposition.ts';

const patienceMs = 3000;

function opened(host: string, port: number, signal: AbortSignal): Promise<Reached> {
  return new Promise<Reached>((done, stopped) => {
    const began = performance.now();
    const socket = connect({ host, port });
    const end = (reached: Reached): void => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      done(reached);
    };
    const stop = (): void => {
      socket.destroy();
      stopped(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
    // Also the time a name's address takes to be found.
    socket.setTimeout(patienceMs, () => {
      end({ up: false });
    });
    socket.once('connect', () => {
      end({ up: true, seconds: (performance.now() - began) / 1000 });
    });
    socket.once('error', () => {
      end({ up: false });
    });
  });
}

/** Words of each system's ping for one question of at most three seconds. */
const pingWords: Partial<Record<NodeJS.Platform, (host: string) => readonly string[]>> = {
  linux: host => ['-n', '-c', '1', '-W', '3', '--', host],
  darwin: host => ['-n', '-c', '1', '-t', '3', '--', host],
  win32: host => ['-n', '1', '-w', '3000', host],
};

/** By the system's own ping: raw sockets are not ours to open. Undefined where there is none. */
function pinged(host: string, signal: AbortSignal): Promise<Reached | undefined> {
  const words = pingWords[process.platform]?.(host);
  if (!words) return Promise.resolve(undefined);
  return new Promise((done, stopped) => {
    const child = spawn('ping', [...words], { stdio: ['ignore', 'pipe', 'ignore'], signal, timeout: 5000 });
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString('latin1')));
    child.once('error', thrown => {
      if (signal.aborted) stopped(signal.reason as Error);
      else done((thrown as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : { up: false });
    });
    child.once('close', code => {
      // Windows also ends with 0 when a router says that the host is not there; a TTL stands only in an answer.
      const up = code === 0 && (process.platform !== 'win32' || /TTL=/i.test(said));
      const ms = /[=<]\s*([\d.,]+)\s*ms/.exec(said)?.[1];
      done({ up, ...(up && ms !== undefined && { seconds: Number(ms.replace(',', '.')) / 1000 }) });
    });
  });
}

/** Asks targets from this laptop: a port by opening a connection, a host by the system's ping. */
export const reachFromLaptop: Reach = (target, signal) =>
  target.is === 'tcp' ? opened(target.host, target.port, signal) : pinged(target.host, signal);
