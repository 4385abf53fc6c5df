import { bauds } from '../../../preload/contract/serial.ts';
import type { LineSettings } from '../../../preload/contract/serial.ts';

/** Line settings as they stand in a form. */
export interface LineDraft {
  /** One of the usual speeds, or `other`. */
  readonly baud: string;
  readonly otherBaud: string;
  readonly dataBits: string;
  readonly parity: LineSettings['parity'];
  readonly stopBits: string;
  readonly flow: LineSettings['flow'];
}

const isUsual = (baud: number): boolean => (bauds as readonly number[]).includes(baud);

export const lineDraftOf = (line: LineSettings): LineDraft => ({
  baud: isUsual(line.baud) ? String(line.baud) : 'other',
  otherBaud: isUsual(line.baud) ? '' : String(line.baud),
  dataBits: String(line.dataBits),
  parity: line.parity,
  stopBits: String(line.stopBits),
  flow: line.flow,
});

/** The speed a form stands for; nothing when what was typed is none. */
export function baudOf({ baud, otherBaud }: LineDraft): number | undefined {
  const typed = baud === 'other' ? otherBaud.trim() : baud;
  const value = Number(typed);
  return /^\d{2,7}$/.test(typed) && value >= 50 && value <= 4_000_000 ? value : undefined;
}

/** The settings a form stands for; nothing while its speed is none. */
export function lineOf(draft: LineDraft): LineSettings | undefined {
  const baud = baudOf(draft);
  return baud === undefined
    ? undefined
    : {
        baud,
        dataBits: Number(draft.dataBits) as LineSettings['dataBits'],
        parity: draft.parity,
        stopBits: Number(draft.stopBits) as LineSettings['stopBits'],
        flow: draft.flow,
      };
}
