import type { ClientChannel } from 'ssh2';
import { throughLoginShell } from '../../core/login-shell.ts';
import type { Shell } from '../../ports.ts';
import { earlyOf } from './wire.ts';
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
  readonly #pieces: Uint8Array[] = [];
  readonly #closed: Promise<void>;
  #ended = false;
  #dropping = false;
  #wake: (() => void) | undefined;

  constructor(wire: Wire, channel: ClientChannel, signal: AbortSignal) {
    this.#wire = wire;
    this.#channel = channel;
    channel.on('error', () => undefined);
    channel.on('data', (bytes: Uint8Array) => this.#take(bytes));
    channel.pause();
    // A terminal has one stream; whatever a server sends on the other one must not stop the channel from closing.
    channel.stderr.resume();
    const stop = (): void => void this.close();
    signal.addEventListener('abort', stop, { once: true });
    this.#closed = new Promise(resolve => {
      const over = (): void => {
        signal.removeEventListener('abort', stop);
        this.#ended = true;
        this.#wake?.();
        resolve();
      };
      if (earlyOf(channel).closed) over();
      else channel.on('close', over);
    });
    if (signal.aborted) stop();
  }

  #take(bytes: Uint8Array): void {
    if (this.#dropping) return;
    this.#pieces.push(bytes);
    this.#channel.pause();
    this.#wake?.();
  }

  /** Ends with the shell; throws `link-lost` when the connection went first. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    while (true) {
      const piece = this.#pieces.shift();
      if (piece) yield piece;
      else if (this.#ended) break;
      else await this.#more();
    }
    if (this.#wire.wasLost) throw this.#wire.lost();
  }

  async #more(): Promise<void> {
    const woken = new Promise<void>(resolve => (this.#wake = resolve));
    this.#channel.resume();
    await woken;
    this.#wake = undefined;
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
    this.#dropping = true;
    this.#channel.resume();
    await Promise.race([this.#closed, this.#wire.gone]);
  }
}
