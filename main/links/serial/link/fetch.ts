import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { cancelled } from '../../../../preload/contract/failure.ts';
import type { Answer, AskOptions, Talk } from './talk.ts';

type Ask = (body: string | (() => string), options?: AskOptions) => Promise<Answer>;

/** After so many blocks that did not become smaller, compressing is tried on one in sixteen only. */
const patience = 2;
/** What is fetched as base64 before it matters whether all values pass. */
const little = 2048;

/** Reads one stream of one run from the node, in order, in blocks that are hashed; a damaged one is fetched again. */
export class Fetch {
  readonly #talk: () => Talk;
  readonly #ask: Ask;
  readonly #isRaw: () => Promise<boolean>;
  readonly #name: string;
  #window = 0;
  #offset = 0;
  #inVain = 0;
  #blocks = 0;
  /** How much was read of all of it. */
  bytes = 0;

  /** `name`: folder and letter of the stream's files on the node. */
  constructor(talk: () => Talk, ask: Ask, isRaw: () => Promise<boolean>, name: string) {
    this.#talk = talk;
    this.#ask = ask;
    this.#isRaw = isRaw;
    this.#name = name;
  }

  /** Window and offset that come next, as the node's `v` takes them. */
  get place(): string {
    return `${this.#window} ${this.#offset}`;
  }

  /** How much was read of the window at hand. */
  get inWindow(): number {
    return this.#offset;
  }

  /** So many bytes from this place came together with something else. */
  told(bytes: number): void {
    this.#offset += bytes;
    this.bytes += bytes;
  }

  /** Fetches all that is there by now. */
  async rest(take: (bytes: Uint8Array) => void | Promise<void>, signal: AbortSignal): Promise<void> {
    while (true) {
      if (signal.aborted) throw cancelled('The command');
      const name = (window: number): string => `${this.#name}${window}`;
      const next = name(this.#window + 1);
      const got = await this.#block(name(this.#window), this.#offset, next);
      this.told(got.bytes.length);
      if (got.bytes.length > 0) await take(got.bytes);
      if (got.bytes.length === got.asked) continue;
      if (!got.isLast) return;
      // The window was full before this block was read, so it is read to its end.
      this.#talk().before(`[ -e "$w/${next}" ]&&rm -f "\${w:?}/${name(this.#window)}"`);
      this.#window++;
      this.#offset = 0;
    }
  }

  /** Fetches the end of a long stream that was kept apart. */
  async end(take: (bytes: Uint8Array) => void, signal: AbortSignal): Promise<void> {
    for (let offset = 0; ;) {
      if (signal.aborted) throw cancelled('The command');
      const got = await this.#block(`${this.#name}t`, offset, '-');
      offset += got.bytes.length;
      take(got.bytes);
      if (got.bytes.length < got.asked) return;
    }
  }

  async #block(
    file: string,
    offset: number,
    next: string,
  ): Promise<{ readonly bytes: Uint8Array; readonly asked: number; readonly isLast: boolean }> {
    // A little more is not worth trying out the line for.
    const isFirst = this.#blocks++ === 0;
    const raw = !isFirst && (await this.#isRaw());
    while (true) {
      const talk = this.#talk();
      let asked = 0;
      const squeeze = this.#inVain < patience || this.#inVain % 16 === 0 ? 1 : 0;
      const body = (): string => {
        asked = isFirst ? Math.min(little, talk.block.now) : talk.block.now;
        return `g ${file} ${offset} ${asked} ${squeeze} ${raw ? 1 : 0} ${next}`;
      };
      const follow = (words: string): number => (raw ? Number(words.split(' ')[3]) : 0);
      const { words, bytes } = await this.#ask(body, { follow, extraMs: 300 });
      const [isLast, length, zipped, , hash, coded] = words.split(' ');
      const came = raw ? bytes : Buffer.from(coded === undefined || coded === '-' ? '' : coded, 'base64');
      const plain = unzipped(came, zipped === '1');
      if (plain?.length === Number(length) && hash === hashOf(plain)) {
        if (plain.length > 0) this.#inVain = zipped === '1' ? 0 : this.#inVain + 1;
        talk.block.went();
        return { bytes: plain, asked, isLast: isLast === '1' };
      }
      talk.block.failed();
    }
  }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Undefined when it cannot be unpacked: it was damaged on the way. */
function unzipped(bytes: Uint8Array, isZipped: boolean): Uint8Array | undefined {
  if (!isZipped) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: 1024 * 1024 });
  } catch {
    return undefined;
  }
}
