import type { PlanCarry } from '../../../preload/contract/carry.ts';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { usualLine } from '../../../preload/contract/serial.ts';
import { carryFolder } from '../../core/carry/names.ts';
import { serialSeconds, stickAboveSeconds } from '../../core/serial-exec/seconds.ts';
import type { Step } from './book.ts';
import { carriedFiles } from './carry/steps.ts';

const size = (bytes: number): string =>
  bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`;
const duration = (seconds: number): string => {
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
};

/** What a plan says of how its files reach the node. */
export interface OverCable {
  readonly warnings: readonly string[];
  readonly carry?: PlanCarry;
}

/**
 * What a technician should know before files go over a serial cable: how long that takes at most, and above 15 minutes
 * that a stick is the better carrier; or, where a stick was chosen, what he has to do. Nothing for a node that is
 * reached over SSH and gets its files that way.
 */
export function overCable({ over, cable, name }: SiteNode, steps: readonly Step[]): OverCable {
  const uploads = steps.flatMap(({ apply }) => apply.filter(action => action.is === 'upload'));
  const byStick = uploads.some(action => action.byStick);
  const files = carriedFiles(steps);
  if (uploads.length === 0 || (over !== 'serial' && !byStick)) return { warnings: [] };
  const sum = (all: readonly { readonly bytes: number }[]): number =>
    all.reduce((bytes, one) => bytes + one.bytes, 0);
  const settings = cable?.settings ?? usualLine;
  const bytes = sum(files);
  const carry = {
    files: files.map(file => file.name),
    bytes,
    ...(over === 'serial' && { seconds: serialSeconds(bytes, settings) }),
    byStick,
  };
  if (byStick)
    return {
      carry,
      warnings: [
        `${size(bytes)} come to ${name} by stick (folder ${carryFolder}). Have it written before you begin, then plug it into ${name} when the run asks for it; the run waits up to 30 minutes.`,
      ],
    };
  const all = sum(uploads.map(({ file }) => file));
  const seconds = serialSeconds(all, settings);
  const says = `${size(all)} go over the serial cable at ${settings.baud} bits per second: about ${duration(seconds)}, unless ${name} has them already.`;
  if (files.length === 0) return { warnings: [says] };
  if (seconds <= stickAboveSeconds) return { warnings: [says], carry };
  return {
    carry,
    warnings: [
      `${says} A stick is faster: have the files written onto one, and the plan takes them off it on ${name} (on the command line: --by-stick FOLDER).`,
    ],
  };
}
