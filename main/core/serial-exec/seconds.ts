import type { LineSettings } from '../../../preload/contract/serial.ts';

/** Bits on the wire for one byte: start, data, parity, stop. */
const bitsOf = ({ dataBits, parity, stopBits }: LineSettings): number =>
  1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits;

/** Bytes a line carries in one second, one way. */
export const bytesPerSecond = (settings: LineSettings): number => settings.baud / bitsOf(settings);

/** Whether all 256 bytes can be expected to pass; otherwise data travels as base64. */
export const isEightBitClean = ({ dataBits, flow }: LineSettings): boolean =>
  dataBits === 8 && flow !== 'xonxoff';

/** Share of a line's bytes that are payload, as measured by `npm run bench serial`, a little rounded down. */
const payloadShare = { raw: 0.93, printable: 0.71 };

/**
 * Seconds a file takes over a serial line, for the worst case that nothing of it can be compressed. Above 15 minutes a
 * stick is the better carrier (`stickAboveSeconds`).
 */
export function serialSeconds(bytes: number, settings: LineSettings): number {
  const share = isEightBitClean(settings) ? payloadShare.raw : payloadShare.printable;
  return Math.ceil(bytes / (bytesPerSecond(settings) * share)) + 1;
}

/** What takes longer than this over the line is better carried on a stick. */
export const stickAboveSeconds = 15 * 60;
