import type { Bundle, Origin, World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { bundleIdOf, carried, judge, ready, shortcomings } from '../../core/bundle.ts';
import { k3sVersionOf } from '../../core/bundle-version.ts';
import type { VersionFound } from '../../core/bundle-version.ts';
import type { PublicKey } from '../../core/minisign.ts';
import type { Clock, Files } from '../../ports.ts';
import { measured } from './examine.ts';
import type { Content, Program } from './examine.ts';
import { lookAt } from './folder.ts';
import type { Folder, Held } from './folder.ts';
import { trustedKeys } from './keys.ts';
import type { Objects } from './objects.ts';

/** A folder with what its programs say of themselves: enough to know which world it is for. */
export interface Looked {
  readonly folder: Folder;
  readonly programs: ReadonlyMap<string, Program>;
  readonly version: VersionFound;
  readonly practice: boolean;
}

/** A bundle as it stands in a folder, and why it cannot be used, if it cannot. */
export interface Verdict {
  readonly bundle: Bundle;
  readonly problems: readonly string[];
}

/** What looking at a folder needs. */
export interface LookTools {
  readonly files: Files;
  readonly clock: Clock;
  readonly keyFolders: readonly string[];
  /** Bundle keys of headquarters' newest key list. */
  readonly listedKeys?: (() => readonly PublicKey[]) | undefined;
  readonly objects: Pick<Objects, 'pathOf' | 'bytesOf'>;
}

/** Opens a folder. Throws as `lookAt` does. */
export async function openFolder(
  { files, keyFolders, listedKeys, objects }: LookTools,
  path: string,
): Promise<Folder> {
  const listed = (listedKeys?.() ?? []).map(key => ({ ...key, practice: false }));
  const held: Held = async sha256 => {
    const bytes = await objects.bytesOf(sha256);
    return bytes === undefined ? undefined : { path: objects.pathOf(sha256), bytes };
  };
  return lookAt(files, path, [...(await trustedKeys(files, keyFolders)), ...listed], held);
}

/** What can be known of a folder without hashing anything. */
export function looked(folder: Folder, programs: ReadonlyMap<string, Program>): Looked {
  const { manifest } = folder.vouching;
  const binaries = new Map([...programs].map(([name, program]) => [name, program.versions]));
  return {
    folder,
    programs,
    version: k3sVersionOf({ manifest: manifest?.k3sVersion, binaries, folder: folder.name }),
    // Any of the three brands it: a signature by a practice key, the manifest's word, or the stand-in's own.
    practice:
      (folder.signed.is === 'signed' && folder.signed.practice) ||
      manifest?.practice === true ||
      [...programs.values()].some(program => program.practice),
  };
}

const originOf = ({ folder: { signed }, practice }: Looked): Origin =>
  signed.is === 'signed' ? { ...signed, practice } : { is: 'unknown', why: signed.why };

/** Judges a folder whose files were hashed. */
export async function judged(
  files: Files,
  seen: Looked,
  contents: ReadonlyMap<string, Content>,
  at: Date,
  signal: AbortSignal,
): Promise<Verdict> {
  const { folder, programs, version, practice } = seen;
  const all = judge(await measured(files, folder, contents, programs, signal), folder.vouching);
  const problems = [...shortcomings(all), ...(version.is === 'unknown' ? [version.says] : [])];
  const kept = carried(all);
  const bundle: Bundle = {
    id: bundleIdOf(all),
    k3sVersion: version.is === 'known' ? version.version : '',
    practice,
    complete: problems.length === 0,
    origin: originOf(seen),
    arches: ready(all),
    files: all,
    bytes: kept.reduce((sum, file) => sum + file.bytes, 0),
    importedAt: '',
    verifiedAt: at.toISOString(),
    source: folder.path,
  };
  return { bundle, problems };
}

/** Throws `practice-only` when a bundle and a world do not belong together. */
export function refuseOtherWorld(practice: boolean, world: World, about: string): void {
  if (practice === (world === 'practice')) return;
  throw new FieldError({
    code: 'practice-only',
    says: practice
      ? 'This is a practice bundle. It must never reach a real node.'
      : 'The practice station takes practice bundles only; this one is real.',
    about,
    untouched: 'Nothing was imported.',
    next: practice
      ? 'Enter practice to use it, or choose a bundle from headquarters.'
      : 'Leave practice to use it, or choose the practice bundle.',
  });
}

/** Why a bundle is not taken in, with every file named. */
export function notComplete({ bundle, problems }: Verdict): FieldError {
  const isDamaged = bundle.files.some(file =>
    ['short', 'altered', 'wrong-architecture'].includes(file.state),
  );
  const states = bundle.files.filter(
    file =>
      !['matches', 'not-carried'].includes(file.state) &&
      !(file.role === 'extra' && file.state === 'unlisted'),
  );
  const shown = problems.slice(0, 8);
  const more = problems.length > shown.length ? ` And ${problems.length - shown.length} more.` : '';
  return new FieldError({
    code: isDamaged ? 'damaged' : 'bundle-incomplete',
    says: `This bundle cannot be used: ${shown.join(' ')}${more}`,
    about: bundle.source,
    untouched: 'The bundle was not imported. Files that are sound are kept, so they are not copied again.',
    next: 'Get the named files again into this folder, or take away all files of an architecture you do not need, then import once more.',
    facts: Object.fromEntries(states.map(file => [file.name, file.state])),
  });
}
