import { ConsoleReader, thresholds } from '../../../core/console/reader.ts';
import type { Standing } from '../../../core/console/prompts.ts';
import { stateIn } from '../../../core/console/words.ts';
import { Secret } from '../../../core/secret.ts';
import { cancelled } from '../../../../preload/contract/failure.ts';
import type {
  ConsoleDeed,
  ConsoleState,
  Detected,
  LineCan,
  LineSettings,
} from '../../../../preload/contract/serial.ts';
import type {
  BlackBoxWriter,
  Clock,
  Console,
  ConsoleEvent,
  ConsoleLogin,
  HeldLine,
  Line,
} from '../../../ports.ts';
import { act } from './deeds.ts';
import { closed, heldBy, released, unplugged } from './failures.ts';
import type { Hand } from './hand.ts';
import { Hush } from './hush.ts';
import { logIn } from './log-in.ts';

export interface ConsoleDeps {
  readonly clock: Clock;
  readonly box: BlackBoxWriter;
  /** Opens the same port again after it was pulled. */
  reopen(settings: LineSettings, signal: AbortSignal): Promise<Line>;
}

/** How often a pulled adapter is looked for, in milliseconds. */
const lookAgainMs = 500;
/** How often a procedure looks at the console, in milliseconds. */
const glanceMs = 40;

/** A secret sent in many pieces is noted once. */
const hushNoteMs = 10_000;

interface Hold {
  readonly who: string;
}
type Listener<T> = (item: T) => void;

/** One open port: read all the time, recorded, judged, driven by one at a time, and opened again when it was pulled. */
export class SerialConsole implements Console {
  readonly port: string;
  readonly can: LineCan;
  readonly closed: Promise<void>;
  readonly #deps: ConsoleDeps;
  readonly #closing = new AbortController();
  readonly #watchers = new Set<Listener<ConsoleEvent>>();
  readonly #hearers = new Set<Listener<Uint8Array>>();
  readonly #hush = new Hush();
  #settle: () => void = () => undefined;
  #line: Line | undefined;
  #settings: LineSettings;
  #reader: ConsoleReader;
  #lost: Promise<void> = Promise.resolve();
  #hold: Hold | undefined;
  #detecting = false;
  #heardAt = 0;
  #hushedAt = Number.NEGATIVE_INFINITY;
  #state: ConsoleState;
  #kind: string | undefined;
  #wake: AbortController | undefined;
  #wakeAt = 0;

