import { killedBy, Stream, until } from '../shell/streams.ts';
import { sane } from './termios.ts';
import type { Termios } from './termios.ts';

/** Bytes of a line the kernel keeps in canonical mode, its line end included (N_TTY_BUF_SIZE). */
const lineLimit = 4096;
/** What may wait unread: the flip buffers of the kernel before the line discipline's own. */
const unreadLimit = 65_536 + lineLimit;

const code = {
  intr: 3,
  quit: 28,
  erase: 127,
  kill: 21,
  eof: 4,
  start: 17,
  stop: 19,
  susp: 26,
  werase: 23,
} as const;
const literalNext = 22;
const reprint = 18;

/** How long an Escape waits for the rest of its key. */
const escapeMs = 80;

export interface TtyOut {
  /** Queues bytes for the far side without waiting. */
  put(bytes: Uint8Array): void;
  /** Settles when there is room for more. */
  room(signal: AbortSignal): Promise<void>;
  /** Throws away what waits. */
  flush(): void;
}

/** The node's side of a terminal line with the kernel's line discipline: echo, editing, signals, MIN and TIME. */
export class Tty {
  readonly stream: Stream;
  termios: Termios = { ...sane };
  size = { cols: 80, rows: 24 };
  /** INT, QUIT or TSTP was typed. */
  onSignal: (name: 'INT' | 'QUIT' | 'TSTP') => void = () => undefined;
  /** What the process with this signal must wait for first: a stopped one neither reads nor writes. */
  gate: (signal: AbortSignal) => Promise<void> | undefined = () => undefined;
  readonly #out: TtyOut;
  #line: number[] = [];
  /** Whole lines of canonical mode; undefined is an end of file. */
  #ready: (Uint8Array | undefined)[] = [];
  /** What came outside canonical mode. */
  #raw: number[] = [];
  /** Bytes in `#ready` and `#raw`. */
  #unread = 0;
  #literal = false;
  #wake: (() => void)[] = [];
  #paused = false;

  constructor(out: TtyOut) {
    this.#out = out;
    this.stream = new Stream({
      tty: true,
      read: signal => this.read(signal),
      write: (bytes, signal) => this.write(bytes, signal),
    });
  }

  /** A login begins: everything as getty leaves it; the size stays unknown to the kernel. */
  restore(): void {
    this.termios = { ...sane, speed: this.termios.speed };
    this.flushInput();
    this.#paused = false;
    this.#news();
  }

  flushInput(): void {
    this.#line = [];
    this.#ready = [];
    this.#raw = [];
    this.#unread = 0;
    this.stream.discard();
  }

  // ── output ──────────────────────────────────────────────────────────────────────────────────

  async write(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const { opost, onlcr } = this.termios;
    const out = opost && onlcr ? withReturns(bytes) : bytes;
    for (let at = 0; at < out.length; at += 1024) {
      while (this.#paused) await until(this.#change(), signal);
      await this.#mayRun(signal);
      await this.#out.room(signal);
      if (signal.aborted) throw killedBy(signal);
      this.#out.put(out.subarray(at, at + 1024));
    }
  }

  /** What the kernel or init prints of themselves. It never waits. */
  print(text: string): void {
    this.#out.put(new TextEncoder().encode(text.replaceAll('\n', '\r\n')));
  }

  #echo(bytes: readonly number[]): void {
    const { opost, onlcr } = this.termios;
    const out = Uint8Array.from(bytes);
    this.#out.put(opost && onlcr ? withReturns(out) : out);
  }

