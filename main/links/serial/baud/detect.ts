import { cancelled } from '../../../../preload/contract/failure.ts';
import type { Detected } from '../../../../preload/contract/serial.ts';
import { Guess } from '../../../core/serial/guess.ts';
import {
  Activity,
  askOrder,
  listenOrder,
  quietBefore,
  searchTimes,
  settingsOf,
} from '../../../core/serial/search.ts';
import { judged } from '../../../core/serial/text.ts';
import type { Judged } from '../../../core/serial/text.ts';
import type { Clock, Line, OnProgress } from '../../../ports.ts';
import { answered, echoing, found, isGone, lostMeanwhile, plain, silent, unreadable } from './words.ts';

interface Options {
  readonly signal: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** Text at a speed: all that is looked for. */
export interface Hit {
  readonly baud: number;
  readonly judged: Extract<Judged, { is: 'text' }>;
  readonly by: 'talking' | 'answered';
}

/** How often the bytes are looked at. */
const glanceMs = 50;
/** What was judged garbage from this many bytes does not get better. */
const clearlyGarbage = 64;
const rounds = 2;

/**
 * Finds the speed of an open line: listens at all speeds first, then sends one carriage return per try, from the
 * fastest speed to the slowest (`askOrder` says why). Nothing is sent while something talks, and nothing at all where
 * text was read: what stands there may be a boot loader that counts down, or a question. The line is opened once and
 * only changes its speed. A line without a speed is listened to and asked as it is. Gives no `settings` when nothing
 * readable came; throws `cancelled`, `gone-away`. Whoever calls sets what was found; after a failure the line is as before.
 */
export const baudDetection =
  ({ clock }: { readonly clock: Clock }) =>
  async (line: Line, options: Options): Promise<Detected> => {
    const before = line.settings;
    const search = new Search(line, clock, options);
    const done = await search.run().catch(async (thrown: unknown) => {
      await line.set(before).catch(() => undefined);
      throw thrown;
    });
    if (!done.settings) await line.set(before);
    return done;
  };

class Search {
  readonly #line: Line;
  readonly #clock: Clock;
  readonly #options: Options;
  readonly #began: number;
  readonly #activity = new Activity();
  readonly #guess = new Guess();
  readonly #echoes = new Set<number>();
  #bytes: Uint8Array[] = [];
  #steps = 0;
  #lost: string | undefined;
  /** The speed of the last carriage return. */
  #asked: number | undefined;
  /** Something unreadable was heard at least once. */
  #garbage = false;

  constructor(line: Line, clock: Clock, options: Options) {
    this.#line = line;
    this.#clock = clock;
    this.#options = options;
    this.#began = clock.monotonic();
  }

