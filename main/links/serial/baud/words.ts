import { FieldError } from '../../../../preload/contract/failure.ts';
import type { LineSettings } from '../../../../preload/contract/serial.ts';
import type { Hit } from './detect.ts';

/** Kept of what was read; more tells nothing new. */
const mostSaw = 600;

const speed = (baud: number): string => `${baud} bits per second`;

export function found({ by }: Hit, { baud, dataBits, parity }: LineSettings): string {
  const form = dataBits === 7 ? `, seven bits with ${parity} parity` : '';
  return by === 'talking'
    ? `Text comes at ${speed(baud)}${form}.`
    : `A carriage return was answered at ${speed(baud)}${form}.`;
}

/** On a line without a speed of its own. */
export const plain = ({ by }: Hit): string =>
  by === 'talking' ? 'Text comes; this port has no speed.' : 'It answers; this port has no speed.';

export const silent =
  'Nothing came at any speed, and nothing answered. Check that the machine has power, that the cable sits on its console port, and that transmit and receive are crossed.';

export const unreadable =
  'Something talks, but it is readable at no usual speed. Set the speed by hand if you know it, and check the cable and its ground wire.';

export const echoing = (baud?: number): string =>
  baud === undefined
    ? 'Everything sent comes back unchanged and nothing else: transmit and receive are connected to each other.'
    : `At ${speed(baud)} the carriage return came back and nothing else: the speed is right, but no program answers there.`;

/** The end of what was read, without escape sequences and other controls. */
export const answered = (text: string): string =>
  text
    // ECMA-48: control sequences, strings and two-letter escapes.
    .replaceAll(
      /\u001b(?:\[[\x20-\x3f]*[\x40-\x7e]|[\]P_^X][^\u0007\u001b]*(?:\u0007|\u001b\\)|[\x20-\x2f]*[\x30-\x7e])/g,
      '',
    )
    .replaceAll(/\r+\n/g, '\n')
    .replaceAll(/[^\P{Cc}\n\t]/gu, '')
    .replace(/^\n+/, '')
    .slice(-mostSaw);

export const isGone = (thrown: unknown): boolean =>
  thrown instanceof FieldError && thrown.failure.code === 'gone-away';

export const lostMeanwhile = (about: string, why: string): FieldError =>
  new FieldError({
    code: 'gone-away',
    says: why,
    about,
    untouched: 'The speed was not found.',
    next: 'Check the cable and the adapter, then look for the speed again.',
  });
