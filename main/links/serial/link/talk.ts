import { cancelled } from '../../../../preload/contract/failure.ts';
import { Secret } from '../../../core/secret.ts';
import { blockSize } from '../../../core/serial-exec/block-size.ts';
import { bytesPerSecond } from '../../../core/serial-exec/seconds.ts';
import { answerIn, looksForeign, request } from '../../../core/serial-exec/wire.ts';
import type { Request } from '../../../core/serial-exec/wire.ts';
import type { LineSettings } from '../../../../preload/contract/serial.ts';
import type { Clock, HeldLine } from '../../../ports.ts';
import { Ear } from './ear.ts';
import { LineDown } from './line-down.ts';

export interface AskOptions {
  readonly signal?: AbortSignal;
  /** How long the node may take on top of what answers usually take. */
  readonly extraMs?: number;
  /** The body holds a secret. */
  readonly secret?: boolean;
  /** Tries without any answer before the line counts as silent; default 9, about 30 s. */
  readonly silentTries?: number;
  /** Damaged tries before the line counts as useless; default 80. */
  readonly damagedTries?: number;
  /** How many bytes follow the answer. */
  readonly follow?: (words: string) => number;
}

export interface Answer {
  readonly words: string;
  /** What followed the answer, when that was asked for. */
  readonly bytes: Uint8Array;
}

/** Damaged tries before the line counts as useless. One in a thousand characters damaged needs three or four. */
const mostDamaged = 80;
/** Quiet for so long in the middle of an answer, it is over. */
const gapMs = 200;

/** Requests and answers over a held line, one at a time; whatever is damaged on the way is asked for again. */
export class Talk {
  readonly #held: HeldLine;
  readonly #clock: Clock;
  readonly #salt: string;
  readonly ear: Ear;
  readonly #bytesPerMs: number;
  /** Requests get their numbers from one count for the whole link, so tags never come twice. */
  readonly #next: () => number;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #usualMs = 100;
  #first = '';
  /** How long a request may be, in characters. */
  readonly piece = blockSize(180, 760, 900);
  /** How many bytes a block has. */
  readonly block;

  constructor(held: HeldLine, settings: LineSettings, clock: Clock, salt: string, next: () => number) {
    this.#held = held;
    this.#clock = clock;
    this.#salt = salt;
    this.#next = next;
    this.#bytesPerMs = bytesPerSecond(settings) / 1000;
    const second = this.#bytesPerMs * 1000;
    this.block = blockSize(256, Math.max(1024, second), Math.min(65_536, Math.max(4096, second * 4)));
    this.ear = new Ear(held, clock);
  }

  /** How many requests wait for their turn. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Something to be done on the node before the next request; it needs no answer and does no harm twice. */
  before(body: string): void {
    this.#first += `${body};`;
  }

  /**
   * Sends a request until it is answered. A body that depends on how good the line is comes as a function and is made
   * anew for every try. Throws LineDown, or `cancelled` when the signal fires.
   */
  ask(body: string | (() => string), options: AskOptions = {}): Promise<Answer> {
    return this.#inTurn(() => this.#ask(this.#withFirst(), body, options));
  }

  /**
   * Sends a block behind its request. The node says `go` before it reads raw bytes; what it says at the end is given.
   * A block that has begun is brought to its end whatever happens, for the node counts its bytes.
   */
  put(body: string, bytes: Uint8Array, options: AskOptions = {}): Promise<string> {
    return this.#inTurn(() => this.#put(this.#withFirst() + body, bytes, options));
  }

