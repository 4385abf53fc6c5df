import { FieldError } from '../../../../preload/contract/failure.ts';

/** What every kind of line has: who listens, and how it ended. */
export class Ears {
  readonly #listeners = new Set<(bytes: Uint8Array) => void>();
  readonly #end = Promise.withResolvers<string>();
  #why: string | undefined;

  /** Settles with why the line ended. */
  get lost(): Promise<string> {
    return this.#end.promise;
  }
  get over(): boolean {
    return this.#why !== undefined;
  }

  hear(listener: (bytes: Uint8Array) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  tell(bytes: Uint8Array): void {
    if (this.over || bytes.length === 0) return;
    for (const listener of this.#listeners) listener(bytes);
  }

  /** Only the first reason counts. */
  lose(why: string): void {
    this.#why ??= why;
    this.#end.resolve(this.#why);
  }

  /** What `work` gives, or a failure as soon as the line ends: a write to a port that went away never calls back. */
  async unlessLost<T>(port: string, work: () => Promise<T>): Promise<T> {
    if (this.#why !== undefined) throw goneAway(port, this.#why);
    const lost = this.lost.then(why => {
      throw goneAway(port, why);
    });
    return await Promise.race([work(), lost]);
  }
}

/** Sends one after another, so that bytes of two senders never mix in the middle of a message. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

export const goneAway = (about: string, why: string, cause?: unknown): FieldError =>
  new FieldError(
    {
      code: 'gone-away',
      says: why,
      about,
      untouched: 'Nothing further was sent.',
      next: 'Check the cable and the adapter, then open the port again.',
    },
    { cause },
  );

export const couldNot = (about: string, says: string, next: string, cause?: unknown): FieldError =>
  new FieldError({ code: 'could-not', says, about, untouched: 'Nothing was sent.', next }, { cause });