  async run(): Promise<Detected> {
    void this.#line.lost.then(why => (this.#lost = why));
    const quiet = this.#line.hear(bytes => {
      this.#bytes.push(bytes);
      this.#activity.heard(bytes.length, this.#clock.monotonic());
    });
    try {
      const hit = this.#line.can.speed ? await this.#search() : await this.#asItIs();
      return this.#told(hit);
    } finally {
      quiet();
    }
  }

  get #since(): number {
    return this.#clock.monotonic() - this.#began;
  }

  #told(hit: Hit | undefined): Detected {
    const about = { port: this.#line.port, seconds: Math.round(this.#since / 100) / 10 };
    if (hit) {
      const settings = this.#line.can.speed ? settingsOf(hit.judged.form, hit.baud) : this.#line.settings;
      const says = this.#line.can.speed ? found(hit, settings) : plain(hit);
      return { ...about, settings, by: hit.by, says, saw: answered(hit.judged.text) };
    }
    const [only, ...more] = this.#echoes;
    // One speed at which nothing but our own carriage return came back, clean: the right one, with nobody behind it.
    if (only !== undefined && more.length === 0 && this.#line.can.speed)
      return { ...about, settings: settingsOf('8N1', only), by: 'answered', says: echoing(only), saw: '' };
    const says = this.#echoes.size > 0 ? echoing() : this.#garbage ? unreadable : silent;
    return { ...about, says, saw: '' };
  }

  async #search(): Promise<Hit | undefined> {
    for (let round = 0; round < rounds && this.#since < searchTimes.mostListening;) {
      const heard = (await this.#listenAll(round === 0 ? 2 : 1)) ?? (await this.#askAll());
      if (heard === 'silent') return undefined;
      if (heard !== undefined && heard !== 'talks') return heard;
      // Somebody who began to talk is heard out before anything else is sent.
      if (heard === undefined) round += 1;
    }
    return undefined;
  }

  /** Listens at every speed until text comes, or until it may be asked: then nothing. */
  async #listenAll(sweeps: number): Promise<Hit | 'silent' | undefined> {
    for (let sweep = 0; sweep < sweeps; sweep += 1)
      for (const baud of listenOrder) {
        if (this.#talking()) return await this.#hearOut();
        const hit = await this.#listenAt(baud, searchTimes.dwell);
        if (hit) return hit;
      }
    return this.#talking() ? await this.#hearOut() : undefined;
  }

  /** Somebody talks: listens where that is likeliest readable, until it is, or until there is silence. */
  async #hearOut(): Promise<Hit | 'silent' | undefined> {
    while (this.#talking()) {
      if (this.#since > searchTimes.mostListening) return 'silent';
      const hit = await this.#listenAt(this.#guess.next(), searchTimes.dwellBusy);
      if (hit) return hit;
    }
    return undefined;
  }

  async #listenAt(baud: number, ms: number): Promise<Hit | undefined> {
    this.#tell('Listening', baud);
    if (!(await this.#speed(baud))) {
      this.#guess.refused(baud);
      await this.#wait(glanceMs);
      return undefined;
    }
    const hit = await this.#listen(baud, ms, 'talking');
    if (hit) return hit;
    const all = Buffer.concat(this.#bytes);
    if (all.length > 0) this.#guess.garbage(baud, all);
    else if (this.#talking()) this.#guess.silence(baud);
    return undefined;
  }

  /** One carriage return per speed. `talks`: somebody began to, and nothing more was sent. */
  async #askAll(): Promise<Hit | 'talks' | undefined> {
    for (const baud of askOrder) {
      this.#tell('Asking', baud);
      if (!(await this.#speed(baud))) continue;
      const hit = (await this.#waitForQuiet(baud)) ?? (await this.#ask(baud));
      if (hit) return hit;
    }
    return undefined;
  }

  async #waitForQuiet(baud: number): Promise<Hit | 'talks' | undefined> {
    const until = this.#activity.last + quietBefore(baud, this.#asked);
    const before = this.#activity.last;
    while (this.#clock.monotonic() < until) {
      const hit = await this.#listen(baud, Math.min(500, until - this.#clock.monotonic()), 'talking');
      if (hit) return hit;
      if (this.#activity.last > before && this.#talking()) return 'talks';
    }
    return undefined;
  }

  async #ask(baud: number): Promise<Hit | 'talks' | undefined> {
    this.#bytes = [];
    this.#asked = baud;
    await this.#line.send(Uint8Array.of(0x0d));
    this.#activity.sent(this.#clock.monotonic());
    const hit = await this.#listen(baud, searchTimes.answer, 'answer');
    if (hit) return hit;
    const all = Buffer.concat(this.#bytes);
    if (/^\r\n?$/.test(all.toString('latin1'))) this.#echoes.add(baud);
    // A strange letter or two is what the far side makes of a wrong speed; more is somebody talking.
    return all.length > clearlyGarbage ? 'talks' : undefined;
  }

  /** Listens at one speed; ends early with text, or once it is clear that there is none. */
  async #listen(baud: number, ms: number, as: 'talking' | 'answer'): Promise<Hit | undefined> {
    let until = this.#clock.monotonic() + ms;
    let patience: number = searchTimes.unsure;
    if (as === 'talking') this.#bytes = [];
    while (this.#clock.monotonic() < until) {
      await this.#wait(Math.min(glanceMs, Math.max(1, until - this.#clock.monotonic())));
      const all = Buffer.concat(this.#bytes);
      const seen = judged(all, as);
      if (seen.is === 'text') return await this.#whole(baud, seen, as);
      if (seen.is === 'garbage') this.#garbage = true;
      // What may be text is worth a while longer, but only once: garbage may look so too.
      if (seen.is === 'unsure' && until - this.#clock.monotonic() < glanceMs && patience > 0) {
        until += patience;
        patience = 0;
      }
      const over = as === 'talking' && this.#clock.monotonic() - this.#activity.last > searchTimes.pause;
      if (seen.is === 'garbage' && (over || all.length > clearlyGarbage)) return undefined;
    }
    return undefined;
  }

  /** Lets the text come to its end, at most half a second: its last line tells what stands there. */
  async #whole(baud: number, seen: Hit['judged'], as: 'talking' | 'answer'): Promise<Hit> {
    for (let i = 0, before = -1; i < 10 && before !== this.#bytes.length; i += 1) {
      before = this.#bytes.length;
      await this.#wait(glanceMs);
    }
    const all = judged(Buffer.concat(this.#bytes), as);
    return { baud, judged: all.is === 'text' ? all : seen, by: as === 'answer' ? 'answered' : 'talking' };
  }

  async #asItIs(): Promise<Hit | undefined> {
    const { baud } = this.#line.settings;
    this.#tell('Listening', baud);
    const talk = await this.#listen(baud, 2000, 'talking');
    if (talk) return talk;
    if (this.#talking()) return undefined;
    const hit = await this.#ask(baud);
    return hit === 'talks' ? undefined : hit;
  }

  #talking(): boolean {
    return this.#activity.talking(this.#clock.monotonic(), this.#since);
  }

  /** False when the adapter cannot do this speed. */
  async #speed(baud: number): Promise<boolean> {
    try {
      await this.#line.set(settingsOf('8N1', baud));
    } catch (thrown) {
      if (isGone(thrown)) throw thrown;
      return false;
    }
    this.#bytes = [];
    return true;
  }

  async #wait(ms: number): Promise<void> {
    if (this.#options.signal.aborted) throw cancelled('Finding the speed');
    await this.#clock.sleep(ms, this.#options.signal).catch((thrown: unknown) => {
      if (this.#options.signal.aborted) throw cancelled('Finding the speed');
      throw thrown;
    });
    if (this.#lost !== undefined) throw lostMeanwhile(this.#line.port, this.#lost);
  }

  #tell(what: string, baud: number): void {
    this.#steps += 1;
    const total = 2 * listenOrder.length + askOrder.length;
    this.#options.onProgress?.({
      what: `${what} at ${baud} bits per second`,
      done: Math.min(this.#steps, total - 1),
      total,
      unit: 'steps',
    });
  }
}
