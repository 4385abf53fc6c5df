import type { PortStanding } from '../../../preload/contract/serial.ts';

/** Owner, group and mode of a device, and who asks. */
export interface Rights {
  readonly device: string;
  readonly mode: number;
  readonly gid: number;
  /** Name of the device's group; absent when the system has none for the number. */
  readonly group?: string;
  /** The account is in that group by /etc/group, whether this login knows it or not. */
  readonly listed: boolean;
}

type NoPermission = Extract<PortStanding, { is: 'no-permission' }>;
type Busy = Extract<PortStanding, { is: 'busy' }>;

/** Why a device may not be opened, with the exact command that changes it. */
export function withoutPermission({ device, mode, gid, group, listed }: Rights): NoPermission {
  const forNow = `sudo chmod a+rw ${device}`;
  const groupMay = (mode & 0o060) === 0o060 && gid !== 0 && group !== undefined;
  if (!groupMay)
    return {
      is: 'no-permission',
      says: `Your account may not use ${device}, and no group may.`,
      next: `Type ${forNow} to use it until it is unplugged.`,
    };
  if (listed)
    return {
      is: 'no-permission',
      says: `Your account is in the group ${group}, but this login does not know it yet.`,
      next: `Log out and in again. To go on now, type ${forNow}`,
    };
  return {
    is: 'no-permission',
    says: `Your account may not use ${device}: it belongs to the group ${group}.`,
    next: `Type sudo usermod -aG ${group} "$USER" and log out and in again. To go on now, type ${forNow}`,
  };
}

/** Programs that take serial ports without being asked, and how each is told to let go. */
const knownHolders: Readonly<
  Record<string, (device: string) => { readonly says: string; readonly next: string }>
> = {
  ModemManager: device => ({
    says: 'ModemManager looks whether this adapter is a modem. It lets go after about 30 s.',
    next: `Wait half a minute. If it keeps ${device}, type sudo systemctl stop ModemManager`,
  }),
  agetty: device => ({
    says: 'This laptop offers a login of its own on this port.',
    next: `Type sudo systemctl stop serial-getty@${device.replace(/^\/dev\//, '')}.service`,
  }),
  brltty: () => ({
    says: 'brltty took this adapter for a braille display.',
    next: 'Type sudo systemctl stop brltty-udev.service, then plug the adapter in again.',
  }),
};

/** Who has a port open, with the command that shows or ends it. */
export function heldBy(
  device: string,
  by: { readonly program: string; readonly pid: number } | undefined,
  modemManagerRuns = false,
): Busy {
  const known = knownHolders[by?.program ?? (modemManagerRuns ? 'ModemManager' : '')]?.(device);
  const shows = `sudo fuser -v ${device}`;
  if (!by)
    return {
      is: 'busy',
      says:
        known && modemManagerRuns
          ? 'Another program has this port open. ModemManager runs here, and it tries every adapter as a modem.'
          : 'Another program has this port open.',
      next: known?.next ?? `Type ${shows} to see which, and close it.`,
    };
  return {
    is: 'busy',
    by: `${by.program} (process ${by.pid})`,
    says: known?.says ?? `${by.program} (process ${by.pid}) has this port open.`,
    next: known?.next ?? `Close it, or type sudo kill ${by.pid}. To see all who use the port, type ${shows}`,
  };
}
