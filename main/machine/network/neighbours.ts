import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { othersOnly } from '../../core/lan/neighbours/entry.ts';
import { ipNeigh, procArp } from '../../core/lan/neighbours/linux.ts';
import { macArp, macNdp } from '../../core/lan/neighbours/mac.ts';
import {
  getNetNeighbor,
  neighbourScript,
  netshNeighbours,
  windowsArp,
} from '../../core/lan/neighbours/windows.ts';
import type { Neighbour } from '../../core/lan/sighting.ts';
import { powershell, printed } from './tools.ts';

const wireWith = (own: string): string | undefined =>
  Object.entries(networkInterfaces()).find(([, each]) => each?.some(({ address }) => address === own))?.[0];

async function linux(signal: AbortSignal): Promise<readonly Neighbour[]> {
  const json = await printed('ip', ['-j', 'neigh'], signal);
  // busybox knows no -j and prints how it is used.
  const text = json?.trimStart().startsWith('[') ? json : await printed('ip', ['neigh'], signal);
  if (text !== undefined) return ipNeigh(text);
  return procArp(await readFile('/proc/net/arp', 'utf8').catch(() => ''));
}

async function mac(signal: AbortSignal): Promise<readonly Neighbour[]> {
  const [v4, v6] = await Promise.all([printed('arp', ['-an'], signal), printed('ndp', ['-an'], signal)]);
  return [...macArp(v4 ?? ''), ...macNdp(v6 ?? '')];
}

async function windows(signal: AbortSignal): Promise<readonly Neighbour[]> {
  const found = getNetNeighbor((await powershell(neighbourScript, signal)) ?? '');
  if (found) return found;
  const v6words = ['interface', 'ipv6', 'show', 'neighbors'];
  const [v4, v6] = await Promise.all([printed('arp', ['-a'], signal), printed('netsh', v6words, signal)]);
  return [...windowsArp(v4 ?? '', wireWith), ...netshNeighbours(v6 ?? '')];
}

const readers: Partial<Record<NodeJS.Platform, (signal: AbortSignal) => Promise<readonly Neighbour[]>>> = {
  linux,
  darwin: mac,
  win32: windows,
};

/** The system's neighbour table, IPv4 and IPv6, without the laptop's own addresses. Empty where it cannot be read. */
export async function neighbours(signal: AbortSignal): Promise<readonly Neighbour[]> {
  const own = Object.values(networkInterfaces()).flatMap(each => each?.map(({ address }) => address) ?? []);
  return othersOnly((await readers[process.platform]?.(signal)) ?? [], own);
}

/**
 * The part of the table in which this address stands. Linux shows IPv4's in a file: during a scan that is read many times a
 * second, and no program needs to be started for it.
 */
export async function tableWith(isV6: boolean): Promise<readonly Neighbour[]> {
  const never = new AbortController().signal;
  if (isV6 || process.platform !== 'linux') return neighbours(never);
  return procArp(await readFile('/proc/net/arp', 'utf8').catch(() => ''));
}
