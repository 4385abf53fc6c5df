import type { Announced, Knocked, Neighbour, Sighting } from '../../core/lan/sighting.ts';

/** A flood of announcements ends here; no site has as many machines. */
const mostAnnounced = 2000;

interface Heard {
  readonly address: string;
  wire?: string;
  mac?: string;
  at: string;
  readonly ports: Map<number, Knocked>;
  readonly announced: Announced[];
  /** Cards that answered for it, one after another. */
  readonly cards: Set<string>;
  /** It was there in this scan: it answered, announced itself, or the system heard from it. */
  alive: boolean;
}

/** What one scan heard of every address so far. */
export class HeardSoFar {
  readonly #all = new Map<string, Heard>();
  #announced = 0;
  readonly #now: () => string;

  constructor(now: () => string) {
    this.#now = now;
  }

  #at(address: string): Heard {
    const found = this.#all.get(address) ?? {
      address,
      at: this.#now(),
      ports: new Map<number, Knocked>(),
      announced: [],
      cards: new Set<string>(),
      alive: false,
    };
    this.#all.set(address, found);
    return found;
  }

  /** Returns whether it changed what is known: nobody's silence does not. */
  knocked(address: string, port: number, what: Knocked): boolean {
    const isAnswer = what.is === 'open' || what.is === 'closed';
    if (!isAnswer && !this.#all.get(address)?.alive && what.is !== 'silent') return false;
    const one = this.#at(address);
    // An answer is not taken back by a later silence.
    if (what.is === 'silent' && one.ports.get(port)?.is === 'open') return false;
    one.ports.set(port, what);
    if (isAnswer) {
      one.alive = true;
      one.at = this.#now();
    }
    return one.alive;
  }

  announced(heard: Announced): boolean {
    let changed = false;
    for (const address of heard.addresses) {
      if (!this.#all.has(address) && this.#announced >= mostAnnounced) continue;
      const one = this.#at(address);
      const isKnown = one.announced.some(
        each => each.service === heard.service && each.host === heard.host && each.port === heard.port,
      );
      one.alive = true;
      one.wire ??= heard.wire;
      if (isKnown || one.announced.length >= 32) continue;
      one.announced.push(heard);
      one.at = this.#now();
      this.#announced += 1;
      changed = true;
    }
    return changed;
  }

  /** `isProof`: the entry shows that the machine is there now, not only that it once was. */
  neighbour(entry: Neighbour, isProof: boolean): boolean {
    if (entry.mac === undefined) return false;
    const known = this.#all.get(entry.address);
    if (!known && !isProof) return false;
    const one = known ?? this.#at(entry.address);
    const changed = one.mac !== entry.mac || (isProof && !one.alive);
    one.mac = entry.mac;
    one.cards.add(entry.mac);
    one.wire = entry.wire;
    one.alive ||= isProof;
    return changed && one.alive;
  }

  isAlive(address: string): boolean {
    return this.#all.get(address)?.alive === true;
  }

  /** Whether this port was asked in this scan, whatever came of it. */
  isAsked(address: string, port: number): boolean {
    return this.#all.get(address)?.ports.has(port) === true;
  }

  /** Whether this port answered, be it with a no. */
  isAnswered(address: string, port: number): boolean {
    const is = this.#all.get(address)?.ports.get(port)?.is;
    return is === 'open' || is === 'closed';
  }

  /** Whether it has taken a connection and then said nothing for as long as anybody would wait. */
  isStuck(address: string): boolean {
    const all = this.#all.get(address)?.ports.values() ?? [];
    return [...all].some(what => what.is === 'open' && what.talk.stuck === true);
  }

  /** Ports that were silent at machines that are there. */
  silent(): readonly { readonly address: string; readonly ports: readonly number[] }[] {
    return [...this.#all.values()]
      .filter(one => one.alive)
      .map(one => ({
        address: one.address,
        ports: [...one.ports].filter(([, what]) => what.is === 'silent').map(([port]) => port),
      }))
      .filter(one => one.ports.length > 0);
  }

  sightings(): readonly Sighting[] {
    return [...this.#all.values()]
      .filter(one => one.alive)
      .map(({ alive: _alive, cards, ...one }) => ({ ...one, ...(cards.size > 1 && { cards: [...cards] }) }));
  }
}
