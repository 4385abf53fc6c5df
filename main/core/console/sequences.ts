/** What a stream of terminal characters means, one piece at a time. */
export interface Heard {
  print(char: string): void;
  control(char: string): void;
  /** A two-character sequence, by its second character. */
  escape(char: string): void;
  /** `mark`: a private marker such as `?`, or nothing. */
  csi(final: string, numbers: readonly number[], mark: string): void;
}

type Standing = 'text' | 'escape' | 'skip' | 'csi' | 'string' | 'string-escape';

/** Longest control sequence waited for; what is longer is none. */
const mostHeld = 64;

/** Takes a character stream apart into letters, controls and sequences (ECMA-48), wherever it was cut. */
export class Sequences {
  readonly #heard: Heard;
  #at: Standing = 'text';
  #held = '';

  constructor(heard: Heard) {
    this.#heard = heard;
  }

  take(text: string): void {
    for (const char of text) this.#one(char);
  }

  #one(char: string): void {
    switch (this.#at) {
      case 'text':
        if (char === '\u001b') this.#at = 'escape';
        else if (char < ' ') this.#heard.control(char);
        else if (char !== '\u007f') this.#heard.print(char);
        return;
      case 'escape':
        this.#escape(char);
        return;
      case 'skip':
        this.#at = 'text';
        return;
      case 'csi':
        this.#csi(char);
        return;
      case 'string':
        if (char === '\u0007') this.#at = 'text';
        else if (char === '\u001b') this.#at = 'string-escape';
        // a string that runs into a line end was never meant as one
        else if (char === '\n') {
          this.#at = 'text';
          this.#heard.control(char);
        }
        return;
      case 'string-escape':
        this.#at = char === '\\' ? 'text' : 'string';
        return;
      default:
        this.#at satisfies never;
    }
  }

  #escape(char: string): void {
    this.#at = 'text';
    if (char === '[') {
      this.#held = '';
      this.#at = 'csi';
    } else if (']P_^X'.includes(char)) this.#at = 'string';
    // the character sets: one more character follows
    else if ('()*+#%'.includes(char)) this.#at = 'skip';
    else if (char === '\u001b') this.#at = 'escape';
    else if (char < ' ') this.#heard.control(char);
    else this.#heard.escape(char);
  }

  #csi(char: string): void {
    if (char >= '@' && char <= '~') {
      this.#at = 'text';
      const mark = /^[<=>?]/.exec(this.#held)?.[0] ?? '';
      const numbers = this.#held.slice(mark.length).split(/[;:]/);
      const given = this.#held.length === mark.length ? [] : numbers.map(n => Number.parseInt(n, 10) || 0);
      this.#heard.csi(char, given, mark);
    } else if (char === '\u001b') this.#at = 'escape';
    else if (char < ' ') {
      // controls inside a sequence act at once (VT100)
      this.#heard.control(char);
    } else if (this.#held.length > mostHeld) this.#at = 'text';
    else this.#held += char;
  }
}
