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

/** Whether a stick keeps what its free space promises. */
export interface CapacityCheck {
  readonly holds: boolean;
  /** Written and read back, and how much of it from the beginning came back as it was. */
  readonly bytes: number;
  readonly keeps: number;
  readonly says: string;
  readonly next?: string;
}

export const stickCalls = {
  'stick.list': call<readonly Stick[]>()(nothing),
  /** Flushes, unmounts and powers off. Never says safe before the mount is gone. */
  /** Fills the free space, reads it back, and takes it away again; takes long. Throws `refused` for what is no stick. */
  'stick.check': call<CapacityCheck>()(shape({ path: filled })),
  'stick.eject': call<Ejected>()(shape({ path: filled })),
} as const;

export const stickFeeds = {
  /** The whole list at once, and again whenever a stick was plugged in, pulled, mounted, or looks otherwise. */
  'stick.watch': feed<readonly Stick[]>()(nothing),
} as const;
