import type { Finished, Screen } from './screen.ts';

/** What a console shows now, with the kernel's and systemd's own messages taken out of what programs wrote. */
export interface Sight {
  /** The line that waits at the cursor, pieced together where a message of the kernel fell into it. */
  readonly line: string;
  /** Finished lines before it, newest last. */
  readonly before: readonly string[];
  /** The last lines as they came, messages and all, newest last, without empty ones. */
  readonly raw: readonly string[];
  /** How many of the last finished lines are messages of a boot or of the kernel, without a line of another kind after them. */
  readonly messages: number;
  /** Whether systemd's or an early start's account is among them: the kernel also speaks when nothing starts. */
  readonly starting: boolean;
  readonly rows: readonly string[];
  readonly drawn: boolean;
  readonly inverse: boolean;
}

/** Older lines decide nothing. */
const mostLines = 80;

/** `[   12.345678] ` as the kernel puts before each of its lines, with or without the caller's mark. */
const stamp = /(?:<\d+>)?\[\s{0,11}\d{1,7}\.\d{6}\](?:\[\s*[TC]\d+\])?(?: |$)/;
/** systemd's and OpenRC's account of a boot. */
const status =
  /\[(?:\s{2}OK\s{2}|FAILED|DEPEND|\sINFO\s|\sTIME\s|\sWARN\s|\s?\*+\s{0,5}|\s{1,5}\*+\s?)\] (?=\S)/;
const job =
  /^\s+(?:Starting|Stopping|Mounting|Unmounting|Activating|Deactivating|Reloading|Expecting|Finished|Unsetting) \S.*\.\.\.$/;

/** Lines after which nothing from before stands any more: the machine begins again. */
export const begins: readonly (readonly [what: string, line: RegExp])[] = [
  ['kernel', /\[\s+0\.000000\](?:\[\s*[TC]\d+\])? (?:Linux version \d|Booting Linux on physical CPU)/],
  ['kernel', /^Linux version \d+\.\d+.*\(gcc/],
  ['u-boot', /^U-Boot (?:SPL |TPL )?20\d\d\.\d\d/],
  ['firmware', /^(?:SeaBIOS \(version |coreboot-\d|NOTICE: {2}BL1|U-Boot SPL)/],
  ['grub', /GNU GRUB {1,2}version /],
  ['init', /\[\s*\d+\.\d+\] (?:Run \S+ as init process|systemd\[1\]: systemd \d+.* running in system mode)/],
];
const ends =
  /reboot: (?:Restarting system|Power down|System halted)|systemd-shutdown\[1\]: |Reached target .*(?:Reboot|Power-Off|Shutdown|Halt)|Stopped .*(?:Getty on |getty@)/;

const boots =
  /^(?:Loading Linux |Loading initial ramdisk|Starting kernel \.\.\.|Uncompressing Linux|Begin: |done\.$|Booting `|Welcome to \S.*!$|EFI stub: |INIT: |OpenRC |procd: - | \* .*\[ (?:ok|!!) \]$|Decompressing Linux|Starting version \d|fsck from util-linux|SELinux: {1,2}Could not open policy file |\/dev\/\S+: (?:clean|recovering journal))/;

/** Whether a line is the kernel's or the boot's own account, not a program's output. */
export const isMessage = (text: string): boolean =>
  stampAt(text) === 0 || statusAt(text) === 0 || job.test(text) || boots.test(text);

const at = (rule: RegExp, text: string): number => rule.exec(text)?.index ?? -1;
const stampAt = (text: string): number => at(stamp, text);
function statusAt(text: string): number {
  const found = at(status, text);
  return found > 0 && text.slice(0, found).trim() === '' ? 0 : found;
}
const resets = (text: string): boolean => ends.test(text) || begins.some(([, rule]) => rule.test(text));

/** Where in a line a message begins, -1 for nowhere. */
function messageAt(text: string): number {
  const found = [stampAt(text), statusAt(text)].filter(index => index >= 0);
  if (found.length > 0) return Math.min(...found);
  return job.test(text) || boots.test(text) ? 0 : -1;
}

interface Taken {
  carry: string;
  before: string[];
  messages: number;
  starting: boolean;
}

function take(into: Taken, text: string, finished: boolean): void {
  if (resets(text)) {
    into.carry = '';
    into.before = [];
    into.messages += 1;
    into.starting = begins.some(([, rule]) => rule.test(text));
    return;
  }
  const found = messageAt(text);
  if (found >= 0) {
    into.carry += text.slice(0, found);
    into.messages += 1;
    into.starting ||= stampAt(text) !== found;
    return;
  }
  if (text.trim() !== '') Object.assign(into, { messages: 0, starting: false });
  const whole = into.carry + text;
  // a message ends with a line feed of its own: what it fell into goes on in the next line
  if (!finished || (text === '' && into.carry !== '')) {
    into.carry = whole;
    return;
  }
  into.before.push(whole);
  into.carry = '';
}

/** Looks at a screen. `prompt`: that of the shell that is open; a message that lacks its line end may stand before it. */
export function sightOf(screen: Screen, prompt = ''): Sight {
  const last: readonly Finished[] = screen.finished.slice(-mostLines);
  const into: Taken = { carry: '', before: [], messages: 0, starting: false };
  for (const { text } of last) take(into, text, true);
  const { line } = screen;
  const waits = prompt.trim().length >= 3 && line.endsWith(prompt) ? prompt : undefined;
  if (waits !== undefined && line !== waits) take(into, line.slice(0, -waits.length), true);
  take(into, waits ?? line, false);
  return {
    line: into.carry,
    before: into.before,
    raw: [...last.map(({ text }) => text), line].filter(text => text.trim() !== ''),
    messages: into.messages,
    starting: into.starting,
    rows: screen.rows,
    drawn: screen.drawn,
    inverse: screen.inverse,
  };
}