  constructor(line: Line, deps: ConsoleDeps) {
    this.#deps = deps;
    this.port = line.port;
    this.can = line.can;
    this.#settings = line.settings;
    this.closed = new Promise(resolve => (this.#settle = resolve));
    this.#reader = new ConsoleReader(this.#now());
    this.#state = stateIn({ is: 'listening', saw: '' }, deps.clock.now(), this.can.sendBreak);
    this.#attach(line);
    void this.#pulse();
  }

  get settings(): LineSettings {
    return this.#settings;
  }

  get state(): ConsoleState {
    if (!this.#closing.signal.aborted) this.#judge();
    return this.#state;
  }

  get driver(): string | undefined {
    return this.#hold?.who;
  }

  watch(listener: Listener<ConsoleEvent>): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  async type(bytes: Uint8Array): Promise<void> {
    if (this.#hold) throw heldBy(this.#hold.who, this.port);
    await this.#send(bytes);
  }

  hold(who: string, signal: AbortSignal): Promise<HeldLine> {
    if (this.#closing.signal.aborted) return Promise.reject(closed(this.port));
    if (signal.aborted) return Promise.reject(cancelled('Taking the console'));
    if (this.#hold) return Promise.reject(heldBy(this.#hold.who, this.port));
    const hold = { who };
    this.#drive(hold);
    return Promise.resolve(this.#held(hold));
  }

  async act(
    deed: ConsoleDeed,
    options: { readonly signal: AbortSignal; readonly login?: ConsoleLogin; readonly sysrq?: string },
  ): Promise<void> {
    if (this.#hold) throw heldBy(this.#hold.who, this.port);
    const hold = { who: 'A button of this console' };
    this.#drive(hold);
    try {
      await act(
        this.#hand(() => this.#hold === hold),
        deed,
        { ...options, state: this.state, breaks: this.#breaks() },
      );
    } finally {
      this.#letGo(hold);
    }
  }

  async set(settings: LineSettings): Promise<void> {
    if (this.#hold) throw heldBy(this.#hold.who, this.port);
    const line = this.#open();
    await line.set(settings);
    this.#changed(settings);
    this.#restart();
  }

  /** Lets the speed be found on the open line; what comes meanwhile at wrong speeds is neither shown nor kept. */
  async detect(find: (line: Line) => Promise<Detected>): Promise<Detected> {
    if (this.#hold) throw heldBy(this.#hold.who, this.port);
    const hold = { who: 'The search for the speed' };
    this.#drive(hold);
    this.#detecting = true;
    try {
      const line = this.#open();
      const found = await find(line);
      await line.set(found.settings ?? this.#settings);
      if (found.settings) this.#changed(found.settings);
      this.#detecting = false;
      this.#restart();
      // What it was recognised by still stands there; asking for it again would send one more Enter.
      if (found.settings) this.#reader.take(new TextEncoder().encode(found.saw), this.#now());
      return found;
    } finally {
      this.#detecting = false;
      this.#letGo(hold);
    }
  }

  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort();
      this.#show(this.#hush.rest());
      await this.#line?.close();
      await this.#deps.box.close();
      this.#settle();
    }
    await this.closed;
  }

  // ── the line ─────────────────────────────────────────────────────────────────────────────────

  #now(): number {
    return this.#deps.clock.monotonic();
  }

  #attach(line: Line): void {
    this.#line = line;
    this.#detecting = false;
    const deaf = line.hear(bytes => this.#heard(bytes));
    this.#lost = line.lost.then(why => {
      deaf();
      if (this.#line === line) this.#line = undefined;
      if (!this.#closing.signal.aborted) void this.#comeBack(why);
      return undefined;
    });
  }

  #open(): Line {
    if (this.#closing.signal.aborted) throw closed(this.port);
    if (!this.#line) throw unplugged(this.port);
    return this.#line;
  }

  #heard(bytes: Uint8Array): void {
    const at = this.#now();
    this.#heardAt = at;
    for (const hearer of this.#hearers) hearer(bytes);
    if (this.#detecting) return;
    this.#reader.take(bytes, at);
    this.#show(this.#hush.take(bytes, at));
    this.#soon();
  }

  #show(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#deps.box.take(bytes, this.#deps.clock.now());
    this.#tell({ is: 'bytes', bytes });
  }

  async #send(what: Uint8Array | Secret): Promise<void> {
    const line = this.#open();
    if (what instanceof Secret) {
      if (this.#now() - this.#hushedAt > hushNoteMs)
        this.#note('What came back while a secret was typed is not shown and not recorded.');
      this.#hushedAt = this.#now();
      this.#hush.begin(what, this.#hushedAt);
      await line.send(new TextEncoder().encode(what.reveal()));
      return;
    }
    this.#reader.sent(what, this.#now());
    await line.send(what);
  }

  async #comeBack(why: string): Promise<void> {
    this.#note(`The line is gone: ${why}`);
    this.#judge();
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#deps.clock.sleep(lookAgainMs, signal);
        const line = await this.#deps.reopen(this.#settings, signal);
        if (signal.aborted) await line.close();
        else this.#isBack(line);
        return;
      } catch {
        // not plugged in yet, or not ours yet: it is looked for again until the console is closed
      }
    }
  }

  #isBack(line: Line): void {
    this.#attach(line);
    this.#restart();
    this.#note('The line is back.');
    this.#judge();
  }

  // ── what stands there ────────────────────────────────────────────────────────────────────────

  #restart(): void {
    this.#reader = new ConsoleReader(this.#now());
    this.#heardAt = this.#now();
    this.#soon();
  }

  #standing(): Standing {
    return this.#line ? this.#reader.state(this.#now()) : { is: 'unplugged', saw: '' };
  }

  #judge(): void {
    const standing = this.#standing();
    const same =
      standing.is === this.#state.is &&
      standing.kind === this.#kind &&
      standing.root === this.#state.root &&
      standing.hostname === this.#state.hostname;
    const clean = { ...standing, saw: this.#hush.text(standing.saw) };
    const since = same ? new Date(this.#state.since) : this.#deps.clock.now();
    this.#kind = standing.kind;
    this.#state = stateIn(clean, since, this.can.sendBreak);
    if (!same) this.#tell({ is: 'state', state: this.#state });
  }

  /** Looks whenever time alone may have changed what stands there. */
  async #pulse(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const quiet = this.#now() - this.#heardAt;
      const next = thresholds.find(ms => ms > quiet) ?? quiet + 60_000;
      this.#wake = new AbortController();
      this.#wakeAt = this.#heardAt + next;
      try {
        await this.#deps.clock.sleep(next - quiet, AbortSignal.any([signal, this.#wake.signal]));
      } catch {
        // woken early, or closed: both are seen above
      }
      if (signal.aborted) return;
      this.#show(this.#hush.rest());
      this.#judge();
    }
  }

  /** Lets the next look come soon after fresh bytes. */
  #soon(): void {
    const first = thresholds[0] ?? 0;
    if (this.#wakeAt - this.#now() > first) this.#wake?.abort();
  }

  // ── who drives ───────────────────────────────────────────────────────────────────────────────

  #drive(hold: Hold): void {
    this.#hold = hold;
    this.#tell({ is: 'driven', by: hold.who });
  }

  #letGo(hold: Hold): void {
    if (this.#hold !== hold) return;
    this.#hold = undefined;
    this.#tell({ is: 'driven' });
  }

  #held(hold: Hold): HeldLine {
    const mine = (): boolean => this.#hold === hold;
    const hand = this.#hand(mine);
    const heard = new Set<() => void>();
    const lost = (): Promise<void> => this.#lost;
    return {
      send: what => (mine() ? this.#send(what) : Promise.reject(released(this.port))),
      hear: listener => {
        this.#hearers.add(listener);
        const deaf = (): void => {
          this.#hearers.delete(listener);
          heard.delete(deaf);
        };
        heard.add(deaf);
        return deaf;
      },
      get lost() {
        return lost();
      },
      back: async signal => {
        await hand.until(() => (this.#line ? true : undefined), Number.POSITIVE_INFINITY, signal, true);
      },
      logIn: (login, signal) => logIn(hand, login, signal, this.#reader.untell(this.#now())),
      tell: what => {
        this.#reader.tell(what, this.#now());
        this.#judge();
      },
      release: () => {
        for (const deaf of heard) deaf();
        if (mine()) this.#reader.untell(this.#now());
        this.#letGo(hold);
      },
    };
  }

  #hand(mine: () => boolean): Hand & {
    until<T>(
      look: () => T | undefined,
      ms: number,
      signal: AbortSignal,
      evenLost?: boolean,
    ): Promise<T | undefined>;
  } {
    return {
      port: this.port,
      standing: () => this.#standing(),
      line: () => this.#reader.standing(this.#now()),
      lines: () => this.#reader.lines,
      since: place => this.#reader.since(place),
      heard: () => this.#reader.heard,
      send: async what => {
        if (!mine()) throw released(this.port);
        await this.#send(typeof what === 'string' ? new TextEncoder().encode(what) : what);
      },
      confirm: root => {
        this.#reader.confirm(root, this.#now());
        this.#judge();
      },
      until: async (look, ms, signal, evenLost = false) => {
        const until = this.#now() + ms;
        for (;;) {
          if (signal.aborted) throw cancelled('The work on the console');
          if (this.#closing.signal.aborted) throw closed(this.port);
          if (!this.#line && !evenLost) throw unplugged(this.port);
          const found = look();
          if (found !== undefined || this.#now() >= until) return found;
          await this.#deps.clock.sleep(Math.min(glanceMs, Math.max(1, until - this.#now())));
        }
      },
    };
  }

  #breaks(): (ms: number) => Promise<void> {
    return ms => this.#open().sendBreak(ms);
  }

  #changed(settings: LineSettings): void {
    this.#settings = settings;
    this.#deps.box.note(`Speed ${settings.baud}.`, this.#deps.clock.now());
    this.#tell({ is: 'settings', settings });
  }

  #note(says: string): void {
    this.#deps.box.note(says, this.#deps.clock.now());
    this.#tell({ is: 'note', says });
  }

  #tell(event: ConsoleEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }
}
