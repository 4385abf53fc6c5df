import type { ClientChannel } from 'ssh2';
import { throughLoginShell } from '../../core/login-shell.ts';
import type { Shell } from '../../ports.ts';
import type { Wire } from './wire.ts';

/**
 * The user's own login shell, which keeps no history (bash, ash: HISTFILE; fish: fish_history) and logs out by itself
 * after ten idle minutes, so that a pulled cable leaves no open session behind.
 */
const loginShell = 'exec env HISTFILE=/dev/null TMOUT=600 fish_history= "${SHELL:-/bin/sh}" -l';

/** Opens an interactive terminal. Stopping by the signal closes it. */
export async function openShell(
  wire: Wire,
  size: Parameters<Shell['resize']>[0],
  signal: AbortSignal,
): Promise<Shell> {
  const channel = await wire.terminal(throughLoginShell(loginShell), size, signal);
  return new SshShell(wire, channel, signal);
}

class SshShell implements Shell {
  readonly #wire: Wire;
  readonly #channel: ClientChannel;
  readonly #closed: Promise<void>;

  constructor(wire: Wire, channel: ClientChannel, signal: AbortSignal) {
    this.#wire = wire;
    this.#channel = channel;
    channel.on('error', () => undefined);
    // A terminal has one stream; whatever a server sends on the other one must not stop the channel from closing.
    channel.stderr.resume();
    const stop = (): void => void this.close();
    signal.addEventListener('abort', stop, { once: true });
    this.#closed = new Promise(resolve => {
      channel.on('close', () => {
        signal.removeEventListener('abort', stop);
        resolve();
      });
    });
    if (signal.aborted) stop();
  }

  /** Ends with the shell; throws `link-lost` when the connection went first. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    yield* this.#channel.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    if (this.#wire.wasLost) throw this.#wire.lost();
  }

  send(bytes: Uint8Array): void {
    if (this.#channel.writable) this.#channel.write(bytes);
  }

  resize({ cols, rows }: Parameters<Shell['resize']>[0]): void {
    this.#channel.setWindow(rows, cols, 0, 0);
  }

  async close(): Promise<void> {
    this.#channel.end();
    this.#channel.close();
    // Unread output would keep the channel open.
    this.#channel.resume();
    await Promise.race([this.#closed, this.#wire.gone]);
  }
}
