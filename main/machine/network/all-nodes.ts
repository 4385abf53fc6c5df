import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { answeredPing } from '../../core/lan/all-nodes.ts';
import { uniform } from '../../core/lan/neighbours/entry.ts';
import { printed } from './tools.ts';

/** The number by which Windows names an interface. */
export const numberOf = (wire: string): string =>
  String(networkInterfaces()[wire]?.find(each => each.family === 'IPv6')?.scopeid ?? wire);

/**
 * Each system's ping to all IPv6 nodes of a wire, for about two seconds. Linux: a count would end it with the first answers;
 * `-L` leaves out the laptop's own.
 */
const pings: Partial<Record<NodeJS.Platform, (wire: string) => readonly [string, readonly string[]]>> = {
  linux: wire => ['ping', ['-6', '-n', '-L', '-i', '0.5', '-w', '2', '-I', wire, 'ff02::1']],
  darwin: wire => ['ping6', ['-n', '-c', '3', '-i', '0.5', '-I', wire, `ff02::1%${wire}`]],
  win32: wire => ['ping', ['-6', '-n', '2', '-w', '1000', `ff02::1%${numberOf(wire)}`]],
};

/**
 * Asks all IPv6 nodes on a wire to show themselves; gives those that answered. Those who answer ask for our MAC first, so
 * they stand in the neighbour table as well. Undefined where this laptop has no ping, or may not.
 */
export async function callAllNodes(
  wire: string,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const ping = pings[process.platform]?.(wire);
  // A name like an option would be taken for one.
  if (!ping || !/^\w[\w .@-]*$/.test(wire)) return undefined;
  const said = await printed(...ping, signal);
  const own = new Set((networkInterfaces()[wire] ?? []).map(({ address }) => uniform(address)));
  return said === undefined
    ? undefined
    : answeredPing(said, wire)?.filter(each => !own.has(each.split('%')[0]));
}

/** How many times each system asks for one address, where it does not tell: Linux's and macOS's own defaults. */
const usualTries: Partial<Record<NodeJS.Platform, number>> = { darwin: 5 };
const mostTries = 100;

/** How many ARP questions the system sends for one address before it gives up. */
export async function arpTries(wire: string): Promise<number> {
  const told = await toldTries(wire);
  const tries = Number(told?.trim());
  return told !== undefined && Number.isInteger(tries) && tries > 0 && tries <= mostTries
    ? tries
    : (usualTries[process.platform] ?? 3);
}

function toldTries(wire: string): Promise<string | undefined> {
  if (process.platform === 'darwin') return printed('sysctl', ['-n', 'net.link.ether.inet.maxtries']);
  // The name of a wire is part of a path here.
  if (process.platform !== 'linux' || /[/\s]|^\.\.?$/.test(wire)) return Promise.resolve(undefined);
  return readFile(`/proc/sys/net/ipv4/neigh/${wire}/mcast_solicit`, 'utf8').catch(() => undefined);
}
