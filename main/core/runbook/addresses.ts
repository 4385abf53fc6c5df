/** An IP address as a number, so that networks can be compared. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}
/** A network: its first address and how many leading bits are fixed. */
export interface Network extends Address {
  readonly prefix: number;
}

const bitsOf = { 4: 32, 6: 128 } as const;

function four(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    // a leading zero means octal to some tools and decimal to others
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return { family: 4, value };
}

function groups(text: string): number[] | undefined {
  if (text === '') return [];
  const found = text.split(':').map(group => (/^[0-9A-Fa-f]{1,4}$/.test(group) ? parseInt(group, 16) : -1));
  return found.includes(-1) ? undefined : found;
}

function six(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? '');
  const tail = halves.length === 2 ? groups(halves[1] ?? '') : [];
  if (!head || !tail) return undefined;
  const gap = 8 - head.length - tail.length;
  if (halves.length === 2 ? gap < 1 : gap !== 0) return undefined;
  const all = [...head, ...Array.from({ length: gap }, () => 0), ...tail];
  return { family: 6, value: all.reduce((value, group) => (value << 16n) | BigInt(group), 0n) };
}

/** Reads an IPv4 or IPv6 address in plain notation; undefined for anything else, zones and mapped forms included. */
export const address = (text: string): Address | undefined => (text.includes(':') ? six(text) : four(text));

/** Reads `address/prefix`; undefined for anything else. Host bits may be set: `first` of the network is kept. */
export function network(text: string): Network | undefined {
  const [at = '', bits, more] = text.split('/');
  const found = address(at);
  if (!found || more !== undefined || bits === undefined || !/^(0|[1-9]\d{0,2})$/.test(bits))
    return undefined;
  const prefix = Number(bits);
  if (prefix > bitsOf[found.family]) return undefined;
  const free = BigInt(bitsOf[found.family] - prefix);
  return { family: found.family, value: (found.value >> free) << free, prefix };
}

/** True when the text names the first address of its network, as K3s wants CIDRs. */
export function isFirst(text: string): boolean {
  const whole = network(text);
  return whole !== undefined && address(text.split('/')[0] ?? '')?.value === whole.value;
}

/** True when the two share at least one address. */
export function overlap(a: Network, b: Network): boolean {
  if (a.family !== b.family) return false;
  const free = BigInt(bitsOf[a.family] - Math.min(a.prefix, b.prefix));
  return a.value >> free === b.value >> free;
}

export const holds = (net: Network, at: Address): boolean =>
  overlap(net, { family: at.family, value: at.value, prefix: bitsOf[at.family] });

/** An address as it stands in a URL: IPv6 in brackets. */
export const inUrl = (at: string): string => (at.includes(':') ? `[${at}]` : at);
