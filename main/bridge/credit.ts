/** How many items a listener still takes. `take` waits until there is room. */
export class Credit {
  #left: number;
  #wake: () => void = () => {};

  constructor(first: number) {
    this.#left = first;
  }

  grant(n: number): void {
    this.#left += n;
    this.#wake();
  }

  /** True with one credit used up; false once `signal` aborts. */
  async take(signal: AbortSignal): Promise<boolean> {
    while (this.#left <= 0 && !signal.aborted) {
      await new Promise<void>(done => {
        this.#wake = done;
        signal.addEventListener('abort', this.#awake, { once: true });
      });
      signal.removeEventListener('abort', this.#awake);
    }
    if (signal.aborted) return false;
    this.#left -= 1;
    return true;
  }

  readonly #awake = (): void => this.#wake();
}
