import type { SiteNode } from '../../../preload/contract/domain.ts';
import { usualLine } from '../../../preload/contract/serial.ts';
import { serialSeconds, stickAboveSeconds } from '../../core/serial-exec/seconds.ts';
import type { Step } from './book.ts';

const size = (bytes: number): string =>
  bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${Math.ceil(bytes / 2 ** 20)} MiB`;
const duration = (seconds: number): string => {
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
};

/**
 * What a technician should know before files go over a serial cable: how long that takes at most, and above 15 minutes
 * that a stick is the better carrier. Nothing for a node that is reached over SSH.
 */
export function overCable({ over, cable, name }: SiteNode, steps: readonly Step[]): readonly string[] {
  if (over !== 'serial') return [];
  const uploads = steps.flatMap(step =>
    step.apply.flatMap(action => (action.is === 'upload' ? [action] : [])),
  );
  if (uploads.length === 0) return [];
  const settings = cable?.settings ?? usualLine;
  const bytes = uploads.reduce((sum, { file }) => sum + file.bytes, 0);
  const seconds = serialSeconds(bytes, settings);
  const says = `${size(bytes)} go over the serial cable at ${settings.baud} bits per second: about ${duration(seconds)}, unless ${name} has them already.`;
  if (seconds <= stickAboveSeconds) return [says];
  const places = uploads
    .flatMap(({ file, endsAt }) =>
      endsAt ? [`${file.name} to ${endsAt.path} (root, ${endsAt.mode.toString(8).padStart(4, '0')})`] : [],
    )
    .join(', ');
  if (places === '') return [says];
  return [
    `${says} A stick is faster: plug one with the bundle into ${name}, mount it read-only, and copy ${places}; then make this plan again. What lies there with the right SHA-256 is not sent.`,
  ];
}
