import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { othersOnly } from '../../core/lan/neighbours/entry.ts';
import { ipNeigh, procArp } from '../../core/lan/neighbours/linux.ts';
import type { Neighbour } from '../../core/lan/sighting.ts';
import { printed } from './tools.ts';

const own = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap(each => each?.map(({ address }) => address) ?? []);

async function linux(signal: AbortSignal): Promise<readonly Neighbour[]> {
  const json = await printed('ip', ['-j', 'neigh'], signal);
  // busybox knows no -j and prints how it is used.
  const text = json?.trimStart().startsWith('[') ? json : await printed('ip', ['neigh'], signal);
  if (text !== undefined) return ipNeigh(text);
  return procArp(await readFile('/proc/net/arp', 'utf8').catch(() => ''));
}

/** The system's neighbour table, IPv4 and IPv6. Empty where it cannot be read. */
export const neighbours = async (signal: AbortSignal): Promise<readonly Neighbour[]> =>
  othersOnly(await linux(signal), own());
