import { bauds } from '../../../preload/contract/serial.ts';
import type { LineSettings } from '../../../preload/contract/serial.ts';
import type { Form } from './text.ts';

/** The likeliest first: listening hurts nobody, so it begins where a console mostly is. */
export const listenOrder: readonly number[] = [
  115_200, 9600, 57_600, 38_400, 19_200, 230_400, 460_800, 921_600, 1_500_000,
];

/**
 * Strictly from the fastest to the slowest. A carriage return that is too fast is a blip or a strange letter to the
 * far side; one that is much too slow is a BREAK: it arms SysRq for five seconds and makes a getty change its speed.
 */
export const askOrder: readonly number[] = [...bauds].sort((a, b) => b - a);

/** Below this, a carriage return that goes to a faster line is a BREAK there. */
const slowBelow = 115_200;
/** SysRq stays armed for five seconds after a BREAK; the next byte within them would be a command to the kernel. */
const quietMs = 5200;

/**
 * How long it must have been quiet on the line, both ways, before a carriage return goes out at this speed. `last`: the
 * speed of the one before. Above 115200 there is no waiting: what a line of 921600 or more makes of the next carriage
 * return after such a BREAK is no letter or digit, so no command to SysRq (proven on the line model).
 */
export const quietBefore = (baud: number, last = Infinity): number =>
  Math.min(baud, last) < slowBelow ? quietMs : 0;

/** Times of the search, in milliseconds. */
export const searchTimes = {
  /** How long each speed is listened to while nothing was heard yet. */
  dwell: 250,
  /** How long a speed waits for the next words of somebody who talks with pauses, and which pause ends them. */
  dwellBusy: 3200,
  pause: 150,
  /** How much longer a speed is listened to at which something came that may be text. */
  unsure: 1000,
  /** How long an answer may take. */
  answer: 1200,
  /** How long a line must be quiet after something unreadable came, before anything is sent. */
  quiet: quietMs,
  /** After this, single stray bytes no longer count as talking: a bad cable makes them for ever. */
  stray: 12_000,
  /** A line that talks all the time and is readable at no speed is given up. */
  mostListening: 60_000,
} as const;

/** The settings a form of characters stands for. */
export function settingsOf(form: Form, baud: number): LineSettings {
  const seven = form !== '8N1';
  const parity = form === '7E1' ? 'even' : form === '7O1' ? 'odd' : 'none';
  return { baud, dataBits: seven ? 7 : 8, parity, stopBits: 1, flow: 'none' };
}

/** When something was heard, and how much of it lately: whether the line talks. */
export class Activity {
  #recent: { at: number; bytes: number }[] = [];
  /** When the last byte was heard or sent. */
  last = -Infinity;

  heard(bytes: number, at: number): void {
    if (bytes === 0) return;
    this.last = at;
    this.#recent.push({ at, bytes });
    this.#recent = this.#recent.filter(one => at - one.at < quietMs);
  }
  sent(at: number): void {
    this.last = at;
  }

  /** Whether somebody talks, unreadable as it is. `since`: milliseconds since the search began. */
  talking(now: number, since: number): boolean {
    if (now - this.last >= quietMs || this.#recent.length === 0) return false;
    const bytes = this.#recent.reduce((sum, one) => sum + (now - one.at < quietMs ? one.bytes : 0), 0);
    return since < searchTimes.stray ? bytes > 0 : bytes >= 3;
  }
}
