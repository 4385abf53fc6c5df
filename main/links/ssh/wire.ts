import type { Duplex } from 'node:stream';
import type { Client, ClientChannel, SFTPWrapper } from 'ssh2';
import { quickKeys } from './quick-keys.ts';
import { cancelled, FieldError } from '../../../preload/contract/failure.ts';

/** A connection that was lost; nothing is known about what a running command still did. */
export const linkLost = (about: string, cause?: Error): FieldError =>
  new FieldError(
    {
      code: 'link-lost',
      says: `The connection to ${about} was lost.`,
      about,
      untouched: 'What was already sent may have run to its end on the node, or not.',
      next: 'Check cable and power, then open the link again: what really happened is looked up on the node first.',
    },
    cause ? { cause } : undefined,
  );

type Give<T> = (error: Error | undefined, thing: T) => void;
interface Closing {
  on(event: 'close' | 'error', heard: () => void): unknown;
  end(): unknown;
  close?(): void;
}

/** What a channel told before anybody could listen: a fast server sends result and close in one packet. */
export interface Early {
  exit?: { readonly code: number | null; readonly signal: string | null };
  closed: boolean;
}
const told = new WeakMap<object, Early>();

/** What this channel has told so far; kept from the moment it opened. */
export const earlyOf = (channel: object): Early => told.get(channel) ?? { closed: false };

function watched(channel: object): void {
  const early: Early = { closed: false };
  told.set(channel, early);
  const events = channel as ClientChannel;
  events.on('exit', (code: number | null, signal?: string) => {
    early.exit = { code, signal: signal?.replace(/^SIG/, '') ?? null };
  });
  events.on('close', () => (early.closed = true));
}

/** How often a refusal is taken for the slot of a channel that is just being closed. */
const mostRetries = 20;
const retryMs = 50;
/** Opening a channel takes 1 to 4 ms on a LAN, and 40 ms where a round trip is 20. */
const longPathMs = 15;

/**
 * One SSH connection after login. Hands out session channels one by one: a server that refuses one (`MaxSessions`)
 * shows how many it takes, and later ones wait until another is closed.
 */
export class Wire {
  readonly client: Client;
  readonly name: string;
  /** The password of this account is known to be right: the login was made with it. */
  readonly loggedInByPassword: boolean;
  /** Settles when the connection is gone, also after `close`. */
  readonly gone: Promise<void>;
  #isGone = false;
  #closing = false;
  #quickest = Number.POSITIVE_INFINITY;
  #failure: Error | undefined;
  readonly #channels = new Set<object>();
  #asking = false;
  #most = Number.POSITIVE_INFINITY;
  readonly #waiting: (() => void)[] = [];
  readonly #before: Wire | undefined;
  readonly #socket: Duplex;

