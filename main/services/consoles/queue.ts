/** Things pushed by one side and pulled by the other; what may not be lost stays, what is only bytes is bounded. */
export class Queue<T> {
  readonly #items: T[] = [];
  readonly #weight: (item: T) => number;
  readonly #most: number;
  #held = 0;
  #dropped = 0;
  #ended = false;
  #wake: () => void = () => undefined;

  /** `weight` is 0 for what must not be dropped; together the others may weigh `most`. */
  constructor(weight: (item: T) => number, most: number) {
    this.#weight = weight;
    this.#most = most;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#held += this.#weight(item);
    while (this.#held > this.#most) this.#dropOldest();
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  #dropOldest(): void {
    const at = this.#items.findIndex(item => this.#weight(item) > 0);
    const [item] = this.#items.splice(at, 1);
    if (item === undefined) return;
    this.#held -= this.#weight(item);
    this.#dropped += this.#weight(item);
  }

  /** What had to be dropped since it was last asked, by weight. */
  missed(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** Ends after `end`, or at once when stopped. */
  async *pull(signal: AbortSignal): AsyncGenerator<T, void> {
    const stop = (): void => this.#wake();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!signal.aborted) {
        const item = this.#items.shift();
        if (item !== undefined) {
          this.#held -= this.#weight(item);
          yield item;
        } else if (this.#ended) return;
        else await this.#more(signal);
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #more(signal: AbortSignal): Promise<void> {
    await new Promise<void>(resolve => {
      this.#wake = resolve;
      if (signal.aborted || this.#ended || this.#items.length > 0) resolve();
    });
  }
}
