import { createHash } from 'node:crypto';

/** Every name Coldstart puts on a stick matches this, so it survives FAT, exFAT, NTFS and any tool at headquarters. */
export const stickName = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** Names Windows keeps for devices, whatever their extension. */
const devices = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
const longest = 200;

/**
 * A file name made safe for sticks and for every laptop. A name that had to be changed carries a piece of its hash, so
 * two different names never become the same.
 */
export function safeName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, longest);
  if (plain === name && stickName.test(plain) && !devices.test(plain) && !plain.endsWith('.')) return plain;
  const mark = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${plain.replace(/^[.-]+/, '').replace(/\.+$/, '') || 'x'}-${mark}`.replace(devices, 'x$&');
}

/** `coldstart-<first 8 of the site id>-<YYYYMMDDTHHMMSSZ>` */
export const bagName = (site: string, at: Date): string =>
  `coldstart-${site.slice(0, 8)}-${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

/** The name a bag has until it is whole. */
export const partialName = (bag: string): string => `${bag}.partial`;
