import { statSync } from 'node:fs';
import { clockWarning } from '../core/laptop-clock.ts';
import type { Clock } from '../ports.ts';
import { newestEntry } from '../store/newest.ts';
import type { Store } from '../store/store.ts';
import { diskEncryption } from './disk-encryption.ts';
import type { Encryption } from './disk-encryption.ts';
import type { Home } from './home.ts';

/** Sentence about the disk under the home; nothing is claimed where it cannot be seen. */
export const encryptionWarning = (found: Encryption): string | undefined =>
  found === 'plain'
    ? "The laptop's disk does not seem to be encrypted: whoever finds the laptop can read snapshots and bundles on it. Tokens and passwords are in the vault."
    : undefined;

/** Sentence about a home that others on this laptop can look into, or that belongs to somebody else. */
export function rightsWarning(folder: string): string | undefined {
  if (process.platform === 'win32') return undefined;
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (!stat) return `The home of Coldstart (${folder}) is not there any more. Check the disk it lies on.`;
  const { mode, uid } = stat;
  const me = process.getuid?.();
  if ((mode & 0o077) !== 0)
    return `Other users of this laptop can read the home of Coldstart (${folder}), and its file system does not let that be changed. Move it to a disk with Unix rights.`;
  if (me !== undefined && uid !== me)
    return `The home of Coldstart (${folder}) belongs to another user. What is written now may not be readable for its owner; start Coldstart as that user.`;
  return undefined;
}

interface Watched {
  readonly home: Pick<Home, 'folder' | 'world'>;
  readonly store: Pick<Store, 'read'>;
  readonly clock: Clock;
  /** ISO 8601. */
  readonly builtAt: string;
}

/** The sentence about the laptop's clock, as a list. */
export function clockNow({ store, clock, builtAt }: Omit<Watched, 'home'>): readonly string[] {
  const says = clockWarning(clock.now(), new Date(builtAt), store.read(newestEntry));
  return says === undefined ? [] : [says];
}

/** What the technician should see on every screen, as it stands now. */
export function warningsNow(deps: Watched): readonly string[] {
  const { home } = deps;
  const others = [
    // Practice holds nothing worth stealing; a trainee shall not learn to read past a warning.
    home.world === 'practice' ? undefined : encryptionWarning(diskEncryption(home.folder)),
    rightsWarning(home.folder),
  ];
  return [...clockNow(deps), ...others.filter(one => one !== undefined)];
}