  constructor(client: Client, socket: Duplex, name: string, byPassword: boolean, before: Wire | undefined) {
    this.client = client;
    this.name = name;
    this.loggedInByPassword = byPassword;
    this.#before = before;
    this.#socket = socket;
    client.setNoDelay(true);
    quickKeys(client);
    client.on('error', error => (this.#failure ??= error));
    this.gone = new Promise(resolve => {
      client.on('close', () => {
        this.#isGone = true;
        for (const go of this.#waiting.splice(0)) go();
        void before?.close();
        resolve();
      });
    });
  }

  /**
   * True when the way to the node and back takes long (a radio link, a VPN). A channel takes two round trips and a fork
   * to open; the quickest one so far is compared, because a busy node may be slow with others.
   */
  get isLongPath(): boolean {
    return this.#quickest > longPathMs && Number.isFinite(this.#quickest);
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** True when it went without `close` having been called. */
  get wasLost(): boolean {
    return this.#isGone && !this.#closing;
  }

  lost(): FieldError {
    return linkLost(this.name, this.#failure);
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (!this.#isGone) {
      this.client.end();
      // A peer that does not answer our goodbye is left standing.
      const timer = setTimeout(() => this.#socket.destroy(), 500);
      await this.gone;
      clearTimeout(timer);
    }
    await this.#before?.close();
  }

  /** A channel that runs one command; the slot is given back when it closes. */
  exec(line: string, signal: AbortSignal): Promise<ClientChannel> {
    return this.#session(give => this.client.exec(line, give), signal);
  }

  /** A command on a terminal. */
  terminal(
    line: string,
    size: { readonly cols: number; readonly rows: number },
    signal: AbortSignal,
  ): Promise<ClientChannel> {
    const pty = { term: 'xterm-256color', cols: size.cols, rows: size.rows, width: 0, height: 0 };
    return this.#session(give => this.client.exec(line, { pty }, give), signal);
  }

  /** An SFTP channel. `if-free` gives nothing where sessions are counted: it would keep somebody waiting. */
  async sftp(signal: AbortSignal, how: 'wait' | 'if-free'): Promise<SFTPWrapper | undefined> {
    const counted = Number.isFinite(this.#most);
    if (how === 'if-free' && counted) return undefined;
    return this.#session<SFTPWrapper>(give => this.client.sftp(give), signal, how);
  }

  /** A stream to another machine as seen from this one. */
  forward(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
    const opening = this.#ask<ClientChannel>(give =>
      this.client.forwardOut('127.0.0.1', 0, host, port, give),
    );
    return stoppable(opening, signal, 'Connecting');
  }

  /** Channels are asked for one after the other, so that a refusal tells exactly how many the server takes. */
  async #session<T extends ClientChannel | SFTPWrapper>(
    ask: (give: Give<T>) => void,
    signal: AbortSignal,
    how: 'wait' | 'if-free' = 'wait',
  ): Promise<T> {
    for (let tries = 0; ; tries++) {
      await this.#turn(signal);
      const asked = performance.now();
      try {
        const channel = await stoppable(this.#taken(ask), signal, 'The command');
        this.#quickest = Math.min(this.#quickest, performance.now() - asked);
        return channel;
      } catch (thrown) {
        if (how === 'if-free' && isFull(thrown)) {
          this.#most = Math.max(1, this.#channels.size);
          throw thrown;
        }
        if (!isFull(thrown) || (this.#channels.size === 0 && tries >= mostRetries))
          throw this.#meaning(thrown);
        if (this.#channels.size > 0) this.#most = this.#channels.size;
        else await new Promise(resolve => setTimeout(resolve, retryMs));
      } finally {
        this.#asking = false;
        this.#next();
      }
    }
  }

  /** A channel that counts as open until it closes; listened to from its very first moment. */
  #taken<T extends ClientChannel | SFTPWrapper>(ask: (give: Give<T>) => void): Promise<T> {
    return this.#ask<T>(give =>
      ask((error, channel) => {
        if (error) this.#closeForgotten();
        else this.#count(channel);
        give(error, channel);
      }),
    );
  }

  #count(channel: ClientChannel | SFTPWrapper): void {
    watched(channel);
    this.#channels.add(channel);
    closing(channel).on('close', () => {
      this.#channels.delete(channel);
      this.#next();
    });
  }

  /** ssh2 forgets a channel whose command or subsystem was refused but leaves it open, which would hold a session. */
  #closeForgotten(): void {
    const known = (this.client as unknown as { _chanMgr?: { _channels?: Record<string, unknown> } })._chanMgr
      ?._channels;
    for (const channel of Object.values(known ?? {})) {
      const forgotten = typeof channel === 'object' && channel !== null && !this.#channels.has(channel);
      if (forgotten && 'destroy' in channel && 'type' in channel && channel.type === 'session')
        (channel as ClientChannel).destroy();
    }
  }

  #meaning(thrown: unknown): unknown {
    if (thrown instanceof FieldError) return thrown;
    if (this.#isGone) return this.lost();
    if (!isFull(thrown)) return thrown;
    const says = `${this.name} lets nobody open another session on this connection.`;
    const next = 'A command that does not end may hold the last one. Close the link and open it again.';
    return new FieldError(
      { code: 'could-not', says, about: this.name, untouched: 'The command was not started.', next },
      { cause: thrown },
    );
  }

  /** Waits until nobody else asks and a session is free; or until the connection is gone, which the asking will tell. */
  async #turn(signal: AbortSignal): Promise<void> {
    const what = 'Waiting for a free session';
    if (signal.aborted) throw cancelled(what);
    while (!this.#isGone && (this.#asking || this.#channels.size >= this.#most)) {
      const turn = Promise.withResolvers<void>();
      const stop = (): void => turn.reject(cancelled(what));
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(turn.resolve);
      try {
        await turn.promise;
      } catch (thrown) {
        // Whoever was woken and does not go wakes the next one.
        this.#waiting.splice(0, this.#waiting.length, ...this.#waiting.filter(go => go !== turn.resolve));
        this.#next();
        throw thrown;
      } finally {
        signal.removeEventListener('abort', stop);
      }
    }
    this.#asking = true;
  }

  #next(): void {
    if (!this.#asking && this.#channels.size < this.#most) this.#waiting.shift()?.();
  }

  /** One request of the client. ssh2 answers with an error when the connection goes while it waits. */
  #ask<T>(ask: (give: Give<T>) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#isGone) return reject(this.lost());
      try {
        ask((error, thing) => (error ? reject(this.#isGone ? this.lost() : error) : resolve(thing)));
      } catch (thrown) {
        // "Not connected" is thrown, not called back.
        reject(this.lost());
        this.#failure ??= thrown as Error;
      }
    });
  }
}

const closing = (channel: ClientChannel | SFTPWrapper): Closing => channel as unknown as Closing;

/** The channel, unless stopped before it opened; then it is closed when it comes. */
async function stoppable<T extends ClientChannel | SFTPWrapper>(
  opening: Promise<T>,
  signal: AbortSignal,
  what: string,
): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(cancelled(what));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([opening, stopped.promise]);
  } catch (thrown) {
    if (signal.aborted) void discarded(opening);
    throw thrown;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function discarded(opening: Promise<ClientChannel | SFTPWrapper>): Promise<void> {
  try {
    const channel = closing(await opening);
    channel.on('error', () => undefined);
    channel.end();
    channel.close?.();
  } catch {
    // It never opened, so there is nothing to close.
  }
}

/** A refused session channel: OpenSSH says reason 2, others 4. */
const isFull = (thrown: unknown): boolean => [2, 4].includes((thrown as { reason?: number }).reason ?? 0);
