import { FieldError } from '../../../preload/contract/failure.ts';

/** Networks wider than this prefix are asked only when they were typed twice. */
export const widePrefix = 20;
/** Networks wider than this are never asked address by address. */
export const widestPrefix = 16;

/** What a technician may name for a scan. */
export type Network =
  | {
      readonly is: 'v4';
      /** `10.0.1.0/24`, host bits cleared. */
      readonly text: string;
      readonly first: number;
      readonly prefix: number;
    }
  /** All IPv6 nodes of one wire: they are called together, not asked address by address. */
  | { readonly is: 'link-local'; readonly text: string; readonly wire: string }
  /** One IPv6 address; a link-local one with its zone. */
  | { readonly is: 'v6'; readonly text: string };

/** Dotted quad as a number of 32 bits; undefined for anything else, also for octal-looking ones such as `010.0.0.1`. */
export function v4Number(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

export const v4Text = (value: number): string =>
  [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256).join('.');

const sizeOf = (prefix: number): number => 2 ** (32 - prefix);

/** Number of addresses that may be a machine's: network and broadcast address are none, except in /31 and /32 (RFC 3021). */
export const hostsIn = (network: Network): number =>
  network.is === 'v4' ? (network.prefix >= 31 ? sizeOf(network.prefix) : sizeOf(network.prefix) - 2) : 1;

/** The addresses of a network in order. */
export function* addressesOf(network: Network): Generator<string, void> {
  if (network.is === 'link-local') return;
  if (network.is === 'v6') {
    yield network.text;
    return;
  }
  const { first, prefix } = network;
  const edge = prefix >= 31 ? 0 : 1;
  for (let at = first + edge; at < first + sizeOf(prefix) - edge; at++) yield v4Text(at);
}

/** Whether an address (without its zone for IPv4) lies in a network. */
export function isIn(network: Network, address: string): boolean {
  if (network.is === 'v6') return network.text === address;
  if (network.is === 'link-local') return /^fe[89ab]/i.test(address) && address.endsWith(`%${network.wire}`);
  const value = v4Number(address);
  return value !== undefined && value >= network.first && value < network.first + sizeOf(network.prefix);
}

const bad = (about: string, says: string, next: string): FieldError =>
  new FieldError({ code: 'bad-ask', says, about, untouched: 'Nothing was sent.', next });

const example = 'Write it like 10.0.1.0/24, or 10.0.1.7 for a single address.';

/**
 * A network as it was typed. Throws `bad-ask` for what is none, for what is wider than /16, for addresses that are no
 * machine's, and for IPv6 prefixes, which have more addresses than can be asked.
 */
export function networkOf(typed: string): Network {
  const text = typed.trim();
  const about = text.slice(0, 60);
  const [address = '', bits, ...more] = text.split('/');
  if (more.length > 0 || text === '') throw bad(about, 'This is no network.', example);
  if (address.includes(':')) return v6(address, bits, about);
  const value = v4Number(address);
  if (value === undefined) throw bad(about, 'This is no IPv4 address or network.', example);
  if (bits !== undefined && !/^(0|[1-9]\d?)$/.test(bits))
    throw bad(about, `The part after the slash is no prefix length: ${bits.slice(0, 20)}.`, example);
  const prefix = bits === undefined ? 32 : Number(bits);
  if (prefix > 32) throw bad(about, 'A prefix of IPv4 is at most 32 bits long.', example);
  if (prefix < widestPrefix)
    throw bad(
      about,
      `A /${prefix} has ${sizeOf(prefix).toLocaleString('en-US')} addresses: too many to ask one by one.`,
      'Name the part of it the site uses, such as its /24.',
    );
  const first = value - (value % sizeOf(prefix));
  const top = Math.floor(first / 2 ** 24);
  if (top === 0 || top >= 224)
    throw bad(about, 'No machine has such an address.', 'Name the network the nodes are in.');
  if (top === 127)
    throw bad(about, 'These addresses are the laptop itself.', 'Name the network the nodes are in.');
  return { is: 'v4', text: `${v4Text(first)}/${prefix}`, first, prefix };
}

function v6(address: string, bits: string | undefined, about: string): Network {
  const [plain, zone] = splitZone(address);
  const [length, wire = zone] = (bits ?? '').split('%');
  const isPlain = /^[0-9a-f:]{2,39}$/i.test(plain) && isV6(plain);
  const isZone = wire === '' || /^[\w.@-]{1,32}$/.test(wire);
  if (!isPlain || !isZone) throw bad(about, 'This is no IPv6 address.', 'Write it like fe80::1%eth0.');
  const isLink = /^fe[89ab]/i.test(plain);
  if (isLink && wire === '')
    throw bad(
      about,
      'A link-local address means nothing without its interface.',
      'Add the interface behind a percent sign, like fe80::1%eth0.',
    );
  if (isLink && length === '64') return { is: 'link-local', text: `fe80::/64%${wire}`, wire };
  if (length !== '' && length !== '128')
    throw bad(
      about,
      'An IPv6 network has more addresses than can be asked one by one.',
      'Name single addresses; or fe80::/64%eth0 to call all machines on one interface.',
    );
  return { is: 'v6', text: isLink ? `${plain.toLowerCase()}%${wire}` : plain.toLowerCase() };
}

const splitZone = (address: string): [string, string] => {
  const at = address.indexOf('%');
  return at < 0 ? [address, ''] : [address.slice(0, at), address.slice(at + 1)];
};

function isV6(text: string): boolean {
  if (!URL.canParse(`http://[${text}]/`)) return false;
  const first = Number.parseInt(text.split(':')[0] || '0', 16);
  // Multicast and the laptop itself are nobody's address.
  return first < 0xff00 && !/^(::1?|0*(:0*){7}1?)$/.test(text);
}

/** Whether a network needs to be typed twice before it is asked. */
export const isWide = (network: Network): boolean => network.is === 'v4' && network.prefix < widePrefix;

/**
 * The networks of one scan. Throws `bad-ask` for a malformed one, and for one wider than /20 that is not repeated in
 * `wide`. One that lies in another is left out.
 */
export function chosenNetworks(typed: readonly string[], wide: readonly string[]): readonly Network[] {
  const repeated = new Set(wide.map(each => networkOf(each).text));
  const all = typed.map(networkOf);
  for (const network of all)
    if (isWide(network) && !repeated.has(network.text))
      throw bad(
        network.text,
        `${network.text} has ${hostsIn(network).toLocaleString('en-US')} addresses; at the usual pace that takes hours.`,
        `Name a smaller part of it. If it has to be all of it, repeat it: --wide ${network.text}`,
      );
  const covers = (outer: Network, inner: Network): boolean =>
    outer.is === 'v4' && inner.is === 'v4'
      ? outer.prefix < inner.prefix && isIn(outer, v4Text(inner.first))
      : false;
  return all.filter(
    (network, i) =>
      all.findIndex(each => each.text === network.text) === i && !all.some(each => covers(each, network)),
  );
}
