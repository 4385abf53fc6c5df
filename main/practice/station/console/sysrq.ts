import { Killed } from '../shell/streams.ts';
import type { ConsoleSide } from './side.ts';

const armedMs = 5000;
const help =
  'sysrq: HELP : loglevel(0-9) reboot(b) crash(c) terminate-all-tasks(e) memory-full-oom-kill(f) kill-all-tasks(i) thaw-filesystems(j) sak(k) show-backtrace-all-active-cpus(l) show-memory-usage(m) nice-all-RT-tasks(n) poweroff(o) show-registers(p) show-all-timers(q) unraw(r) sync(s) show-task-states(t) unmount(u) show-blocked-tasks(w)';
/** Debian sets kernel.sysrq to 438: syncing, remounting, rebooting, the log level; no signals, no crash. */
const disabled = new Set('ceifjklmopqtwz');

/** Magic SysRq on the serial console: a BREAK, and within 5 s a letter. */
export class SysRq {
  readonly #side: ConsoleSide;
  #armedUntil = 0;

  constructor(side: ConsoleSide) {
    this.#side = side;
    side.station.sysrq = letter => this.#do(letter, true);
  }

  /** Takes out what belongs to SysRq; gives what goes on to the terminal. */
  filter(bytes: Uint8Array, broke: boolean): Uint8Array {
    const { clock } = this.#side.station;
    if (broke) {
      // The kernel swallows the first BREAK; a second one within the time disarms it and goes through as a NUL.
      const armed = this.#armedUntil > clock.monotonic();
      this.#armedUntil = armed ? 0 : clock.monotonic() + armedMs;
      return armed ? bytes : bytes.subarray(1);
    }
    if (bytes.length === 0 || this.#armedUntil < clock.monotonic()) return bytes;
    this.#armedUntil = 0;
    this.#do(String.fromCharCode(bytes[0] ?? 0), false);
    return bytes.subarray(1);
  }

  /** `trusted`: from /proc/sysrq-trigger, where nothing is disabled. */
  #do(letter: string, trusted: boolean): void {
    const side = this.#side;
    const { station } = side;
    const says = (text: string): void => side.kernelSays(text);
    if (disabled.has(letter) && !station.sysrqAll && !trusted)
      return says('sysrq: This sysrq operation is disabled.');
    if (/\d/.test(letter)) {
      station.consoleLevel = Number(letter);
      return says('sysrq: Changing Loglevel');
    }
    switch (letter) {
      case 'b':
        says('sysrq: Resetting');
        return station.reboot();
      case 's':
        says('sysrq: Emergency Sync');
        return says('Emergency Sync complete');
      case 'u':
        says('sysrq: Emergency Remount R/O');
        station.tree.readOnly = true;
        return says('Emergency Remount complete');
      case 'c':
        says('sysrq: Trigger a crash');
        return side.go('panic');
      case 'e':
      case 'i':
        says(letter === 'e' ? 'sysrq: Terminate All Tasks' : 'sysrq: Kill All Tasks');
        for (const process of station.processes.list()) process.control.abort(new Killed('KILL'));
        return;
      default:
        return says(help);
    }
  }
}
