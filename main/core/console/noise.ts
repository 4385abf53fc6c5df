/** How many bytes decide. */
const window = 96;
const fewest = 6;
/** A share of so many unreadable letters is no text in any language. */
const share = 0.3;
/** Text that came since is believed. */
const lately = 12;

/** Controls that terminals get are bell, backspace, tab, line ends, shift in and out, escape; the others are no text. */
const odd = /[\u0000-\u0006\u0010-\u001a\u001c-\u001f\u007f-\u009f\ufffd]/g;

/** Whether the last bytes of a line can be text at all. A wrong speed shows as bytes that no text has. */
export class Noise {
  #recent: Uint8Array = new Uint8Array();

  take(bytes: Uint8Array): void {
    this.#recent = Buffer.concat([this.#recent, bytes.subarray(-window)]).subarray(-window);
  }

  get now(): boolean {
    const text = whole(this.#recent);
    const bad = oddIn(text);
    return bad >= fewest && bad > text.length * share && oddIn(text.slice(-lately)) > 0;
  }
}

const oddIn = (text: string): number => text.match(odd)?.length ?? 0;

/** Decoded from where a letter begins; a letter cut at the end is not counted. */
function whole(bytes: Uint8Array): string {
  let from = 0;
  while (from < 3 && ((bytes[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return new TextDecoder().decode(bytes.subarray(from), { stream: true });
}
