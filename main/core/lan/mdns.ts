import { uniform } from './neighbours/entry.ts';
import { oneLine } from './said.ts';
import type { Announced } from './sighting.ts';

/** A record of DNS as it was heard; what is not of these types says nothing of a machine. */
export type Heard =
  | { readonly type: 'PTR'; readonly name: string; readonly data: string }
  | {
      readonly type: 'SRV';
      readonly name: string;
      readonly data: { readonly target: string; readonly port: number };
    }
  | { readonly type: 'TXT'; readonly name: string; readonly data: readonly string[] }
  | { readonly type: 'A' | 'AAAA'; readonly name: string; readonly data: string };

export interface MdnsQuestion {
  readonly name: string;
  readonly type: 'PTR' | 'SRV' | 'TXT' | 'A' | 'AAAA';
}

const everyService = '_services._dns-sd._udp.local';
/** What nodes announce: SSH, their name, files over SSH, ser2net's consoles; and the question which others there are. */
export const firstQuestions: readonly MdnsQuestion[] = [
  '_ssh._tcp.local',
  '_workstation._tcp.local',
  '_sftp-ssh._tcp.local',
  // ser2net.yaml(5), mdns-type
  '_iostream._tcp.local',
  everyService,
].map(name => ({ name, type: 'PTR' }));

/** What is kept of one wire; a flood fills this and no more. */
const mostKept = 4096;
/** What one sender may fill of it, so that a flood leaves room for others. */
const mostOfOne = 512;
const mostAddresses = 16;
const mostTexts = 16;
const mostFollowUps = 512;
/** How often one announcement may change its mind. */
const mostNews = 20;

const localName = /^(.{1,253})\.local\.?$/is;
const instanceName = /^(.{1,253}?)\.(_[a-z0-9-]{1,40}\._(?:tcp|udp))\.local\.?$/is;
const typeName = /^_[a-z0-9-]{1,40}\._(?:tcp|udp)\.local\.?$/i;

interface Service {
  readonly service: string;
  host: string;
  port: number;
}

/** What machines announce on one wire, put together from records that come in any order and number. */
export class Announcements {
  readonly #wire: string;
  readonly #services = new Map<string, Service>();
  readonly #texts = new Map<string, readonly string[]>();
  readonly #addresses = new Map<string, Set<string>>();
  /** As it was told last, by instance or host. */
  readonly #told = new Map<string, { readonly text: string; readonly times: number }>();
  readonly #asked = new Set<string>();
  readonly #bySender = new Map<string, number>();
  #kept = 0;

  constructor(wire: string) {
    this.#wire = wire;
  }

