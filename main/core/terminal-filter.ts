/** Where the filter stands between two pieces of text. */
type Standing = 'text' | 'escape' | 'csi' | 'string' | 'string-escape';

/** Longest control sequence that is waited for; what is longer is no sequence. */
const mostHeld = 64;

/**
 * Lets a node draw on the technician's terminal and nothing more. Colours, cursor and screen pass; what makes a terminal
 * answer (status and identity requests), move its window, set its title or clipboard (OSC, DCS, APC, PM, SOS) is dropped.
 * Sequences by ECMA-48 and xterm's ctlseqs.
 */
export class TerminalFilter {
  #at: Standing = 'text';
  #held = '';

  /** `text` is Latin-1: one character a byte, so UTF-8 passes as it is. */
  take(text: string): string {
    let out = '';
    for (const char of text) out += this.#one(char);
    return out;
  }

  #one(char: string): string {
    switch (this.#at) {
      case 'text':
        if (char === '\u001b') return this.#hold('escape', char);
        // 8-bit controls would be the same sequences in one byte, but they are also the middle of UTF-8
        return char;
      case 'escape':
        if (char === '[') return this.#hold('csi', this.#held + char);
        if (']P_^X'.includes(char)) return this.#hold('string', '');
        // ESC Z asks who the terminal is, ESC c resets it; both are dropped
        return this.#let(char === 'Z' || char === 'c' ? '' : this.#held + char);
      case 'csi':
        return this.#control(char);
      case 'string':
        if (char === '\u0007') return this.#let('');
        return char === '\u001b' ? this.#hold('string-escape', '') : '';
      case 'string-escape':
        return char === '\\' ? this.#let('') : this.#hold('string', '');
      default:
        return this.#at satisfies never;
    }
  }

  #control(char: string): string {
    const whole = this.#held + char;
    if (char >= '@' && char <= '~') return this.#let('nct'.includes(char) ? '' : whole);
    if (whole.length > mostHeld || char < ' ') return this.#let('');
    return this.#hold('csi', whole);
  }

  #hold(at: Standing, held: string): string {
    this.#at = at;
    this.#held = held;
    return '';
  }

  #let(text: string): string {
    this.#at = 'text';
    this.#held = '';
    return text;
  }
}
