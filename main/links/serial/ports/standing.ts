import { constants, existsSync, readFileSync } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, join } from 'node:path';
import type { PortStanding } from '../../../../preload/contract/serial.ts';
import { heldBy, withoutPermission } from '../../../core/serial/standing.ts';
import { holdersOf, runs } from './holders.ts';
import type { Holder } from './holders.ts';

/** The lines of /etc/group as name, number and members. */
const groups = (): readonly (readonly string[])[] => {
  try {
    return readFileSync('/etc/group', 'utf8')
      .split('\n')
      .map(line => line.split(':'));
  } catch {
    return [];
  }
};

const accountName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
};

/** Why this account may not open a device; nothing when it may. */
export async function permission(device: string): Promise<PortStanding | undefined> {
  if (process.platform === 'win32') return undefined;
  const may = await access(device, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (may) return undefined;
  const { mode, gid } = await stat(device);
  const row = groups().find(([, , number]) => Number(number) === gid);
  const listed = (row?.[3] ?? '').split(',').includes(accountName());
  return withoutPermission({ device, mode, gid, listed, ...(row?.[0] && { group: row[0] }) });
}

/**
 * How each device stands for this account. A pseudo-terminal is always open at its other end, so who holds it says
 * nothing there.
 */
export async function standings(
  devices: readonly string[],
  ours: ReadonlySet<string>,
): Promise<readonly PortStanding[]> {
  const real = devices.filter(device => existsSync(join('/sys/class/tty', basename(device))));
  const holders = process.platform === 'linux' ? holdersOf(real) : new Map<string, Holder>();
  return Promise.all(
    devices.map(async (device): Promise<PortStanding> => {
      if (ours.has(device)) return { is: 'ours' };
      const holder = holders.get(device);
      if (holder) return heldBy(device, holder);
      return (await permission(device).catch(() => undefined)) ?? { is: 'free' };
    }),
  );
}

/** Somebody has it, and the system does not tell who. */
export const heldByUnknown = (device: string): Extract<PortStanding, { is: 'busy' }> =>
  process.platform === 'win32'
    ? {
        is: 'busy',
        says: `Another program has ${device} open.`,
        next: 'Close the other terminal program (PuTTY, Arduino, a second Coldstart), or pull the adapter and plug it in again.',
      }
    : heldBy(device, holdersOf([device]).get(device), runs('ModemManager'));
