const mostKept = 256;
/** One lone carriage return that comes back may be anything; more of what we sent may not. */
const fewest = 2;
const quietMs = 1500;

/** Whether a line gives back what we send and says nothing of its own. */
export class Echo {
  #sent = '';
  #own = false;

  sent(bytes: Uint8Array): void {
    this.#sent += latin(bytes);
    if (this.#sent.length > mostKept) this.#sent = this.#sent.slice(-mostKept);
    this.#heard = this.#heard.slice(-mostKept);
  }

  #heard = '';

  heard(bytes: Uint8Array): void {
    if (this.#own) return;
    this.#heard += latin(bytes).replaceAll('\n', '');
    if (this.#heard.length > mostKept) this.#heard = this.#heard.slice(-mostKept);
    // what was never sent is somebody's own word
    this.#own = this.#heard !== '' && !this.#sent.includes(this.#heard);
  }

  /** True when all that ever came was our own, and enough of it. */
  only(quiet: number): boolean {
    return !this.#own && this.#heard.length >= fewest && quiet >= quietMs;
  }
}

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
