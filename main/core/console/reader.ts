import { fullScreen } from './full-screen.ts';
import { nothingKnown } from './history.ts';
import type { History } from './history.ts';
import { Keystrokes } from './keystrokes.ts';
import { Noise } from './noise.ts';
import { checking, waiting } from './prompts.ts';
import type { Standing } from './prompts.ts';
import { Screen } from './screen.ts';
import { sightOf } from './sight.ts';
import type { Sight } from './sight.ts';
import { Echo } from './echo.ts';
import { Boots } from './boots.ts';
import { panicOf, shownBy } from './panic.ts';

/** How long a line must stand still before it counts as waiting for input, in milliseconds. */
export const settleMs = 150;
/** The same while messages of a boot are still coming: a getty's prompt stands among them and stays. */
const settleInBootMs = 1000;
/** The same for a line that does not look like the prompt the shell had before. */
const settleStrangeMs = 1500;
/** The same while a program of ours runs a command. */
const settleInsideMs = 3000;
/** The kernel also says a word or two when nothing starts; a start says more in so many milliseconds. */
const manyMessages = 15;
const denseMs = 5000;
/** Looking at the screen is cheap, and still not done for every byte. */
const lookMs = 50;
/** Nothing was said for so long: what was going on is over, or hangs. */
const silentMs = 10_000;
const silentBootMs = 60_000;
const firstMs = 2000;
/** A password is looked at for so long, over a slow network or after many wrong ones. */
const checkMs = 20_000;
/** After somebody else's keystroke the console is theirs for so long. */
const strangerMs = 8000;

/** When a state may change although no byte comes, in milliseconds after the last one. */
export const thresholds: readonly number[] = [
  settleMs,
  300,
  settleInBootMs,
  settleStrangeMs,
  firstMs,
  3000,
  silentMs,
  silentBootMs,
  60_000,
];

/**
 * Reads one console: folds what comes and what we send, each with its time, and says what stands there. It decides by
 * the line at the cursor and by what was known before, so text that merely passes by claims nothing. Times are in
 * milliseconds of any clock that does not jump; how the bytes were cut makes no difference.
 */
export class ConsoleReader {
  #screen = new Screen();
  #history: History = nothingKnown;
  #noise = new Noise();
  #echo = new Echo();
  #keys = new Keystrokes();
  #boots = new Boots();
  readonly #since: number;
  #heard = 0;
  #heardAt: number;
  #lookedAt: number;
  /** The waiting line and when it came to stand like this. */
  #line = { text: '', at: 0, lines: 0 };
  #now: Standing = { is: 'listening', saw: '' };

  constructor(at: number) {
    this.#since = at;
    this.#heardAt = at;
    this.#lookedAt = at;
    this.#line.at = at;
  }

  /** How many bytes were ever taken. */
  get heard(): number {
    return this.#heard;
  }

