/** The listening half of a carrier, the same for memory, sockets and IPC: one hearer at a time, many who hear the close. */
export class Ends<In> {
  #hears: (frame: In) => void = () => {};
  readonly #closed: (() => void)[] = [];
  #open = true;

  get isOpen(): boolean {
    return this.#open;
  }
  /** The last hearer given gets the frames: first who shakes hands, then who serves. */
  hear(listener: (frame: In) => void): void {
    this.#hears = listener;
  }
  /** Called once at the end; at once when the end has been. */
  closed(listener: () => void): void {
    if (this.#open) this.#closed.push(listener);
    else listener();
  }
  deliver(frame: In): void {
    if (this.#open) this.#hears(frame);
  }
  shut(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const listener of this.#closed.splice(0)) listener();
  }
}
