import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * A person at a node's console: sends, and waits for what comes. Only for tests, and on purpose nothing of the
 * product's own serial code: it is the independent witness.
 */
export class Console {
  readonly #socket: Socket;
  /** What came and was not yet matched. */
  #unread = '';
  #heard: () => void = () => undefined;
  /** All that came, to be looked at when a test fails. */
  all = '';

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#unread += text;
      this.all += text;
      this.#heard();
    });
    socket.on('error', () => undefined);
  }

  static async open(path: string): Promise<Console> {
    const socket = connect(path);
    await new Promise((done, failed) => socket.once('connect', done).once('error', failed));
    return new Console(socket);
  }

  send(text: string): void {
    this.#socket.write(text, 'latin1');
  }

  /** Waits for the pattern and gives all up to and with it; what follows waits for the next. Throws after `seconds`. */
  async expect(wanted: RegExp, seconds = 30): Promise<string> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const found = wanted.exec(this.#unread);
      if (found) {
        const upTo = found.index + found[0].length;
        const text = this.#unread.slice(0, upTo);
        this.#unread = this.#unread.slice(upTo);
        return text;
      }
      const left = end - Date.now();
      if (left <= 0)
        throw new Error(
          `the console did not show ${String(wanted)} in ${seconds} s; it ended with ${JSON.stringify(this.all.slice(-600))}`,
        );
      const stop = new AbortController();
      await Promise.race([
        new Promise<void>(done => (this.#heard = done)),
        pause(left, undefined, { signal: stop.signal }).catch(() => undefined),
      ]);
      stop.abort();
    }
  }

  /** Logs in from a login prompt that may be older than this connection, and makes the shell easy to read. */
  async login(user: string, password: string, seconds = 60): Promise<void> {
    this.send('\r');
    await this.expect(/login: $/, seconds);
    await this.loginHere(user, password, seconds);
  }

  /** The same at a prompt that was just shown (a bare return there could be taken for an empty name). */
  async loginHere(user: string, password: string, seconds = 60): Promise<void> {
    this.send(`${user}\r`);
    await this.expect(/assword: $/, seconds);
    this.send(`${password}\r`);
    await this.expect(/[#$] $/, seconds);
    await this.plainShell(seconds);
  }

  /**
   * Gives root's password at the maintenance prompt that was just shown. sulogin shows its prompt first and throws away
   * what was typed until it has switched the echo off, so a password may have to be given again.
   */
  async maintenance(rootPassword: string): Promise<void> {
    for (let tries = 1; tries < 5; tries++) {
      await pause(300 * tries);
      this.send(`${rootPassword}\r`);
      // Shown on the screen it came too early; what came in time is not shown, and takes as long as it takes.
      const said = await this.expect(new RegExp(`# $|${rootPassword}`), 60);
      if (!said.endsWith(rootPassword)) return await this.plainShell(60);
      const isIn = await this.expect(/# $/, 5).then(
        () => true,
        () => false,
      );
      if (isIn) return await this.plainShell(60);
    }
    throw new Error(`the maintenance prompt takes no password: ${this.all.slice(-300)}`);
  }

  /** Makes the shell that is there easy to read: no bracketed paste, no pager, no wrapping, a prompt of our own. */
  async plainShell(seconds = 30): Promise<void> {
    // The name is cut in two, so that the echo of the line is not taken for the prompt.
    this.send(
      'bind "set enable-bracketed-paste off" 2>/dev/null; stty cols 500; export SYSTEMD_PAGER=cat PAGER=cat; PS1="@""@"\r',
    );
    await this.expect(/@@$/, seconds);
  }

  /** Runs one line in a shell made plain, and gives what it printed and its status. */
  async cmd(line: string, seconds = 60): Promise<{ code: number; out: string }> {
    this.send(`${line}; echo "=""rc=$?="\r`);
    const text = await this.expect(/=rc=(\d+)=\r?\n/, seconds);
    await this.expect(/@@$/, seconds);
    const [, code = ''] = /=rc=(\d+)=/.exec(text) ?? [];
    const echoed = text.indexOf('\n') + 1;
    return {
      code: Number(code),
      out: text.slice(echoed, text.lastIndexOf('=rc=')).replaceAll('\r', '').trim(),
    };
  }

  /** Lets go of the console; the node keeps running, and it can be opened again. */
  close(): void {
    this.#socket.destroy();
  }
}