  take(bytes: Uint8Array, at: number): void {
    if (bytes.length === 0) return;
    if (at - this.#lookedAt >= lookMs) this.#look(at);
    this.#heard += bytes.length;
    this.#heardAt = at;
    this.#screen.take(bytes, at);
    this.#noise.take(bytes);
    this.#echo.heard(bytes);
    this.#keys.heard(bytes, at);
    this.#boots.take(this.#screen, at);
  }

  /** What we put on the line ourselves. A secret is not told. */
  sent(bytes: Uint8Array, at: number): void {
    this.#look(at);
    this.#echo.sent(bytes);
    this.#keys.sent(at);
  }

  /** What a program of ours knows from the inside. */
  tell(what: 'running' | 'shell', at: number): void {
    this.#history = { ...this.#history, inShell: true, told: what };
    this.#look(at);
  }

  /** Nobody knows it from the inside any more. Gives whether somebody did. */
  untell(at: number): boolean {
    const { inShell, prompt, told } = this.#history;
    this.#history = { inShell, ...(prompt && { prompt }) };
    this.#look(at);
    return told !== undefined;
  }

  /** Our own question was answered: the line at the cursor is a shell's prompt, whatever it looks like. */
  confirm(root: boolean | undefined, at: number): void {
    this.#look(at);
    const prompt = { text: this.#line.text, ...(root !== undefined && { root }) };
    this.#history = { inShell: true, prompt };
    this.#look(at);
  }

  /** What stands on the console at this moment. */
  state(at: number): Standing {
    this.#look(at);
    return this.#now;
  }

  /** The line at the cursor, and how long it has stood like this. */
  standing(at: number): { readonly line: string; readonly ms: number } {
    this.#look(at);
    return { line: this.#line.text, ms: at - this.#line.at };
  }

  /** How many lines were ever finished: a place to read on from. */
  get lines(): number {
    return this.#screen.count;
  }

  /** The lines finished since that place, as they came, and the one at the cursor; without empty ones. */
  since(place: number): readonly string[] {
    const { finished, count, line } = this.#screen;
    const fresh = Math.min(Math.max(0, count - place), finished.length);
    const lines = fresh === 0 ? [] : finished.slice(-fresh).map(({ text }) => text);
    return [...lines, line].filter(text => text.trim() !== '');
  }

  #look(at: number): void {
    this.#lookedAt = at;
    const sight = sightOf(this.#screen, this.#history.prompt?.text);
    const lines = sight.before.length === 0 ? 0 : this.#screen.count;
    if (sight.line !== this.#line.text || (sight.messages === 0 && lines !== this.#line.lines))
      this.#line = { text: sight.line, at: this.#heardAt, lines };
    this.#now = this.#judge(sight, at);
    this.#remember(sight);
  }

  #judge(sight: Sight, at: number): Standing {
    const quiet = at - this.#heardAt;
    const still = at - this.#line.at;
    if (this.#heard === 0)
      return at - this.#since < firstMs ? { is: 'listening', saw: '' } : { is: 'silent', saw: '' };
    if (this.#history.told === 'running') return this.#inside(sight, quiet, at);
    if (this.#noise.now) return { is: 'noise', saw: '' };
    const found = this.#standing(sight, quiet, still);
    if (found) return this.#stranger(found, at);
    const thinks = quiet < checkMs ? checking(sight) : undefined;
    if (thinks) return thinks;
    const panic = panicOf(sight, this.#history, quiet);
    if (panic) return panic;
    if (this.#echo.only(quiet)) return { is: 'echo', saw: sight.line };
    return this.#going(sight, quiet, at);
  }

  /** While a program of ours runs a command, only what it cannot have printed itself counts. */
  #inside(sight: Sight, quiet: number, at: number): Standing {
    const found = at - this.#line.at >= settleInsideMs ? waiting(sight, this.#history) : undefined;
    if (found && leaves.has(found.is)) return found;
    const boot = this.#boots.standing(this.#history, true, quiet, at);
    const saw = sight.raw.at(-1) ?? '';
    return panicOf(sight, this.#history, quiet) ?? { is: boot ?? 'running', saw };
  }

  /** What waits at the cursor, once it has stood still for long enough to be believed. */
  #standing(sight: Sight, quiet: number, still: number): Standing | undefined {
    if (quiet >= settleMs) {
      const drawn = fullScreen(sight);
      if (drawn) return drawn;
    }
    // a program that is drawing is still the one that drew before
    else if (sight.drawn && (this.#now.is === 'editor' || this.#now.is === 'grub')) return this.#now;
    const found = waiting(sight, this.#history);
    if (!found) return undefined;
    return still >= this.#needed(found, sight, quiet) ? found : this.#meanwhile(found);
  }

  #needed(found: Standing, sight: Sight, quiet: number): number {
    if (sight.messages > 0 && quiet < settleInBootMs && !this.#history.inShell) return settleInBootMs;
    const { prompt, inShell } = this.#history;
    const strange =
      inShell &&
      (found.is === 'login' || found.is === 'password' || found.is === 'shell') &&
      !(found.is === 'shell' && prompt !== undefined && alike(found.saw, prompt.text));
    return strange && found.is !== 'password' ? settleStrangeMs : settleMs;
  }

  /** A line not yet believed leaves what was known as it is. */
  #meanwhile(found: Standing): Standing | undefined {
    return found.is === this.#now.is ? found : undefined;
  }

  #stranger(found: Standing, at: number): Standing {
    const keyed = this.#keys.strange;
    if (keyed === undefined || at - keyed > strangerMs) return found;
    const typable = found.is === 'shell' || found.is === 'login' || found.is === 'continuation';
    return typable ? { is: 'stranger', saw: found.saw } : found;
  }

  /** Nothing waits: something runs, boots, or is silent. */
  #going(sight: Sight, quiet: number, at: number): Standing {
    const saw = sight.raw.at(-1) ?? '';
    const boot = this.#boots.standing(this.#history, shownBy(sight, this.#history), quiet, at);
    if (boot) return { is: boot, saw };
    const { inShell, told, prompt } = this.#history;
    if (told === 'shell')
      return { is: 'shell', saw, ...(prompt?.root !== undefined && { root: prompt.root }) };
    if (inShell) return { is: 'running', saw };
    if (sight.starting || (sight.messages > 0 && this.#dense(at)))
      return quiet < silentBootMs ? { is: 'booting', saw } : { is: 'silent', saw, kind: 'boot' };
    if (quiet < firstMs) return this.#now.is === 'silent' ? { is: 'listening', saw } : this.#now;
    if (quiet >= silentMs && sight.line === '') return { is: 'silent', saw };
    return { is: 'other', saw };
  }

  #dense(at: number): boolean {
    const last = this.#screen.finished.slice(-manyMessages);
    return (
      last.length === manyMessages && last.every(line => at - line.at < silentBootMs) && span(last) < denseMs
    );
  }

  #remember(sight: Sight): void {
    const { is } = this.#now;
    if (is === 'shell' && sight.line !== this.#history.prompt?.text) {
      const text = promptIn(this.#now.saw, this.#history.prompt?.text);
      const { root } = this.#now;
      const { told } = this.#history;
      this.#history = {
        inShell: true,
        prompt: { text, ...(root !== undefined && { root }) },
        ...(told !== undefined && { told }),
      };
    } else if (is === 'shell' || is === 'continuation' || is === 'editor' || is === 'pager')
      this.#history = { ...this.#history, inShell: true };
    else if (leaves.has(is)) this.#history = nothingKnown;
    if (arrivals.has(is)) this.#boots.arrived();
    this.#keys.standing(is === 'shell' || is === 'login' || is === 'stranger');
  }
}

/** States a machine gets to only when its start is through, or stopped for somebody. */
const arrivals: ReadonlySet<string> = new Set([
  'shell',
  'login',
  'login-failed',
  'maintenance',
  'root-locked',
  'initramfs',
]);

/** States in which no shell is open any more. */
const leaves: ReadonlySet<string> = new Set([
  'login',
  'login-failed',
  'booting',
  'boot-loop',
  'grub',
  'u-boot',
  'initramfs',
  'panic',
  'maintenance',
  'root-locked',
]);

const span = (lines: readonly { readonly at: number }[]): number =>
  (lines.at(-1)?.at ?? 0) - (lines[0]?.at ?? 0);

/** A prompt without what was typed after it. */
function promptIn(line: string, before: string | undefined): string {
  if (before !== undefined && line.startsWith(before)) return before;
  return /^.*?[#$%>❯»➜λ] ?(?=\S*|$)/u.exec(line)?.[0] ?? line;
}

/** Whether two prompts could be the same shell's in two folders. */
const alike = (one: string, other: string): boolean =>
  one.trimEnd().at(-1) === other.trimEnd().at(-1) &&
  (one.slice(0, 3) === other.slice(0, 3) || one.trimEnd().length <= 2);
