import type { LineSettings } from '../../../preload/contract/serial.ts';

/** Requests of RFC 2217; the server answers each with its number plus 100 and the value it really set. */
export const comPortCommand = {
  baud: 1,
  dataBits: 2,
  parity: 3,
  stopBits: 4,
  control: 5,
  lineStateMask: 10,
  modemStateMask: 11,
  purge: 12,
} as const;
export const answerOf = (command: number): number => command + 100;

/** Values of the control request. */
export const control = {
  flow: { none: 1, xonxoff: 2, rtscts: 3 },
  breakOn: 5,
  breakOff: 6,
  dtrOn: 8,
  dtrOff: 9,
  rtsOn: 11,
  rtsOff: 12,
} as const;
export const purgeReceived = 1;

const parities: Readonly<Record<LineSettings['parity'], number>> = {
  none: 1,
  odd: 2,
  even: 3,
  mark: 4,
  space: 5,
};

/** One request and how to say what it was about. */
export interface Request {
  readonly command: number;
  readonly value: readonly number[];
  readonly what: string;
}

const uint32 = (value: number): readonly number[] => [24, 16, 8, 0].map(shift => (value >>> shift) & 0xff);

/** The requests that bring a port from one setting to another; all of them when nothing is known of it yet. */
export function requests(wanted: LineSettings, before?: LineSettings): readonly Request[] {
  const stop = { 1: 1, 2: 2, 1.5: 3 }[wanted.stopBits];
  const all: readonly (Request & { readonly of: keyof LineSettings })[] = [
    { of: 'baud', command: 1, value: uint32(wanted.baud), what: `${wanted.baud} bits per second` },
    { of: 'dataBits', command: 2, value: [wanted.dataBits], what: `${wanted.dataBits} data bits` },
    { of: 'parity', command: 3, value: [parities[wanted.parity]], what: `parity ${wanted.parity}` },
    { of: 'stopBits', command: 4, value: [stop], what: `${wanted.stopBits} stop bits` },
    { of: 'flow', command: 5, value: [control.flow[wanted.flow]], what: `flow control ${wanted.flow}` },
  ];
  return all.filter(({ of }) => before === undefined || wanted[of] !== before[of]);
}
