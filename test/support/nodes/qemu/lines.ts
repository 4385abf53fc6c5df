import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Connects to a socket that a program just started is about to make. */
export async function connected(path: string, gone: () => string | undefined): Promise<Socket> {
  for (let tries = 0; tries < 400; tries++) {
    const why = gone();
    if (why !== undefined) throw new Error(why);
    const socket = connect(path);
    const there = await new Promise<boolean>(done =>
      socket.once('connect', () => done(true)).once('error', () => done(false)),
    );
    if (there) return socket.on('error', () => undefined);
    await pause(25);
  }
  throw new Error(`nothing answers at ${path}`);
}

/** Asks one thing after the other over one socket: sends, and gives what came up to and with the pattern. */
export class Asked {
  readonly #socket: Socket;
  #unread = '';
  #heard: () => void = () => undefined;
  #ended = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.#unread += text;
      this.#heard();
    });
    socket.once('close', () => {
      this.#ended = true;
      this.#heard();
    });
    socket.unref();
  }

  /** Throws when the other side ends, or after `seconds` (default 60). */
  ask(text: string, until: RegExp, seconds = 60): Promise<RegExpExecArray> {
    const answer = this.#last.then(() => this.#ask(text, until, seconds));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  async #ask(text: string, until: RegExp, seconds: number): Promise<RegExpExecArray> {
    // A socket that nobody waits on must not keep a test file from ending; one that is waited on must.
    this.#socket.ref();
    const timeout = setTimeout(() => this.#heard(), seconds * 1000);
    const end = Date.now() + seconds * 1000 - 5;
    try {
      this.#socket.write(text);
      for (;;) {
        const found = until.exec(this.#unread);
        if (found) {
          this.#unread = this.#unread.slice(found.index + found[0].length);
          return found;
        }
        if (this.#ended) throw new Error(`the machine ended while it was asked: ${text.slice(0, 200)}`);
        if (Date.now() >= end) throw new Error(`no answer in ${seconds} s to: ${text.slice(0, 200)}`);
        await new Promise<void>(done => (this.#heard = done));
      }
    } finally {
      clearTimeout(timeout);
      this.#socket.unref();
    }
  }
}