  /** A character as the echo shows it: control characters as ^X. */
  #shown(byte: number): number[] {
    if (!this.termios.echoctl || byte === 9 || byte === 10 || (byte >= 32 && byte !== 127)) return [byte];
    return [94, byte === 127 ? 63 : byte + 64];
  }

  // ── input ───────────────────────────────────────────────────────────────────────────────────

  /** Takes what came over the line. */
  receive(bytes: Uint8Array): void {
    for (const byte of bytes) this.#take(byte);
    this.#news();
  }

  #take(given: number): void {
    const t = this.termios;
    let byte = t.istrip ? given & 127 : given;
    if (this.#literal) {
      this.#literal = false;
      return this.#keep(byte, true);
    }
    if (t.ixon && byte === code.stop) return void (this.#paused = true);
    if (t.ixon && (byte === code.start || this.#paused)) {
      this.#paused = byte !== code.start && !t.ixany;
      if (byte === code.start) return;
    }
    if (t.isig && this.#signals(byte)) return;
    if (byte === 13) {
      if (t.igncr) return;
      if (t.icrnl) byte = 10;
    } else if (byte === 10 && t.inlcr) byte = 13;
    if (t.icanon) this.#edit(byte);
    else this.#keep(byte, false);
  }

  #signals(byte: number): boolean {
    const name =
      byte === code.intr ? 'INT' : byte === code.quit ? 'QUIT' : byte === code.susp ? 'TSTP' : undefined;
    if (!name) return false;
    if (!this.termios.noflsh) {
      this.flushInput();
      this.#out.flush();
    }
    this.#paused = false;
    if (this.termios.echo) this.#echo(this.#shown(byte));
    this.onSignal(name);
    return true;
  }

  #edit(byte: number): void {
    const t = this.termios;
    if (byte === code.erase || byte === 8) return this.#erase(1);
    if (byte === code.kill) return this.#erase(this.#line.length);
    if (t.iexten && byte === code.werase) return this.#eraseWord();
    if (t.iexten && byte === literalNext) {
      this.#literal = true;
      if (t.echo && t.echoctl) this.#echo([94, 8]);
      return;
    }
    if (t.iexten && byte === reprint) return this.#echo([...this.#shown(byte), 10, ...this.#line]);
    if (byte === code.eof) return this.#endOfFile();
    this.#keep(byte, false);
  }

  #endOfFile(): void {
    if (this.#line.length > 0) this.#give(this.#line);
    else this.#ready.push(undefined);
    this.#line = [];
  }

  #eraseWord(): void {
    const before = this.#line.length;
    let at = before;
    while (at > 0 && this.#line[at - 1] === 32) at -= 1;
    while (at > 0 && this.#line[at - 1] !== 32) at -= 1;
    this.#erase(before - at);
  }

  #erase(count: number): void {
    for (let i = 0; i < count && this.#line.length > 0; i += 1) {
      const gone = this.#line.pop() ?? 32;
      // The rest of a character of several bytes goes with it.
      if (this.termios.iutf8 && (gone & 0xc0) === 0x80)
        while (this.#line.length > 0 && ((this.#line.pop() ?? 0) & 0xc0) === 0x80);
      if (this.termios.echo && this.termios.echoe) for (const _ of this.#shown(gone)) this.#echo([8, 32, 8]);
    }
  }

  #keep(byte: number, literal: boolean): void {
    const t = this.termios;
    if (!t.icanon) {
      if (this.#unread >= unreadLimit) return;
      if (t.echo) this.#echo(this.#shown(byte));
      this.#raw.push(byte);
      this.#unread += 1;
      return;
    }
    const ends = byte === 10 && !literal;
    // A canonical line that is too long loses its characters until the line end comes; no one is told.
    if (!ends && this.#line.length >= lineLimit - 1) return;
    if (t.echo || (ends && t.echonl)) this.#echo(ends ? [10] : this.#shown(byte));
    this.#line.push(byte);
    if (!ends) return;
    if (this.#unread < unreadLimit) this.#give(this.#line);
    this.#line = [];
  }

  #give(line: readonly number[]): void {
    this.#ready.push(Uint8Array.from(line));
    this.#unread += line.length;
  }

  // ── reading ─────────────────────────────────────────────────────────────────────────────────

  #news(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
  #change(): Promise<void> {
    return new Promise(resolve => this.#wake.push(resolve));
  }

  async #mayRun(signal: AbortSignal): Promise<void> {
    const stopped = this.gate(signal);
    if (stopped) await until(stopped, signal);
  }

  /** What one read gives: a line, or outside canonical mode what MIN and TIME say. Undefined is an end of file. */
  async read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      if (signal.aborted) throw killedBy(signal);
      await this.#mayRun(signal);
      if (this.termios.icanon) {
        if (this.#raw.length > 0) return this.#all();
        if (this.#ready.length > 0) {
          const line = this.#ready.shift();
          this.#unread -= line?.length ?? 0;
          return line;
        }
        await until(this.#change(), signal);
      } else {
        const bytes = await this.#readRaw(signal);
        if (bytes !== 'again') return bytes;
      }
    }
  }

  async #readRaw(signal: AbortSignal): Promise<Uint8Array | undefined | 'again'> {
    const { min, time } = this.termios;
    if (this.#line.length > 0) {
      this.#give(this.#line);
      this.#line = [];
    }
    const have = this.#unread;
    if (have > 0 && have >= min) return this.#all();
    if (min === 0 && time === 0) return undefined;
    // With MIN the clock of TIME runs between two bytes, without from the beginning.
    const timed = time > 0 && (min === 0 || have > 0);
    const late = timed
      ? await this.#waited(time * 100, signal)
      : (await until(this.#change(), signal), false);
    if (!late || this.termios.icanon) return 'again';
    const got = this.#unread;
    return got > 0 ? this.#all() : min === 0 ? undefined : 'again';
  }

  /** True when nothing came for so long. */
  async #waited(ms: number, signal: AbortSignal): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<true>(resolve => (timer = setTimeout(() => resolve(true), ms)));
    try {
      return await until(Promise.race([over, this.#change().then(() => false)]), signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #all(): Uint8Array {
    const lines = this.#ready.filter(each => each !== undefined);
    const all = new Uint8Array(Buffer.concat([...lines, Uint8Array.from(this.#raw)]));
    this.#ready = [];
    this.#raw = [];
    this.#unread = 0;
    return all;
  }

  /**
   * What was typed outside canonical mode, with the rest of a key of several bytes: an Escape alone is only one when
   * nothing follows it for a moment.
   */
  async keys(signal: AbortSignal): Promise<string | undefined> {
    const first = await this.stream.read(signal);
    if (!first) return undefined;
    let text = Buffer.from(first).toString('latin1');
    while (/\x1b(?:[[O][0-9;]*)?$/.test(text) && !(await this.#waited(escapeMs, signal)))
      text += Buffer.from(this.#all()).toString('latin1');
    return text;
  }

  /** Settings were changed: a waiting read looks again. */
  set(change: Partial<Termios>): void {
    this.termios = { ...this.termios, ...change };
    this.#news();
  }
}

/** ONLCR: every line feed gets its carriage return, also where there is one already. */
function withReturns(bytes: Uint8Array): Uint8Array {
  let extra = 0;
  for (const byte of bytes) if (byte === 10) extra += 1;
  if (extra === 0) return bytes;
  const out = new Uint8Array(bytes.length + extra);
  let at = 0;
  for (const byte of bytes) {
    if (byte === 10) out[at++] = 13;
    out[at++] = byte;
  }
  return out;
}
