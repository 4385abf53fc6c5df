import { Killed } from '../shell/streams.ts';
import type { Console } from '../shell/shell.ts';
import type { Tty } from './tty.ts';

const pasteOn = '\x1b[?2004h';
const pasteOff = '\x1b[?2004l\r';

/**
 * Lines typed on the serial console. bash edits them itself (readline: raw line, own echo, history, bracketed paste,
 * wrapping at the right margin); dash leaves it all to the kernel.
 */
export class SerialConsole implements Console {
  readonly tty: Tty;
  onInterrupt: () => void = () => undefined;
  onStop: () => void = () => undefined;
  readonly #history: string[] = [];

  constructor(tty: Tty) {
    this.tty = tty;
    tty.onSignal = name => (name === 'TSTP' ? this.onStop() : this.onInterrupt());
  }

  async readLine(
    prompt: string,
    signal: AbortSignal,
    how: { plain?: boolean } = {},
  ): Promise<string | undefined> {
    if (how.plain !== true) return this.#edited(prompt, signal);
    await this.tty.stream.write(Buffer.from(prompt), signal);
    return this.#plain(signal);
  }

  /** A whole line from the kernel's own editing; what a raw line gave is collected until its end. */
  async #plain(signal: AbortSignal): Promise<string | undefined> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const chunk = await this.tty.stream.read(signal);
      if (!chunk) return parts.length > 0 ? Buffer.concat(parts).toString() : undefined;
      const at = chunk.findIndex(byte => byte === 10 || byte === 13);
      if (at < 0) parts.push(chunk);
      else {
        this.tty.stream.pushBack(chunk.subarray(at + 1));
        return Buffer.concat([...parts, chunk.subarray(0, at)]).toString();
      }
    }
  }

  async readSecret(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    const { tty } = this;
    const before = tty.termios;
    tty.set({ echo: false, icanon: true, isig: true, icrnl: true });
    tty.flushInput();
    try {
      await tty.stream.write(Buffer.from(prompt), signal);
      return await this.#plain(signal);
    } finally {
      tty.set({ echo: before.echo, icanon: before.icanon, isig: before.isig, icrnl: before.icrnl });
      await tty.stream.write(Buffer.from('\n'), new AbortController().signal);
    }
  }

  async #edited(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    const { tty } = this;
    const before = tty.termios;
    const show = (text: string): Promise<void> => tty.stream.write(Buffer.from(text), signal);
    tty.set({ icanon: false, echo: false, icrnl: false, ixon: before.ixon, min: 1, time: 0 });
    const restore = (): void => tty.set(before);
    await show(pasteOn);
    const edit = new Edit(prompt, this.#history, tty.size.cols);
    await show(edit.begin());
    try {
      for (;;) {
        const chunk = await tty.stream.read(signal);
        if (!chunk) return undefined;
        const { shows, used, done } = edit.type(chunk);
        tty.stream.pushBack(chunk.subarray(used));
        await show(shows);
        if (!done) continue;
        await show(done === 'end' ? pasteOff : `\n${pasteOff}`);
        if (done === 'end') return undefined;
        if (edit.line.trim() !== '' && this.#history.at(-1) !== edit.line) this.#history.push(edit.line);
        return edit.line;
      }
    } catch (thrown) {
      if (thrown instanceof Killed && thrown.signal === 'INT') tty.print(`^C\n${pasteOff}`);
      throw thrown;
    } finally {
      restore();
    }
  }
}

/** One line being edited as readline does it; says what the terminal must show. */
class Edit {
  readonly #prompt: string;
  readonly #history: readonly string[];
  readonly #cols: number;
  #chars: string[] = [];
  #cursor = 0;
  #at: number;
  #held = '';
  #pasting = false;

  constructor(prompt: string, history: readonly string[], cols: number) {
    this.#prompt = prompt;
    this.#history = history;
    this.#at = history.length;
    this.#cols = cols > 0 ? cols : 80;
  }

  get line(): string {
    return this.#chars.join('');
  }
  begin(): string {
    return this.#prompt;
  }

