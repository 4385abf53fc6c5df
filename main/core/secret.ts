import { inspect } from 'node:util';

/**
 * A value that must never be printed. It has no `toString` and no `toJSON` of its own and keeps its text in a private
 * field, so a log line or a journal entry made from it by mistake shows nothing.
 */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  /** The only way out. Call it where the secret leaves the process, nowhere else. */
  reveal(): string {
    return this.#text;
  }
  [inspect.custom](): string {
    return 'Secret';
  }
}
