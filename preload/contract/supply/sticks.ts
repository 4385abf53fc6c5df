import { call, feed } from '../call.ts';
import type { Stick } from '../domain.ts';
import { filled, nothing, shape } from '../parse.ts';

/** What taking out a stick came to. `safe` only when its file system has left the mount table. */
export interface Ejected {
  readonly safe: boolean;
  readonly poweredOff: boolean;
  readonly says: string;
  /** What to type where this account may not do it. */
  readonly command?: string;
}

export const stickCalls = {
  'stick.list': call<readonly Stick[]>()(nothing),
  /** Flushes, unmounts and powers off. Never says safe before the mount is gone. */
  'stick.eject': call<Ejected>()(shape({ path: filled })),
} as const;

export const stickFeeds = {
  /** The whole list at once, and again whenever a stick was plugged in, pulled, mounted, or looks otherwise. */
  'stick.watch': feed<readonly Stick[]>()(nothing),
} as const;
