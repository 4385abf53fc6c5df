import type { HeldLine, Shell } from '../../../ports.ts';
import { FieldError } from '../../../../preload/contract/failure.ts';
import type { Talk } from './talk.ts';

type Size = Parameters<Shell['resize']>[0];

interface Opened {
  readonly shell: Shell;
  /** Settles with the shell's end: true when our half of the node has the line again. */
  readonly over: Promise<boolean>;
}

const closingMs = 2000;

/** Hands the line to an interactive shell of the node until it ends. */
export async function openShell(
  talk: Talk,
  held: HeldLine,
  size: Size,
  signal: AbortSignal,
): Promise<Opened> {
  const session = await talk.lend(
    `stty "$g";stty rows ${size.rows} cols ${size.cols};cd "\${HOME:-/}";HISTFILE=/dev/null TMOUT=600 "\${SHELL:-sh}" -i;cd /proc;stty raw -echo min 0 time 250`,
    signal,
  );
  const shell = new SerialShell(held, heard => session.endIn(heard));
  const stop = (): void => void shell.close();
  signal.addEventListener('abort', stop, { once: true });
  const over = shell.over.finally(() => {
    signal.removeEventListener('abort', stop);
    session.giveBack();
  });
  return { shell, over };
}

class SerialShell implements Shell {
  readonly #held: HeldLine;
  readonly #ended: (heard: Buffer) => number | undefined;
  readonly #stopHearing: () => void;
  #pieces: Uint8Array[] = [];
  #tail = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #isOver = false;
  #failed: unknown;
  readonly #over = Promise.withResolvers<boolean>();

  constructor(held: HeldLine, ended: (heard: Buffer) => number | undefined) {
    this.#held = held;
    this.#ended = ended;
    this.#stopHearing = held.hear(bytes => this.#take(bytes));
    void this.#untilPulled();
  }

  async #untilPulled(): Promise<void> {
    await this.#held.lost;
    this.#end(false, pulled());
  }

  get over(): Promise<boolean> {
    return this.#over.promise;
  }

  #take(bytes: Uint8Array): void {
    this.#tail = Buffer.concat([this.#tail, bytes]).subarray(-400);
    const end = this.#ended(this.#tail);
    const own = bytes.subarray(0, bytes.length - (end === undefined ? 0 : this.#tail.length - end));
    if (own.length > 0) this.#pieces.push(own);
    if (end === undefined) this.#wake?.();
    else this.#end(true);
  }

  #end(clean: boolean, failed?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failed = failed;
    this.#stopHearing();
    this.#wake?.();
    this.#over.resolve(clean);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    while (true) {
      const piece = this.#pieces.shift();
      if (piece) yield piece;
      else if (this.#isOver) break;
      else await new Promise<void>(resolve => (this.#wake = resolve));
    }
    if (this.#failed) throw this.#failed;
  }

  send(bytes: Uint8Array): void {
    if (!this.#isOver) void this.#held.send(bytes).catch(() => this.#end(false, pulled()));
  }

  /** A console has the size it was opened with: only what is typed reaches it. */
  resize(): void {}

  /** Interrupts what runs and ends the shell at its prompt. */
  async close(): Promise<void> {
    for (const keys of ['\x03', '\x04', '\x03\x04']) {
      if (this.#isOver) return;
      this.send(Buffer.from(keys));
      await Promise.race([this.#over.promise, new Promise(resolve => setTimeout(resolve, closingMs / 3))]);
    }
    this.#end(false);
  }
}

const pulled = (): FieldError =>
  new FieldError({
    code: 'link-lost',
    says: 'The serial adapter was pulled while a shell was open on it.',
    untouched: 'What ran in the shell may go on on the node.',
    next: 'Plug the adapter in again and open the shell anew.',
  });
