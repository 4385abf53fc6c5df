/** Telnet commands (RFC 854). */
export const IAC = 255;
const DONT = 254;
const DO = 253;
const WONT = 252;
const WILL = 251;
const SB = 250;
const SE = 240;

/** Telnet options: binary (RFC 856), no go-ahead (RFC 858), serial ports (RFC 2217). */
export const option = { binary: 0, noGoAhead: 3, comPort: 44 } as const;

export type TelnetEvent =
  | { readonly is: 'do' | 'dont' | 'will' | 'wont'; readonly option: number }
  | { readonly is: 'sub'; readonly option: number; readonly bytes: readonly number[] };

export interface TelnetRead {
  readonly data: Uint8Array;
  readonly events: readonly TelnetEvent[];
}

type Standing = 'data' | 'iac' | 'option' | 'sub' | 'sub-iac';
const verbs: Readonly<Record<number, 'do' | 'dont' | 'will' | 'wont'>> = {
  [DO]: 'do',
  [DONT]: 'dont',
  [WILL]: 'will',
  [WONT]: 'wont',
};
/** No answer of a serial server is longer; a server gone mad must not fill the memory. */
const mostSub = 1024;

/** Takes a telnet stream apart into bytes of the line and what the server says, wherever it was cut. */
export class TelnetReader {
  #at: Standing = 'data';
  #verb: 'do' | 'dont' | 'will' | 'wont' = 'do';
  #sub: number[] = [];

  take(bytes: Uint8Array): TelnetRead {
    const data: number[] = [];
    const events: TelnetEvent[] = [];
    for (const byte of bytes) this.#one(byte, data, events);
    return { data: Uint8Array.from(data), events };
  }

  #one(byte: number, data: number[], events: TelnetEvent[]): void {
    switch (this.#at) {
      case 'data':
        if (byte === IAC) this.#at = 'iac';
        else data.push(byte);
        return;
      case 'iac':
        this.#at = 'data';
        if (byte === IAC) data.push(byte);
        else if (byte === SB) {
          this.#sub = [];
          this.#at = 'sub';
        } else if (verbs[byte] !== undefined) {
          this.#verb = verbs[byte];
          this.#at = 'option';
        }
        // Everything else is a command of its own (no operation, are you there) and asks nothing of us.
        return;
      case 'option':
        this.#at = 'data';
        events.push({ is: this.#verb, option: byte });
        return;
      case 'sub':
        if (byte === IAC) this.#at = 'sub-iac';
        else if (this.#sub.length < mostSub) this.#sub.push(byte);
        return;
      case 'sub-iac':
        if (byte === IAC) {
          this.#sub.push(byte);
          this.#at = 'sub';
          return;
        }
        this.#at = 'data';
        if (byte === SE && this.#sub.length > 0) {
          const [option = 0, ...rest] = this.#sub;
          events.push({ is: 'sub', option, bytes: rest });
        }
        return;
      default:
        this.#at satisfies never;
    }
  }
}

/** Bytes of the line as they go into a telnet stream. */
export function escaped(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(IAC)) return bytes;
  return Uint8Array.from([...bytes].flatMap(byte => (byte === IAC ? [IAC, IAC] : [byte])));
}

export const offer = (what: 'do' | 'dont' | 'will' | 'wont', which: number): Uint8Array =>
  Uint8Array.of(IAC, { do: DO, dont: DONT, will: WILL, wont: WONT }[what], which);

/** A request about the serial port. */
export const comPort = (command: number, ...value: readonly number[]): Uint8Array =>
  Uint8Array.of(IAC, SB, option.comPort, command, ...escaped(Uint8Array.from(value)), IAC, SE);
