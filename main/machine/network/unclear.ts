import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Knocked, Neighbour } from '../../core/lan/sighting.ts';
import { uniform } from '../../core/lan/neighbours/entry.ts';

/** The kernel asks three times, a second apart, before it gives an address up; a firewall says no at once. */
const quickMs = 800;

/** Whether an address lies in a network this laptop is in itself, so that its neighbour would have answered. */
function isOnLink(address: string): boolean {
  const own = new BlockList();
  for (const { cidr, family } of Object.values(networkInterfaces()).flatMap(each => each ?? [])) {
    const [net = '', bits] = cidr?.split('/') ?? [];
    if (net !== '') own.addSubnet(net, Number(bits), family === 'IPv6' ? 'ipv6' : 'ipv4');
  }
  const plain = address.split('%')[0] ?? '';
  return own.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}

/**
 * What a refusal by ICMP means, or an unanswered question (`ETIMEDOUT`). The same error comes when nobody answers on the cable
 * and when a firewall rejects: whoever stands resolved in the neighbour table is there, so somebody rejects. Where neither an
 * entry nor an own network tells, the time does.
 */
export function meaning(
  address: string,
  refused: { readonly ms: number; readonly code: string },
  table: readonly Neighbour[],
): Knocked {
  const { ms, code } = refused;
  const plain = uniform(address);
  const zone = address.split('%')[1];
  const entries = table.filter(
    each => uniform(each.address) === plain && (zone === undefined || each.wire === zone),
  );
  const isHere = entries.some(({ state }) => state === 'resolved');
  if (code === 'ETIMEDOUT') return entries.length > 0 && !isHere ? { is: 'nobody' } : { is: 'silent' };
  if (isHere) return { is: 'closed', ms };
  if (code !== 'EHOSTUNREACH') return { is: 'could-not', code };
  if (entries.length > 0 || isOnLink(address)) return { is: 'nobody' };
  return ms < quickMs ? { is: 'closed', ms } : { is: 'nobody' };
}
