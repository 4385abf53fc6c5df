import { Buffer } from 'node:buffer';
import type { Record } from './records.ts';

/** A line as it stands in a black box; `at` in milliseconds since 1970, `offset` in bytes of content. */
export interface Line {
  readonly at: number;
  readonly offset: number;
  readonly text: string;
  readonly note?: true;
}

/** Longer lines are cut: binary noise has none at all. */
const mostBytes = 4096;

type Standing = 'text' | 'escape' | 'skip' | 'csi' | 'string' | 'string-escape';

const ESC = 0x1b;

/**
 * Cuts recorded bytes into lines a person can read: escape sequences (ECMA-48) and control characters are left out,
 * a backspace takes back, and a bare carriage return begins a new line, so that nothing that was overwritten is lost.
 */
export class Lines {
  #offset: number;
  #at: Standing = 'text';
  #held: number[] = [];
  #began: { at: number; offset: number } | undefined;
  #returned = false;
  readonly #out: Line[] = [];

  /** `offset`: where in the content the first record stands. */
  constructor(offset: number) {
    this.#offset = offset;
  }

  /** The lines that are complete after these records. */
  take(records: readonly Record[]): readonly Line[] {
    for (const { at, is, bytes } of records) {
      if (is === 'note') this.#note(at, bytes);
      else for (const byte of bytes) this.#byte(byte, at);
    }
    return this.#out.splice(0);
  }

  /** A sentence that stands in no recording: about damage, or a recording that breaks off. */
  say(at: number, text: string): readonly Line[] {
    this.#flush();
    this.#out.push({ at, offset: this.#offset, text, note: true });
    return this.#out.splice(0);
  }

  /** Goes on behind content that cannot be read. */
  skip(bytes: number): void {
    this.#flush();
    this.#offset += bytes;
    this.#at = 'text';
  }

  /** The line that has no end yet. */
  end(): readonly Line[] {
    this.#flush();
    return this.#out.splice(0);
  }

  #note(at: number, bytes: Uint8Array): void {
    this.#flush();
    this.#out.push({ at, offset: this.#offset, text: Buffer.from(bytes).toString('utf8'), note: true });
    this.#offset += bytes.length;
  }

  #flush(): void {
    if (this.#began) this.#emit();
    this.#returned = false;
    this.#at = 'text';
  }

  #emit(): void {
    if (!this.#began) return;
    this.#out.push({ ...this.#began, text: Buffer.from(this.#held).toString('utf8') });
    this.#held = [];
    this.#began = undefined;
  }

  #byte(byte: number, at: number): void {
    switch (this.#at) {
      case 'text':
        this.#text(byte, at);
        break;
      case 'escape':
        this.#at = afterEscape(byte);
        break;
      case 'skip':
        this.#at = 'text';
        break;
      case 'csi':
        if (byte >= 0x40 && byte <= 0x7e) this.#at = 'text';
        // A line end is never part of a sequence: this one was broken off.
        else if (byte < 0x20) {
          this.#at = 'text';
          this.#text(byte, at);
        }
        break;
      case 'string':
        if (byte === 0x07) this.#at = 'text';
        else if (byte === ESC) this.#at = 'string-escape';
        else if (byte === 0x0a) {
          this.#at = 'text';
          this.#text(byte, at);
        }
        break;
      case 'string-escape':
        this.#at = byte === 0x5c ? 'text' : 'string';
        break;
      default:
        this.#at satisfies never;
    }
    this.#offset += 1;
  }

  #text(byte: number, at: number): void {
    if (byte === ESC) this.#at = 'escape';
    else if (byte === 0x0a) {
      this.#began ??= { at, offset: this.#offset };
      this.#returned = false;
      this.#emit();
    } else if (byte === 0x0d) this.#returned = true;
    else if (byte === 0x08) this.#held.pop();
    else if ((byte >= 0x20 && byte !== 0x7f) || byte === 0x09) this.#letter(byte, at);
  }

  #letter(byte: number, at: number): void {
    if (this.#returned && this.#held.length > 0) this.#emit();
    this.#returned = false;
    this.#began ??= { at, offset: this.#offset };
    this.#held.push(byte);
    if (this.#held.length >= mostBytes) this.#emit();
  }
}

function afterEscape(byte: number): Standing {
  if (byte === 0x5b) return 'csi';
  // ] P _ ^ X begin strings
  if ([0x5d, 0x50, 0x5f, 0x5e, 0x58].includes(byte)) return 'string';
  // ( ) * + # % choose a character set: one more follows
  if ([0x28, 0x29, 0x2a, 0x2b, 0x23, 0x25].includes(byte)) return 'skip';
  return byte === ESC ? 'escape' : 'text';
}
