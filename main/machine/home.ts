import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { World } from '../../preload/contract/domain.ts';
import { FieldError } from '../../preload/contract/failure.ts';
import { syncFolder, writeDurably } from '../store/durable.ts';

/** Where one world keeps everything it knows. All folders are there and closed to others; files need not be there yet. */
export interface Home {
  readonly world: World;
  readonly folder: string;
  /** The journal. */
  readonly db: string;
  readonly lock: string;
  /** The socket (on Windows: the pipe) where the holder of the home takes calls of the CLI. */
  readonly door: string;
  /** Host keys pinned by Coldstart, in OpenSSH's format. */
  readonly knownHosts: string;
  /** The wrapped vault key. */
  readonly vault: string;
  readonly bundles: string;
  readonly snapshots: string;
  /** Sealed files on their way to a stick. */
  readonly spool: string;
  /** Terminals of runs, sealed. */
  readonly runs: string;
  /** Public keys this laptop trusts. */
  readonly keys: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Folder of the real home with the profile of the window. */
export const windowFolder = 'window';

/** The folder of the real world: COLDSTART_HOME, or where this platform keeps an app's data. */
export function homeFolder(env: Env, platform: NodeJS.Platform = process.platform): string {
  if (env['COLDSTART_HOME']) return resolve(env['COLDSTART_HOME']);
  const user = homedir();
  if (platform === 'darwin') return join(user, 'Library', 'Application Support', 'Coldstart');
  if (platform === 'win32') return join(env['APPDATA'] || join(user, 'AppData', 'Roaming'), 'Coldstart');
  // The XDG base directory specification has relative paths ignored.
  const data = env['XDG_DATA_HOME'];
  return join(data && isAbsolute(data) ? data : join(user, '.local', 'share'), 'coldstart');
}

/**
 * Finds or makes the home of a world; the practice world lives in `practice` below the real one and is branded as such.
 * From here on this process makes files for its own user only (umask 077). Throws `practice-only` when the folder is
 * branded for the other world, `damaged` when its brand is missing or unreadable, `not-writable` when it cannot be made.
 */
export function openHome(options: { readonly env: Env; readonly world: World }): Home {
  if (isMainThread) process.umask(0o077);
  const real = homeFolder(options.env);
  const home = places(options.world === 'real' ? real : join(real, 'practice'), options.world, options.env);
  try {
    const made = mkdirSync(home.folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) syncFolder(dirname(made));
    brand(home);
    for (const folder of [home.folder, home.bundles, home.snapshots, home.spool, home.runs, home.keys])
      closeToOthers(folder);
  } catch (thrown) {
    throw unmakable(thrown, home.folder);
  }
  return home;
}

function places(folder: string, world: World, env: Env): Home {
  return {
    world,
    folder,
    db: join(folder, 'coldstart.db'),
    lock: join(folder, 'lock.db'),
    door: doorOf(folder, env),
    knownHosts: join(folder, 'known_hosts'),
    vault: join(folder, 'vault.json'),
    bundles: join(folder, 'bundles'),
    snapshots: join(folder, 'snapshots'),
    spool: join(folder, 'spool'),
    runs: join(folder, 'runs'),
    keys: join(folder, 'keys'),
  };
}

/** A socket's path may hold 107 bytes on Linux and 103 on macOS; a deeper home puts it into the user's runtime folder. */
function doorOf(folder: string, env: Env): string {
  const short = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\coldstart-${short}`;
  const inside = join(folder, 'door.sock');
  const runtime = env['XDG_RUNTIME_DIR'];
  return Buffer.byteLength(inside) > 103 && runtime ? join(runtime, `coldstart-${short}.sock`) : inside;
}

function closeToOthers(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (process.platform === 'win32') return;
  const stat = lstatSync(folder);
  if (stat.isDirectory() && (stat.mode & 0o077) !== 0 && stat.uid === process.getuid?.())
    chmodSync(folder, 0o700);
}

/** Names that only a home that was in use has. */
const ours = ['coldstart.db', 'vault.json', 'known_hosts'];
/** Names that may be there before the brand: the practice home, and the window's profile, which Electron wants first. */
const earlier = ['practice', windowFolder];

/** The first line of the file `world` says which world a home belongs to; it is written before anything else. */
function brand(home: Home): void {
  const path = join(home.folder, 'world');
  if (!existsSync(path)) {
    const inside = readdirSync(home.folder);
    if (inside.some(name => ours.includes(name))) throw brandGone(home);
    if (inside.some(name => !earlier.includes(name) && !name.startsWith('.world.'))) throw foreign(home);
    writeDurably(
      path,
      `${home.world}\nThis line tells Coldstart that everything in this folder is ${home.world}. Do not change it.\n`,
    );
    return;
  }
  const [found] = readFileSync(path, 'utf8').split('\n', 1);
  if (found === home.world) return;
  if (found !== 'real' && found !== 'practice') throw brandGone(home);
  throw new FieldError({
    code: 'practice-only',
    says:
      found === 'practice'
        ? 'This home belongs to the practice station and cannot be used for real sites.'
        : 'This home belongs to real sites and cannot be used for practice.',
    about: home.folder,
    untouched: 'Nothing in it was opened.',
    next: 'Point COLDSTART_HOME at another folder; practice makes its own folder below it.',
  });
}

const foreign = (home: Home): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'This folder already holds other things, so it was not made into a home for Coldstart.',
    about: home.folder,
    untouched: 'Nothing in it was changed.',
    next: 'Point COLDSTART_HOME at a new or empty folder of its own.',
  });

const brandGone = (home: Home): FieldError =>
  new FieldError({
    code: 'damaged',
    says: 'This home does not say whether it is real or practice: its file "world" is missing or unreadable.',
    about: home.folder,
    untouched: 'Nothing in it was opened.',
    next: 'If you know which it is, write a file "world" there with the one word real or practice, then start again.',
  });

function unmakable(thrown: unknown, about: string): unknown {
  if (thrown instanceof FieldError || !(thrown instanceof Error && 'code' in thrown)) return thrown;
  const errno = String(thrown.code);
  const full = errno === 'ENOSPC' || errno === 'EDQUOT';
  const inTheWay = errno === 'EEXIST' || errno === 'ENOTDIR';
  return new FieldError(
    {
      code: full ? 'disk-full' : 'not-writable',
      says: full
        ? "The laptop's disk is full."
        : inTheWay
          ? 'A file stands where the home folder, or a folder above it, should be.'
          : errno === 'EROFS'
            ? 'The disk of the home folder can only be read.'
            : 'The home folder cannot be made or used.',
      about,
      untouched: 'Nothing was changed.',
      next: full
        ? 'Free some space, then start again.'
        : inTheWay || errno === 'EROFS'
          ? 'Point COLDSTART_HOME at another folder.'
          : 'Check the rights on it and on the folder above it, or point COLDSTART_HOME at another folder.',
      facts: { errno },
    },
    { cause: thrown },
  );
}
