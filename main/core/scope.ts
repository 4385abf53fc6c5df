/** Owns what was opened and closes it in reverse. A failing close does not keep the others open. */
export class Scope {
  readonly #owned: (() => void | Promise<void>)[] = [];

  own<T extends { close(): void | Promise<void> }>(thing: T): T {
    this.#owned.push(() => thing.close());
    return thing;
  }

  later(closing: () => void | Promise<void>): void {
    this.#owned.push(closing);
  }

  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let closing = this.#owned.pop(); closing; closing = this.#owned.pop()) {
      try {
        await closing();
      } catch (thrown) {
        failures.push(thrown);
      }
    }
    if (failures.length > 0)
      throw failures.length === 1 ? failures[0] : new AggregateError(failures, 'closing failed');
  }
}
