import { readFileSync, rmSync } from 'node:fs';
import { holdExclusive } from '../store/exclusive.ts';
import { writeDurably } from '../store/durable.ts';
import { FieldError } from '../../preload/contract/failure.ts';
import type { Home } from './home.ts';

/** Who holds a home. Written by the holder beside the lock: a hint for people, the lock itself is the truth. */
export interface Holder {
  readonly pid: number;
  /** Which front door: `window`, `browser` or `terminal`. */
  readonly door: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** Where its door for other programs is. */
  readonly socket: string;
  /** Command or address a person would recognise it by, when it has one. */
  readonly at?: string;
}

export interface Lock {
  /** Lets go of the home; so does the end of the process, however it comes. */
  close(): void;
}

export type Held =
  { readonly is: 'ours'; readonly lock: Lock } | { readonly is: 'held'; readonly by?: Holder };

/** Takes the home for this process, or tells who has it. Never waits. */
export function holdHome(home: Home, holder: Omit<Holder, 'socket'>): Held {
  const hold = holdExclusive(home.lock);
  const beside = `${home.folder}/lock.json`;
  if (!hold) {
    const by = holderIn(beside);
    return by ? { is: 'held', by } : { is: 'held' };
  }
  try {
    writeDurably(beside, `${JSON.stringify({ ...holder, socket: home.door })}\n`);
  } catch {
    // A full or read-only disk: the lock holds without its hint, and the journal says what is wrong with the disk.
  }
  const close = (): void => {
    try {
      rmSync(beside, { force: true });
    } catch {
      // the same disk; a hint without a lock misleads nobody
    }
    hold.close();
  };
  return { is: 'ours', lock: { close } };
}

/** What the second on a home is told. */
export const heldElsewhere = (home: Home, by?: Holder): FieldError =>
  new FieldError({
    code: 'held-elsewhere',
    says: by
      ? `This home is in use by another Coldstart: ${by.door}, process ${by.pid}, since ${by.since}.`
      : 'This home is in use by another Coldstart.',
    about: home.folder,
    untouched: 'Nothing was opened or changed.',
    next: 'Go on in that one, or close it and start again. COLDSTART_HOME names another home.',
    ...(by ? { facts: { pid: by.pid, door: by.door, since: by.since } } : {}),
  });

function holderIn(path: string): Holder | undefined {
  try {
    const raw = JSON.parse(readFileSync(path, 'utf8')) as Partial<Record<keyof Holder, unknown>>;
    const { pid, door, since, socket, at } = raw;
    if (typeof pid !== 'number' || typeof door !== 'string' || typeof since !== 'string') return undefined;
    if (typeof socket !== 'string') return undefined;
    return { pid, door, since, socket, ...(typeof at === 'string' ? { at } : {}) };
  } catch {
    // Being written this moment, or by an older app: the lock alone decides.
    return undefined;
  }
}