  /** Takes bytes up to the end of the line; `used` tells how many. */
  type(bytes: Uint8Array): { readonly shows: string; readonly used: number; readonly done?: 'line' | 'end' } {
    let shows = '';
    for (const [at, byte] of bytes.entries()) {
      this.#held += String.fromCharCode(byte);
      const key = whole(this.#held);
      if (key === undefined) continue;
      this.#held = '';
      if (key === '\x1b[200~') this.#pasting = true;
      else if (key === '\x1b[201~') this.#pasting = false;
      else if (!this.#pasting && (key === '\r' || key === '\n')) return { shows, used: at + 1, done: 'line' };
      else if (!this.#pasting && key === '\x04' && this.#chars.length === 0)
        return { shows, used: at + 1, done: 'end' };
      else shows += this.#key(key);
    }
    return { shows, used: bytes.length };
  }

  #key(key: string): string {
    switch (key) {
      case '\x7f':
      case '\b':
        return this.#erase(1);
      case '\x15':
        return this.#erase(this.#cursor);
      case '\x17':
        return this.#erase(/\S*\s*$/.exec(this.#chars.slice(0, this.#cursor).join(''))?.[0].length ?? 0);
      case '\x1b[D':
      case '\x02':
        return this.#move(this.#cursor - 1);
      case '\x1b[C':
      case '\x06':
        return this.#move(this.#cursor + 1);
      case '\x01':
      case '\x1b[H':
        return this.#move(0);
      case '\x05':
      case '\x1b[F':
        return this.#move(this.#chars.length);
      case '\x1b[A':
      case '\x10':
        return this.#recall(this.#at - 1);
      case '\x1b[B':
      case '\x0e':
        return this.#recall(this.#at + 1);
      case '\x0c':
        return `\x1b[H\x1b[2J${this.#prompt}${this.line}`;
      case '\t':
        return '\x07';
      default:
        return key.startsWith('\x1b') || (key < ' ' && !this.#pasting) ? '' : this.#insert(key);
    }
  }

  #insert(key: string): string {
    const text = key === '\r' ? '\n' : Buffer.from(key, 'latin1').toString();
    this.#chars.splice(this.#cursor, 0, text);
    this.#cursor += 1;
    const rest = this.#chars.slice(this.#cursor).join('');
    return `${text}${this.#margin()}${rest}${'\b'.repeat([...rest].length)}`;
  }

  /** At the right margin readline steps onto the next row by a blank and a carriage return. */
  #margin(): string {
    const column = visible(this.#prompt) + this.#cursor;
    return column % this.#cols === 0 ? ' \r' : '';
  }

  #erase(count: number): string {
    const by = Math.min(count, this.#cursor);
    if (by === 0) return '';
    this.#cursor -= by;
    this.#chars.splice(this.#cursor, by);
    const rest = this.#chars.slice(this.#cursor).join('');
    return `${'\b'.repeat(by)}${rest}\x1b[K${'\b'.repeat([...rest].length)}`;
  }

  #move(to: number): string {
    const at = Math.max(0, Math.min(this.#chars.length, to));
    const shows =
      at < this.#cursor ? '\b'.repeat(this.#cursor - at) : this.#chars.slice(this.#cursor, at).join('');
    this.#cursor = at;
    return shows;
  }

  #recall(at: number): string {
    if (at < 0 || at > this.#history.length) return '\x07';
    this.#at = at;
    this.#chars = [...(this.#history[at] ?? '')];
    this.#cursor = this.#chars.length;
    return `\r${this.#prompt}${this.line}\x1b[K`;
  }
}

/** Columns a prompt takes: colours take none. */
// eslint-disable-next-line no-control-regex
const visible = (text: string): number => [...text.replace(/\x1b\[[0-9;?]*[a-zA-Z]/g, '')].length;

/** A complete key, or undefined while more of it must come. */
function whole(held: string): string | undefined {
  const first = held.charCodeAt(0);
  if (first === 27) {
    if (held.length === 1) return undefined;
    if (held[1] === '[')
      return /[A-Za-z~]$/.test(held) && held.length > 2 ? held : held.length > 12 ? held : undefined;
    if (held[1] === 'O') return held.length > 2 ? held.replace('O', '[') : undefined;
    return held;
  }
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return held.length >= length ? held : undefined;
}
