import type { Clock, Line } from '../../../../main/ports.ts';
import { usualLine } from '../../../../preload/contract/serial.ts';
import type { LineSettings } from '../../../../preload/contract/serial.ts';
import { Receiver, Waveform } from './waveform.ts';
import type { OnError } from './waveform.ts';

/** What is at the far end of the cable. Times in microseconds. */
export interface Far {
  baud: number;
  readonly parity?: 'none' | 'even' | 'odd';
  /** What it says by itself up to this moment. */
  says?(now: number): string;
  /** What it answers to bytes and BREAKs. */
  hears?(bytes: readonly number[], broke: number, now: number): string;
}

/** Numbers that look like chance and are the same each time. */
export function dice(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const stepMicros = 1000;

/** A cable with a far end, seen as a line and a clock: time passes when somebody sleeps or sends, and at no other time. */
export class LineModel implements Line, Clock {
  readonly port = '/dev/ttyUSB0';
  readonly can = { speed: true, controlLines: true, sendBreak: true };
  readonly lost: Promise<string>;
  settings: LineSettings = usualLine;
  /** Every byte sent: when (ms), at what speed. */
  readonly sent: { readonly at: number; readonly baud: number; readonly byte: number }[] = [];
  /** Speeds this adapter cannot do. */
  refuses: readonly number[] = [];
  readonly #far: Far;
  readonly #listeners = new Set<(bytes: Uint8Array) => void>();
  readonly #toNear = new Waveform();
  readonly #toFar = new Waveform();
  readonly #near: Receiver;
  readonly #ear: Receiver;
  #now = 0;
  #lose: (why: string) => void = () => undefined;

  constructor(
    far: Far,
    { onError = 'zero', noise = 0, seed = 1 }: { onError?: OnError; noise?: number; seed?: number } = {},
  ) {
    const chance = dice(seed);
    const flips = (): boolean => noise > 0 && chance() < noise;
    this.#far = far;
    this.#near = new Receiver(this.#toNear, usualLine.baud, onError, flips);
    this.#ear = new Receiver(this.#toFar, far.baud, 'zero', flips);
    this.lost = new Promise(resolve => (this.#lose = resolve));
  }

  now(): Date {
    return new Date(this.#now / 1000);
  }
  monotonic(): number {
    return this.#now / 1000;
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason as Error);
    this.#pass(ms * 1000);
    return Promise.resolve();
  }

  send(bytes: Uint8Array): Promise<void> {
    const { baud } = this.settings;
    for (const byte of bytes) this.sent.push({ at: this.#now / 1000, baud, byte });
    this.#toFar.send(bytes, baud, this.#now + 100);
    this.#pass(this.#toFar.free - this.#now);
    return Promise.resolve();
  }
  hear(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  set(settings: LineSettings): Promise<void> {
    if (this.refuses.includes(settings.baud)) return Promise.reject(new Error('speed not supported'));
    this.settings = settings;
    this.#near.change(settings.baud, this.#now);
    return Promise.resolve();
  }
  raise(): Promise<void> {
    return Promise.resolve();
  }
  sendBreak(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  pull(): void {
    this.#lose('The adapter was pulled out or switched off.');
  }

  #pass(micros: number): void {
    const end = this.#now + micros;
    while (this.#now < end) {
      this.#now = Math.min(end, this.#now + stepMicros);
      this.#talk(this.#far.says?.(this.#now) ?? '');
      this.#ear.baud = this.#far.baud;
      const { bytes, broke } = this.#ear.take(this.#now);
      if (bytes.length > 0 || broke > 0) this.#talk(this.#far.hears?.(bytes, broke, this.#now) ?? '');
      const heard = this.#near.take(this.#now).bytes;
      if (heard.length > 0) for (const listener of this.#listeners) listener(Uint8Array.from(heard));
    }
  }
  #talk(text: string): void {
    const { baud, parity = 'none' } = this.#far;
    if (text !== '') this.#toNear.send(Buffer.from(text), baud, this.#now + 50, parity);
  }
}

/** A login prompt as agetty gives it: silent until Enter, and on a BREAK (or a 0) at the next speed of its list. */
export class Getty implements Far {
  readonly parity: 'none' | 'even' | 'odd';
  breaks = 0;
  /** Letters and digits that came first within five seconds after a BREAK: to a kernel with SysRq each is a command. */
  sysrqs = 0;
  names: string[] = [];
  #speeds: readonly number[];
  #brokeAt = -Infinity;
  #name = '';
  #asks: 'name' | 'password' = 'name';

  constructor(speeds: readonly number[], parity: 'none' | 'even' | 'odd' = 'none') {
    this.#speeds = speeds;
    this.parity = parity;
  }

  get baud(): number {
    return this.#speeds[0] ?? 9600;
  }

  hears(bytes: readonly number[], broke: number, now: number): string {
    let out = '';
    const [first] = bytes.slice(bytes.lastIndexOf(0) + 1);
    if (broke > 0) {
      this.breaks += broke;
      this.#brokeAt = now;
    }
    if (first !== undefined && now - this.#brokeAt < 5e6) {
      if (/[0-9a-z]/i.test(String.fromCharCode(first))) this.sysrqs += 1;
      this.#brokeAt = -Infinity;
    }
    for (const byte of bytes) out += this.#byte(byte);
    return out;
  }

  #byte(raw: number): string {
    const byte = this.parity === 'none' ? raw : raw & 0x7f;
    if (byte === 0) {
      const [first = 9600, ...rest] = this.#speeds;
      this.#speeds = [...rest, first];
      return '\r\nnode-1 login: ';
    }
    if (byte !== 0x0d) {
      this.#name += String.fromCharCode(byte);
      return this.#asks === 'password' ? '' : String.fromCharCode(byte & 0x7f);
    }
    const name = this.#name;
    this.#name = '';
    if (this.#asks === 'password') {
      this.#asks = 'name';
      return '\r\n\r\nLogin incorrect\r\nnode-1 login: ';
    }
    if (name === '') return '\r\nnode-1 login: ';
    this.names.push(name);
    this.#asks = 'password';
    return '\r\nPassword: ';
  }
}

/** Something that talks by itself: `text` over and over, one line each `everyMs`; 0: without a pause. */
export class Talker implements Far {
  readonly baud: number;
  readonly parity: 'none' | 'even' | 'odd';
  readonly heard: number[] = [];
  readonly #lines: readonly string[];
  readonly #everyMicros: number;
  readonly #until: number;
  #next = 0;
  #line = 0;

  constructor(
    baud: number,
    text: string,
    {
      everyMs = 0,
      untilMs = Infinity,
      parity = 'none' as const,
    }: { everyMs?: number; untilMs?: number; parity?: 'none' | 'even' | 'odd' } = {},
  ) {
    this.baud = baud;
    this.parity = parity;
    this.#lines = text.split(/(?<=\n)/);
    this.#everyMicros = everyMs * 1000;
    this.#until = untilMs * 1000;
  }

  says(now: number): string {
    let out = '';
    while (this.#next <= now && now < this.#until) {
      const line = this.#lines[this.#line % this.#lines.length] ?? '';
      this.#line += 1;
      out += line;
      this.#next =
        Math.max(this.#next, now - 5000) + Math.max(this.#everyMicros, (line.length * 1e7) / this.baud);
    }
    return out;
  }
  hears(bytes: readonly number[]): string {
    this.heard.push(...bytes);
    return '';
  }
}
