/** Some names, and how many more there were. */
export interface Named {
  readonly names: readonly string[];
  readonly more: number;
}

/** What is shown; a snapshot may hold half a million keys. */
const most = 200;

/** Collects names up to what is shown, and counts the rest. */
export class Names {
  readonly #names: string[] = [];
  #more = 0;

  add(name: string): void {
    if (this.#names.length < most) this.#names.push(name);
    else this.#more += 1;
  }

  named(): Named {
    return { names: [...this.#names], more: this.#more };
  }
}

export const countOf = ({ names, more }: Named): number => names.length + more;

/** The first of a list, as a part of a proof shows them. */
export const shown = (names: readonly string[]): Named => ({
  names: names.slice(0, most),
  more: Math.max(0, names.length - most),
});
