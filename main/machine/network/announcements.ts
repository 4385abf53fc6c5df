import { BlockList, isIPv4 } from 'node:net';
import type { RemoteInfo } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';
import { Announcements, firstQuestions } from '../../core/lan/mdns.ts';
import type { MdnsQuestion } from '../../core/lan/mdns.ts';
import type { NetworkSenses } from '../../ports.ts';
import { fired } from './draft.ts';
import { mdnsSocket } from './mdns-socket.ts';
import type { MdnsSocket } from './mdns-socket.ts';

/** The first questions are asked again, for those who slept or whose answer was lost. */
const againMs = [0, 1000, 3000];
/** Further questions go out together, this long after the answer that raised them. */
const gatherMs = 120;
/** How long what the system tells of its interfaces is taken for true. */
const knownMs = 2000;
const mostInOnePacket = 20;
const mostWaiting = 200;

type Options = Parameters<NetworkSenses['announcements']>[1];

const gone = 'the interface is gone or has no network';
const causes: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program keeps port 5353 to itself',
  EACCES: 'this laptop does not allow it',
  EPERM: 'this laptop does not allow it',
  EADDRNOTAVAIL: gone,
  ENETUNREACH: gone,
  ENETDOWN: gone,
  ENODEV: gone,
  ENXIO: gone,
};

/** What machines announce on these wires, until the signal stops it. */
export async function announcements(wires: readonly string[], options: Options): Promise<void> {
  if (options.signal.aborted) return;
  const open = wires.map((wire, i) => new Listening(wire, i === 0, options));
  const stopped = fired(options.signal);
  try {
    await stopped.at;
  } finally {
    stopped.forget();
    for (const each of open) each.close();
  }
}

/** One ear for IPv4 and one for IPv6 on one wire. */
class Listening {
  readonly #wire: string;
  readonly #options: Options;
  /** Hears also those whose addresses belong to none of the laptop's networks. */
  readonly #takesStrangers: boolean;
  readonly #heard: Announcements;
  readonly #sockets: MdnsSocket[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #own: readonly NetworkInterfaceInfo[];
  #known = { at: performance.now(), all: networkInterfaces() };
  #waiting: MdnsQuestion[] = [];
  #isTold = false;

  constructor(wire: string, takesStrangers: boolean, options: Options) {
    this.#wire = wire;
    this.#options = options;
    this.#takesStrangers = takesStrangers;
    this.#heard = new Announcements(wire);
    this.#own = networkInterfaces()[wire] ?? [];
    for (const own of ears(this.#own)) this.#open(own);
    if (this.#sockets.length === 0) this.#trouble('the interface has no address yet');
    if (!options.quiet) for (const ms of againMs) this.#later(ms, () => this.#ask(firstQuestions));
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.close();
  }

  #open(own: NetworkInterfaceInfo): void {
    const socket = mdnsSocket(this.#wire, own, {
      heard: (records, from) => {
        if (!this.#isOurs(from)) return;
        const { news, next } = this.#heard.hear(records, from.address);
        for (const each of news) this.#options.onHeard(each);
        if (!this.#options.quiet) this.#askLater(next);
      },
      trouble: code => this.#trouble(causes[code] ?? code),
    });
    this.#sockets.push(socket);
  }

  /** Linux hands a packet to the ears of all wires: each takes those from its own networks. */
  #isOurs({ address, family }: RemoteInfo): boolean {
    const [plain = '', zone] = address.split('%');
    const all = this.#interfaces();
    if (Object.values(all).some(each => each?.some(own => own.address === plain))) return false;
    if (zone !== undefined) return zone === this.#wire || zone === String(scopeOf(this.#own));
    const isIn = (own: readonly NetworkInterfaceInfo[]): boolean =>
      listOf(own).check(plain, family === 'IPv6' ? 'ipv6' : 'ipv4');
    if (isIn(this.#own)) return true;
    return this.#takesStrangers && !Object.values(all).some(each => each !== undefined && isIn(each));
  }

  /** Not read anew for every packet of a flood. */
  #interfaces(): ReturnType<typeof networkInterfaces> {
    if (performance.now() - this.#known.at > knownMs)
      this.#known = { at: performance.now(), all: networkInterfaces() };
    return this.#known.all;
  }

  #askLater(questions: readonly MdnsQuestion[]): void {
    if (questions.length === 0) return;
    const isFirst = this.#waiting.length === 0;
    this.#waiting.push(...questions.slice(0, mostWaiting - this.#waiting.length));
    if (isFirst) this.#later(gatherMs, () => this.#askSome());
  }

  #askSome(): void {
    this.#ask(this.#waiting.splice(0, mostInOnePacket));
    if (this.#waiting.length > 0) this.#later(gatherMs, () => this.#askSome());
  }

  #ask(questions: readonly MdnsQuestion[]): void {
    for (const socket of this.#sockets) socket.ask(questions);
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  /** Once for a wire: its two ears fail of the same cause. */
  #trouble(why: string): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#options.onTrouble(this.#wire, why);
  }
}

/** One address of each family; of IPv6 the link-local one, from which mDNS is spoken. */
const ears = (own: readonly NetworkInterfaceInfo[]): readonly NetworkInterfaceInfo[] =>
  [own.find(each => each.family === 'IPv4'), own.find(({ address }) => /^fe[89ab]/i.test(address))].filter(
    each => each !== undefined,
  );

const scopeOf = (own: readonly NetworkInterfaceInfo[]): number | undefined =>
  own.find(each => each.family === 'IPv6')?.scopeid;

function listOf(own: readonly NetworkInterfaceInfo[]): BlockList {
  const list = new BlockList();
  for (const { cidr } of own) {
    const [net = '', bits] = cidr?.split('/') ?? [];
    if (net !== '') list.addSubnet(net, Number(bits), isIPv4(net) ? 'ipv4' : 'ipv6');
  }
  return list;
}
