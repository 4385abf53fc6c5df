/** What is wrong with a file, in plain words: the first few, and how many more there are. */
export class Problems {
  readonly #most = 20;
  readonly #list: string[] = [];
  #more = 0;

  get list(): readonly string[] {
    return this.#list;
  }
  get more(): number {
    return this.#more;
  }
  get none(): boolean {
    return this.#list.length === 0;
  }

  add(says: string): void {
    if (this.#list.length < this.#most) this.#list.push(says);
    else this.#more += 1;
  }
}
