import type { Cause, EvidenceLine, Finding, FindingRemedy } from '../../../preload/contract/doctor.ts';
import { persists } from './log.ts';
import type { LogLine } from './log.ts';
import { shown } from './view.ts';
import type { View } from './view.ts';

export type Sure = Finding['sure'];

/** A cause that fits, before the whole picture decides whether it is the cause or a consequence of another. */
export interface Suspect {
  readonly cause: Cause;
  readonly sure: Sure;
  readonly says: string;
  readonly lines: readonly EvidenceLine[];
  readonly not?: string;
  readonly next: string;
  readonly remedies: readonly FindingRemedy[];
}

/** One matcher: looks at everything, names its cause or nothing. */
export type Matcher = (view: View) => Suspect | undefined;

/** What makes a line count: any of the fragments, and none of the others. All in lower case. */
export interface Ear {
  readonly any: readonly (string | RegExp)[];
  readonly but?: readonly (string | RegExp)[];
}

const holds = (low: string, part: string | RegExp): boolean =>
  typeof part === 'string' ? low.includes(part) : part.test(low);

export const heard = (lines: readonly LogLine[], { any, but = [] }: Ear): readonly LogLine[] =>
  lines.filter(({ low }) => any.some(part => holds(low, part)) && !but.some(part => holds(low, part)));

/** What stays of many lines that say the same: the first and the last ones. */
export const picked = (lines: readonly LogLine[], most = 3): readonly EvidenceLine[] =>
  (lines.length <= most ? lines : [...lines.slice(0, 1), ...lines.slice(lines.length - most + 1)]).map(shown);

/** What of the K3s log is about now and holds the fragments. */
export const now = (view: View, ear: Ear): readonly LogLine[] => heard(view.k3s.now, ear);

/** The same for what every healthy start also says for a moment: only when it goes on. */
export function lasting(view: View, ear: Ear, times?: number): readonly LogLine[] {
  const hits = now(view, ear);
  return persists(hits, view.k3s.now, times === undefined ? {} : { times }) ? hits : [];
}

/** A disk that is full or gone says so in the words of whoever wrote to it: those lines are no signs of anything else. */
export const ofTheDisk: readonly string[] = [
  'no space left on device',
  'read-only file system',
  'input/output error',
  'disk quota exceeded',
];
