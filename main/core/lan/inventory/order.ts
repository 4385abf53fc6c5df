import { v4Number } from '../cidr.ts';

/** IPv4 by number, then IPv6, link-local last: the address a person would use stands first. */
export function byAddress(a: string, b: string): number {
  return rank(a) - rank(b) || (v4Number(a) ?? 0) - (v4Number(b) ?? 0) || (a < b ? -1 : a > b ? 1 : 0);
}

const rank = (address: string): number =>
  v4Number(address) !== undefined ? 0 : /^fe[89ab]/i.test(address) ? 2 : 1;
