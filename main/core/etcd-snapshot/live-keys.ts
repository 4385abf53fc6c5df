import { LiveIndex } from './live-index.ts';
import { Run, inOrder, merged } from './runs.ts';
import type { Located, Scratch } from './runs.ts';

/** So much of memory the keys may take before they are put aside: some 600,000 keys of usual length. */
const usualMostBytes = 64 * 1024 * 1024;

export interface LiveRoom {
  /** Gives a file for what does not fit; asked for at most once. */
  readonly scratch: () => Scratch;
  readonly mostBytes?: number | undefined;
}

/**
 * The keys of a snapshot as its history goes by. What does not fit into memory is put aside in sorted runs, and a key then
 * stands in several of them: the newest counts.
 */
export class LiveKeySet {
  readonly #index = new LiveIndex();
  readonly #room: LiveRoom;
  readonly #runs: Run[] = [];
  #scratch: Scratch | undefined;
  #counted: number | undefined;

  constructor(room: LiveRoom) {
    this.#room = room;
  }

  put(b: Uint8Array, from: number, to: number, at: number, bytes: number): void {
    this.#index.put(b, from, to, at, bytes);
    if (this.#index.bytes > (this.#room.mostBytes ?? usualMostBytes)) this.#putAside();
  }

  remove(b: Uint8Array, from: number, to: number): void {
    this.#index.remove(b, from, to);
    if (this.#index.bytes > (this.#room.mostBytes ?? usualMostBytes)) this.#putAside();
  }

  /** How many there are, once all of the history went by. */
  get count(): number {
    if (this.#runs.length === 0) return this.#index.live;
    if (this.#counted === undefined) {
      this.#counted = 0;
      for (const { place } of this.#all()) if (place) this.#counted += 1;
    }
    return this.#counted;
  }

  /** Live keys in the order of their bytes. */
  *keys(): Generator<Located, void> {
    for (const one of this.#all()) if (one.place) yield one;
  }

  #all(): Iterable<Located> {
    const rest = inOrder(this.#index);
    return this.#runs.length === 0 ? rest : merged([...this.#runs.map(run => run.keys()), rest]);
  }

  #putAside(): void {
    this.#scratch ??= this.#room.scratch();
    this.#runs.push(new Run(this.#scratch, inOrder(this.#index)));
    this.#index.clear();
  }
}
