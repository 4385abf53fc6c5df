import type { ConsoleStateName } from '../../../preload/contract/serial.ts';
import type { History } from './history.ts';
import type { Screen } from './screen.ts';
import { begins, isMessage } from './sight.ts';

/** A machine that begins so often within so many milliseconds, and gets nowhere, boots in a circle. */
const circle = 3;
const withinMs = 15 * 60_000;
/** Kernel times that pass as the clock does are a boot; a log that is printed is over in no time. */
const liveMs = 2000;
/** A slow card keeps a start silent for so long. */
const bootMs = 60_000;

/** What kernel and systemd say last before the machine begins anew. */
const restarts =
  /^\[\s*\d+\.\d+\](?:\[\s*[TC]\d+\])? (?:reboot: Restarting system|Rebooting in \d+ seconds)|^\[\s{2}OK\s{2}\] (?:Stopped .*[Gg]etty|Reached target .*(?:Reboot|Power-Off|Shutdown|Halt))/;

interface Beginning {
  readonly what: string;
  readonly at: number;
}

/** What is known of the boots of a machine: that one is going on, and whether it only ever begins again. */
export class Boots {
  #begun: Beginning[] = [];
  #seen = 0;
  #messageAt = Number.NEGATIVE_INFINITY;
  /** Kernel time and arrival of the first line of a row of kernel lines, in milliseconds. */
  #first: { readonly kernel: number; readonly at: number } | undefined;
  #live = false;
  /** The old system said goodbye, and nothing stands there yet. */
  #restarting = false;

  take(screen: Screen, at: number): void {
    const fresh = Math.min(screen.count - this.#seen, screen.finished.length);
    this.#seen = screen.count;
    if (fresh > 0) for (const { text } of screen.finished.slice(-fresh)) this.#line(text, at);
  }

  #line(text: string, at: number): void {
    const what = begins.find(([, rule]) => rule.test(text))?.[0];
    if (what !== undefined) {
      this.#begun = [...this.#begun.filter(one => at - one.at < withinMs), { what, at }];
      this.#first = undefined;
      this.#live = false;
    }
    if (restarts.test(text)) this.#restarting = true;
    if (isMessage(text) || what !== undefined || this.#restarting) this.#messageAt = at;
    const kernel = /^\[\s*(\d+\.\d{6})\]/.exec(text)?.[1];
    if (kernel !== undefined) this.#time(Number(kernel) * 1000, at);
  }

  #time(kernel: number, at: number): void {
    this.#first ??= { kernel, at };
    const passed = at - this.#first.at;
    const told = kernel - this.#first.kernel;
    if (told < 0) this.#first = { kernel, at };
    else if (passed >= liveMs && Math.abs(told - passed) <= passed / 2) this.#live = true;
  }

  /** Somebody got as far as a prompt: what began before does not count. */
  arrived(): void {
    this.#begun = [];
    this.#live = false;
    this.#restarting = false;
    this.#first = undefined;
  }

  /** A boot that goes on, or goes round in a circle. `shown`: what comes is printed by a command that shows old logs. */
  standing(history: History, shown: boolean, quiet: number, at: number): ConsoleStateName | undefined {
    if (history.inShell && !this.#left(at) && (shown || !this.#restarting)) return undefined;
    // an init is begun several times in one boot: in the initramfs, and after it
    const begun = this.#begun.filter(one => one.what !== 'init');
    const same = begun.filter(one => one.what === begun.at(-1)?.what);
    if (same.length >= circle && quiet < bootMs * 2) return 'boot-loop';
    const going = this.#begun.length > 0 || this.#restarting;
    return going && at - this.#messageAt < bootMs ? 'booting' : undefined;
  }

  /** Whether a shell that was open is gone: the machine began again, and its times pass as the clock does. */
  #left(at: number): boolean {
    const begun = this.#begun.at(-1);
    return begun !== undefined && this.#live && at - begun.at < withinMs;
  }
}
