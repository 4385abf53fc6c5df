import type { Console } from '../station/shell/shell.ts';
import { Stream, until } from '../station/shell/streams.ts';

const encoder = new TextEncoder();

/**
 * The node's side of a pseudo-terminal: echo, line editing, history, Ctrl-C, Ctrl-D, and secrets typed unseen.
 * `send` brings bytes to the technician's screen.
 */
export class Terminal implements Console {
  readonly #send: (bytes: Uint8Array, signal: AbortSignal) => Promise<void>;
  readonly #ready: (Uint8Array | 'end')[] = [];
  readonly #history: string[] = [];
  #line: string[] = [];
  #cursor = 0;
  #at = 0;
  #draft = '';
  #prompt = '';
  #echo = true;
  #pending = '';
  #wake: () => void = () => undefined;
  readonly #decoder = new TextDecoder();
  /** Ctrl-C was typed. */
  onInterrupt: () => void = () => undefined;
  readonly stream: Stream;

  constructor(send: (bytes: Uint8Array, signal: AbortSignal) => Promise<void>) {
    this.#send = send;
    this.stream = new Stream({
      tty: true,
      read: signal => this.#read(signal),
      write: (bytes, signal) => this.#send(crlf(bytes), signal),
    });
  }

  #show(text: string): void {
    void this.#send(encoder.encode(text), new AbortController().signal).catch(() => undefined);
  }

  async #read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    while (this.#ready.length === 0)
      await until(new Promise<void>(resolve => (this.#wake = resolve)), signal);
    const next = this.#ready.shift();
    return next === 'end' ? undefined : next;
  }

  #give(what: Uint8Array | 'end'): void {
    this.#ready.push(what);
    this.#wake();
  }

  /** A line for the shell's prompt; undefined at Ctrl-D. */
  async readLine(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    this.#prompt = prompt;
    this.#show(prompt + this.#line.join(''));
    const bytes = await this.#read(signal);
    this.#prompt = '';
    if (!bytes) return undefined;
    const line = new TextDecoder().decode(bytes).replace(/\n$/, '');
    if (line.trim() !== '' && this.#history.at(-1) !== line) this.#history.push(line);
    this.#at = this.#history.length;
    return line;
  }

  /** A line typed unseen, as for a password. */
  async readSecret(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    this.#echo = false;
    this.#show(prompt);
    try {
      const bytes = await this.#read(signal);
      return bytes && new TextDecoder().decode(bytes).replace(/\n$/, '');
    } finally {
      this.#echo = true;
      this.#show('\r\n');
    }
  }

  /** The connection is gone. */
  hangUp(): void {
    this.#give('end');
  }

  /** Takes what was typed. */
  type(bytes: Uint8Array): void {
    this.#pending += this.#decoder.decode(bytes, { stream: true });
    while (this.#pending !== '') {
      const key = /^(?:\x1b\[[0-9;]*[A-Za-z~]|\x1bO[A-Z]|\x1b(?=$|[^[O])|[^])/u.exec(this.#pending)?.[0];
      if (key === undefined) {
        if (this.#pending.length > 16) this.#pending = '';
        return;
      }
      this.#pending = this.#pending.slice(key.length);
      this.#key(key);
    }
  }

  #key(key: string): void {
    const action = keys[key];
    if (action) this.#act(action);
    else if (key >= ' ' && !key.startsWith('\x1b')) this.#insert(key);
    else if (key === '\t') this.#insert(' ');
  }

  #insert(text: string): void {
    this.#line.splice(this.#cursor, 0, text);
    this.#cursor += 1;
    if (!this.#echo) return;
    const rest = this.#line.slice(this.#cursor).join('');
    this.#show(text + rest + '\b'.repeat([...rest].length));
  }

  #act(action: Action): void {
    switch (action) {
      case 'enter': {
        const line = this.#line.join('');
        this.#clear();
        if (this.#echo) this.#show('\r\n');
        return this.#give(encoder.encode(`${line}\n`));
      }
      case 'interrupt':
        this.#clear();
        this.#show('^C\r\n');
        return this.onInterrupt();
      case 'end':
        if (this.#line.length === 0) this.#give('end');
        return undefined;
      case 'back':
        return this.#erase(1);
      case 'kill':
        return this.#erase(this.#cursor);
      case 'word':
        return this.#erase(/\S*\s*$/.exec(this.#line.slice(0, this.#cursor).join(''))?.[0].length ?? 0);
      case 'clear':
        return this.#show(
          `\x1b[H\x1b[2J${this.#prompt}${this.#line.join('')}${'\b'.repeat(this.#line.length - this.#cursor)}`,
        );
      case 'left':
        return this.#move(Math.max(0, this.#cursor - 1));
      case 'right':
        return this.#move(Math.min(this.#line.length, this.#cursor + 1));
      case 'home':
        return this.#move(0);
      case 'last':
        return this.#move(this.#line.length);
      case 'up':
        return this.#recall(this.#at - 1);
      case 'down':
        return this.#recall(this.#at + 1);
      default:
        return action satisfies never;
    }
  }

  #clear(): void {
    this.#line = [];
    this.#cursor = 0;
  }

  #move(to: number): void {
    if (this.#echo)
      this.#show(
        to < this.#cursor ? '\b'.repeat(this.#cursor - to) : this.#line.slice(this.#cursor, to).join(''),
      );
    this.#cursor = to;
  }

  #erase(count: number): void {
    if (count === 0 || this.#cursor === 0) return;
    const by = Math.min(count, this.#cursor);
    this.#line.splice(this.#cursor - by, by);
    this.#cursor -= by;
    if (!this.#echo) return;
    const rest = this.#line.slice(this.#cursor).join('');
    this.#show(`${'\b'.repeat(by)}${rest}\x1b[K${'\b'.repeat([...rest].length)}`);
  }

  #recall(at: number): void {
    if (at < 0 || at > this.#history.length || this.#prompt === '') return;
    if (this.#at === this.#history.length) this.#draft = this.#line.join('');
    this.#at = at;
    const line = at === this.#history.length ? this.#draft : (this.#history[at] ?? '');
    this.#line = [...line];
    this.#cursor = this.#line.length;
    this.#show(`\r${this.#prompt}${line}\x1b[K`);
  }
}

type Action =
  | 'enter'
  | 'interrupt'
  | 'end'
  | 'back'
  | 'kill'
  | 'word'
  | 'clear'
  | 'left'
  | 'right'
  | 'home'
  | 'last'
  | 'up'
  | 'down';

const keys: Readonly<Record<string, Action>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\x03': 'interrupt',
  '\x04': 'end',
  '\x7f': 'back',
  '\b': 'back',
  '\x15': 'kill',
  '\x17': 'word',
  '\x0c': 'clear',
  '\x1b[D': 'left',
  '\x1b[C': 'right',
  '\x1b[A': 'up',
  '\x1b[B': 'down',
  '\x1b[H': 'home',
  '\x1b[F': 'last',
  '\x01': 'home',
  '\x05': 'last',
  '\x1bOD': 'left',
  '\x1bOC': 'right',
  '\x1bOA': 'up',
  '\x1bOB': 'down',
  '\x02': 'left',
  '\x06': 'right',
  '\x10': 'up',
  '\x0e': 'down',
};

/** Line feeds as a terminal wants them. */
function crlf(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(10)) return bytes;
  let extra = 0;
  for (const byte of bytes) if (byte === 10) extra += 1;
  const out = new Uint8Array(bytes.length + extra);
  let at = 0;
  let before = 0;
  for (const byte of bytes) {
    if (byte === 10 && before !== 13) out[at++] = 13;
    out[at++] = byte;
    before = byte;
  }
  return out.subarray(0, at);
}
