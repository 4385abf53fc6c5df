import { call, feed } from '../call.ts';
import type { Stick } from '../domain.ts';
import { filled, flag, nothing, optional, shape } from '../parse.ts';

/** What taking out a stick came to. `safe` only when its file system has left the mount table. */
export interface Ejected {
  readonly safe: boolean;
  readonly poweredOff: boolean;
  readonly says: string;
  /** What to type where this account may not do it. */
  readonly command?: string;
}

/** Whether a stick holds what it says it does. */
export interface CapacityCheck {
  readonly honest: boolean;
  /** Bytes written and read back. */
  readonly bytes: number;
  readonly says: string;
}

export const stickCalls = {
  'stick.list': call<readonly Stick[]>()(nothing),
  /** Flushes, unmounts and powers off. Never says safe before the mount is gone. */
  'stick.eject': call<Ejected>()(shape({ path: filled })),
  /** Fills the free room of a stick with a pattern, or with `quick` samples of it, reads it back, and tidies up. */
  'stick.check': call<CapacityCheck>()(shape({ path: filled, quick: optional(flag) })),
} as const;

export const stickFeeds = {
  /** The sticks at once, then again whenever one is plugged in, mounted, filled by a tenth, or pulled. */
  'stick.watch': feed<readonly Stick[]>()(nothing),
} as const;