  /** Lends the line to a body that uses it by itself. `endIn` gives where in what was heard its end is told. */
  async lend(
    body: string,
    signal: AbortSignal,
  ): Promise<{ endIn(heard: Buffer): number | undefined; giveBack(): void }> {
    const before = this.#queue;
    const done = Promise.withResolvers<void>();
    this.#queue = done.promise;
    await before.catch(() => undefined);
    const { line, tag } = request(this.#salt, this.#next(), `${this.#withFirst()}a go;${body};a over`);
    try {
      this.ear.forget();
      await this.#send(`\n${line}\n`, false);
      const found = await this.#answer(tag, 3000, signal);
      if (typeof found !== 'object') throw new LineDown('silent');
      return {
        endIn: heard => {
          const over = answerIn(heard, this.#salt, tag);
          return over.is === 'answer' && over.words === 'over'
            ? heard.lastIndexOf(`%${tag} over`)
            : undefined;
        },
        giveBack: done.resolve,
      };
    } catch (thrown) {
      done.resolve();
      throw thrown;
    }
  }

  close(): void {
    this.ear.close();
  }

  #withFirst(): string {
    const first = this.#first;
    this.#first = '';
    return first;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#queue;
    const done = Promise.withResolvers<void>();
    this.#queue = done.promise;
    this.#waiting++;
    await before.catch(() => undefined);
    this.#waiting--;
    try {
      return await work();
    } finally {
      done.resolve();
    }
  }

  async #ask(first: string, body: string | (() => string), options: AskOptions): Promise<Answer> {
    const made = (): Request =>
      request(this.#salt, this.#next(), first + (typeof body === 'string' ? body : body()));
    let asked = made();
    const tries = new Tries(options.silentTries ?? 9, options.damagedTries ?? mostDamaged);
    const began = this.#clock.monotonic();
    while (true) {
      const { line, tag } = asked;
      this.ear.forget();
      await this.#send(`\n${line}\n`, options.secret ?? false);
      const extra = options.extraMs ?? 0;
      const found = await this.#answer(tag, this.#patience(tries) + extra, options.signal, tries);
      if (typeof found === 'object') {
        if (tries.damaged === 0) this.#learn(this.#clock.monotonic() - began - extra);
        const bytes = await this.#following(options.follow?.(found.words) ?? 0, options.signal);
        if (bytes) {
          if (tries.count === 0) this.piece.went();
          return { words: found.words, bytes };
        }
      }
      if (found !== 'nothing') this.piece.failed();
      else if (looksForeign(this.ear.heard)) throw new LineDown('silent');
      if (options.follow) this.block.failed();
      tries.note(found === 'nothing' ? 'silent' : 'damaged');
      // A slow node may still answer what it was asked; only on a bad line it helps to ask in another way.
      if (typeof body !== 'string' && found !== 'nothing') asked = made();
    }
  }

  async #put(body: string, bytes: Uint8Array, options: AskOptions): Promise<string> {
    const { line, tag } = request(this.#salt, this.#next(), body);
    const tries = new Tries(options.silentTries ?? 9, options.damagedTries ?? mostDamaged);
    while (true) {
      if (options.signal?.aborted) throw cancelled('The command');
      this.ear.forget();
      await this.#send(`\n${line}\n`, false);
      const go = await this.#answer(tag, this.#patience(tries) + (options.extraMs ?? 0));
      if (typeof go === 'object' && go.words !== 'go') return go.words;
      // Its `go` may only have been lost; a node that did not get the request refuses the bytes as lines.
      if (go !== 'refused') {
        const end = await this.#block(tag, bytes);
        if (typeof end === 'object') return end.words;
        tries.note(end === 'nothing' ? 'silent' : 'damaged');
      } else tries.note('damaged');
    }
  }

  /** The bytes themselves. When some got lost on the way the node still waits for as many: line feeds fill the gap. */
  async #block(
    tag: string,
    bytes: Uint8Array,
  ): Promise<{ words: string } | 'damaged' | 'refused' | 'nothing'> {
    this.ear.forget();
    await this.#raw(bytes);
    // Too early does no harm: between requests the node takes line feeds for nothing.
    let found = await this.#answer(tag, 120 + this.#usualMs * 4);
    for (
      let filled = 0, some = 32;
      found === 'nothing' && filled <= bytes.length;
      filled += some, some *= 2
    ) {
      await this.#raw(Buffer.alloc(some, '\n'));
      found = await this.#answer(tag, 250);
    }
    return found;
  }

  /** Waits for an answer; a gap after its first bytes ends the waiting earlier than silence does. */
  async #answer(
    tag: string,
    patienceMs: number,
    signal?: AbortSignal,
    tries?: Tries,
  ): Promise<{ words: string } | 'damaged' | 'refused' | 'nothing'> {
    let until = this.#clock.monotonic() + patienceMs;
    const latest = until + 15_000;
    let refused = false;
    while (true) {
      const found = answerIn(this.ear.heard, this.#salt, tag);
      if (found.is === 'answer') {
        this.ear.drop(found.end);
        return found;
      }
      if (found.is === 'damaged') return 'damaged';
      const now = this.#clock.monotonic();
      if (found.is === 'refused') {
        // It may be about what stood on the line before; the answer would follow at once.
        refused = true;
        this.ear.drop(found.end);
        until = Math.min(until, now + (30 + 2 * this.#usualMs) * (1 + (tries?.damaged ?? 0) / 2));
        continue;
      }
      const more = await this.ear.more(until - now, signal);
      if (more) until = Math.min(latest, Math.max(until, this.#clock.monotonic() + gapMs));
      else return refused ? 'refused' : 'nothing';
    }
  }

  /** The bytes behind an answer (and its line feed); undefined when fewer came. */
  async #following(count: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    if (count === 0) return new Uint8Array();
    const need = count + 1;
    while (this.ear.heard.length < need)
      if (!(await this.ear.more(Math.max(gapMs, 300), signal))) return undefined;
    const bytes = Buffer.from(this.ear.heard.subarray(1, need));
    this.ear.drop(need);
    return bytes;
  }

  #patience(tries: Tries): number {
    const first = Math.max(400, 100 + this.#usualMs * 4);
    return Math.max(first, Math.min(5000, first * 2 ** Math.min(4, tries.silent)));
  }

  #learn(ms: number): void {
    this.#usualMs += (Math.min(3000, Math.max(5, ms)) - this.#usualMs) / 4;
  }

  async #send(text: string, secret: boolean): Promise<void> {
    await this.#out(secret ? new Secret(text) : Buffer.from(text));
  }

  #raw(bytes: Uint8Array): Promise<void> {
    return this.#out(bytes);
  }

  async #out(bytes: Uint8Array | Secret): Promise<void> {
    try {
      await this.#held.send(bytes);
    } catch {
      throw new LineDown('pulled');
    }
  }
}

class Tries {
  readonly #mostSilent: number;
  readonly #mostDamaged: number;
  silent = 0;
  damaged = 0;

  constructor(mostSilent: number, mostDamaged: number) {
    this.#mostSilent = mostSilent;
    this.#mostDamaged = mostDamaged;
  }

  get count(): number {
    return this.silent + this.damaged;
  }

  note(what: 'silent' | 'damaged'): void {
    if (what === 'silent') this.silent++;
    else this.damaged++;
    if (this.silent >= this.#mostSilent || this.damaged >= this.#mostDamaged) throw new LineDown('silent');
  }
}
