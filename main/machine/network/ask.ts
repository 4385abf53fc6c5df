import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { cancelled } from '../../../preload/contract/failure.ts';
import type { Knocked, Neighbour, Talk } from '../../core/lan/sighting.ts';
import type { NetworkSenses, Question } from '../../ports.ts';
import { connected } from './connect.ts';
import type { Connected, Door } from './connect.ts';
import { fired } from './draft.ts';
import type { Draft } from './draft.ts';
import { getAll } from './http.ts';
import { tlsTalk } from './tls.ts';
import { troubleOf } from './trouble.ts';
import { meaning } from './unclear.ts';

/**
 * Hears an SSH server's greeting on a connection that stands and has it prove its host keys; `again` connects anew.
 * What it learns goes into `draft` as it comes. Throws what went wrong; destroys every connection it was given.
 */
export type SshGreet = (
  socket: Duplex,
  draft: Draft,
  how: {
    readonly keyTypes: readonly string[];
    again(): Promise<Duplex | undefined>;
    readonly signal: AbortSignal;
  },
) => Promise<void>;

export interface AskParts {
  readonly greet: SshGreet;
  /** The part of the neighbour table in which an address stands, read after now. */
  table(address: string): Promise<readonly Neighbour[]>;
}

type Options = Parameters<NetworkSenses['ask']>[2];

/** One knock at one port, and one question when it opens. */
export async function ask(
  parts: AskParts,
  door: Door,
  question: Question,
  options: Options,
): Promise<Knocked> {
  const came = await connected(door, options.connectMs, options.signal);
  if (came.is === 'unclear') {
    const table = await parts.table(door.address);
    if (options.signal.aborted) throw cancelled('Asking');
    return meaning(door.address, came, table);
  }
  if (came.is !== 'open') return came;
  options.onOpen?.();
  return { is: 'open', ms: came.ms, talk: await talk(parts, door, question, came.socket, options) };
}

/** Asks on a connection that stands. Whatever the far side does, this ends in time and the socket with it. */
async function talk(
  parts: AskParts,
  door: Door,
  question: Question,
  socket: Socket,
  { signal, talkMs, connectMs }: Options,
): Promise<Talk> {
  const draft: Draft = {};
  const time = new AbortController();
  const timer = setTimeout(() => time.abort(), talkMs);
  const stop = AbortSignal.any([signal, time.signal]);
  const ended = fired(stop);
  // Whoever talks may be deaf to the signal, but not to the end of its connection.
  const cut = (): unknown => socket.destroy();
  stop.addEventListener('abort', cut, { once: true });
  try {
    const asking = asked(question, { ...parts, door, socket, draft, signal: stop, connectMs });
    await Promise.race([asking, ended.at]);
  } catch (thrown) {
    if (!stop.aborted) draft.trouble = troubleOf(thrown as Error, question);
  } finally {
    clearTimeout(timer);
    ended.forget();
    stop.removeEventListener('abort', cut);
    socket.destroy();
  }
  if (signal.aborted) throw cancelled('Asking');
  // A copy: who is still talking shall not write into what was handed over.
  return { ...draft, ...(time.signal.aborted && { trouble: tooSlow(talkMs), stuck: true }) };
}

const tooSlow = (ms: number): string =>
  `It took the connection and was not done answering after ${ms / 1000} s.`;

interface Asking extends AskParts {
  readonly door: Door;
  readonly socket: Socket;
  readonly draft: Draft;
  readonly signal: AbortSignal;
  readonly connectMs: number;
}

async function asked(question: Question, asking: Asking): Promise<void> {
  const { door, socket, draft, signal, connectMs } = asking;
  switch (question.is) {
    case 'knock':
      return;
    case 'tls':
      return tlsTalk(socket, door, question.paths, draft);
    case 'http':
      return getAll(socket, door, question.paths, draft);
    case 'ssh': {
      const again = async (): Promise<Duplex | undefined> => {
        const came: Connected = await connected(door, connectMs, signal);
        return came.is === 'open' ? came.socket : undefined;
      };
      return asking.greet(socket, draft, { keyTypes: question.keyTypes, again, signal });
    }
    default:
      return question satisfies never;
  }
}