  /** Takes the records of one packet; gives what is new to tell, and what to ask next (never the same twice). */
  hear(
    records: readonly Heard[],
    sender: string,
  ): { readonly news: readonly Announced[]; readonly next: readonly MdnsQuestion[] } {
    const next: MdnsQuestion[] = [];
    const touched = new Set<string>();
    for (const record of records) this.#take(record, sender, touched, next);
    return { news: this.#news(touched), next: next.filter(each => this.#isNew(each)) };
  }

  #isNew({ name, type }: MdnsQuestion): boolean {
    const key = `${type} ${name.toLowerCase()}`;
    if (this.#asked.has(key) || this.#asked.size >= mostFollowUps) return false;
    if (this.#isKnown(name.toLowerCase(), type)) return false;
    this.#asked.add(key);
    return true;
  }

  /** The answer often comes in the same packet. */
  #isKnown(key: string, type: MdnsQuestion['type']): boolean {
    switch (type) {
      case 'PTR':
        return false;
      case 'SRV':
        return this.#services.has(key);
      case 'TXT':
        return this.#texts.has(key);
      case 'A':
      case 'AAAA':
        return [...(this.#addresses.get(key) ?? [])].some(each => each.includes(':') === (type === 'AAAA'));
      default:
        return type satisfies never;
    }
  }

  #take(record: Heard, sender: string, touched: Set<string>, next: MdnsQuestion[]): void {
    const key = record.name.toLowerCase();
    switch (record.type) {
      case 'PTR':
        if (key === everyService && typeName.test(record.data)) next.push({ name: record.data, type: 'PTR' });
        else if (instanceName.test(record.data))
          next.push({ name: record.data, type: 'SRV' }, { name: record.data, type: 'TXT' });
        return;
      case 'SRV':
        return this.#takeService(key, record.data, sender, touched, next);
      case 'TXT':
        if (!this.#hasRoom(this.#texts.has(key), sender)) return;
        this.#texts.set(
          key,
          record.data
            .slice(0, mostTexts)
            .map(text => oneLine(text))
            .filter(Boolean),
        );
        touched.add(key);
        return;
      case 'A':
      case 'AAAA':
        return this.#takeAddress(key, record.data, sender, touched);
      default:
        return record satisfies never;
    }
  }

  #takeService(
    key: string,
    { target, port }: { readonly target: string; readonly port: number },
    sender: string,
    touched: Set<string>,
    next: MdnsQuestion[],
  ): void {
    const [, , service] = instanceName.exec(key) ?? [];
    if (service === undefined || !localName.test(target)) return;
    const known = this.#services.get(key);
    if (!this.#hasRoom(known !== undefined, sender)) return;
    this.#services.set(key, { service, host: target, port });
    touched.add(key);
    next.push({ name: target, type: 'A' }, { name: target, type: 'AAAA' });
  }

  #takeAddress(key: string, data: string, sender: string, touched: Set<string>): void {
    const plain = uniform(data);
    if (plain === undefined || !localName.test(key)) return;
    const address = /^fe[89ab]/.test(plain) ? `${plain}%${this.#wire}` : plain;
    const known = this.#addresses.get(key);
    if (known?.has(address) === true || known?.size === mostAddresses) return;
    if (!this.#hasRoom(false, sender)) return;
    if (known === undefined) this.#addresses.set(key, new Set([address]));
    else known.add(address);
    touched.add(key);
  }

  #hasRoom(isKnown: boolean, sender: string): boolean {
    if (isKnown) return true;
    const sent = this.#bySender.get(sender) ?? 0;
    if (this.#kept >= mostKept || sent >= mostOfOne) return false;
    this.#kept += 1;
    this.#bySender.set(sender, sent + 1);
    return true;
  }

  /** What can be told of the names that were touched, where it is other than before. */
  #news(touched: ReadonlySet<string>): readonly Announced[] {
    const news: Announced[] = [];
    const withService = new Set<string>();
    for (const [key, { service, host, port }] of this.#services) {
      withService.add(host.toLowerCase());
      if (!touched.has(key) && !touched.has(host.toLowerCase())) continue;
      this.#tell(news, key, { ...this.#about(host), service, port, texts: this.#texts.get(key) ?? [] });
    }
    for (const host of touched)
      if (this.#addresses.has(host) && !withService.has(host))
        this.#tell(news, host, { ...this.#about(host), service: '', texts: [] });
    return news;
  }

  #about(host: string): Pick<Announced, 'wire' | 'host' | 'addresses'> {
    const [, name = ''] = localName.exec(host) ?? [];
    const addresses = [...(this.#addresses.get(host.toLowerCase()) ?? [])];
    return { wire: this.#wire, host: oneLine(name), addresses };
  }

  #tell(news: Announced[], key: string, announced: Announced): void {
    // Without an address nobody knows yet whom it is about.
    if (announced.addresses.length === 0 || announced.host === '') return;
    const text = JSON.stringify(announced);
    const { text: before, times } = this.#told.get(key) ?? { text: '', times: 0 };
    if (before === text || times >= mostNews) return;
    this.#told.set(key, { text, times: times + 1 });
    news.push(announced);
  }
}
