import { isAbsolute, join, relative } from 'node:path';
import type { ExportItem, Site } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { inParts, mostPartBytes } from '../../core/bag-parts.ts';
import { whyShort } from '../../core/bag-space.ts';
import { bagSignature, tagFiles } from '../../core/bagit.ts';
import type { SupplyDeps } from './deps.ts';

/** A folder an export may go to, its links resolved. */
export interface Place {
  readonly path: string;
  readonly free: number;
  /** Of the whole file system, in bytes; with its kind it tells this stick from whatever lies under its mount point. */
  readonly bytes: number;
  readonly fileSystem: string;
}

const nothingWritten = 'Nothing was written.';

const inside = (path: string, folder: string): boolean => {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
};

/** Looks at where an export is to go. Changes nothing, but makes a missing practice stick. */
export async function placeAt(
  deps: Pick<SupplyDeps, 'files' | 'home' | 'world'>,
  to: string,
): Promise<Place> {
  const refused = (code: Failure['code'], says: string, next: string): FieldError =>
    new FieldError({ code, says, about: to, untouched: nothingWritten, next });
  if (!isAbsolute(to))
    throw refused('bad-ask', 'The place for an export is named by its full path.', 'Name it from the root.');
  if (deps.world === 'practice' && !(await deps.files.stat(to))) await deps.files.makeFolder(to);
  const path = await deps.files.real(to).catch((cause: unknown) => {
    throw new FieldError(
      {
        code: 'no-such-thing',
        says: 'There is no such folder. Coldstart makes none, because an unplugged stick would look like an empty folder.',
        about: to,
        untouched: nothingWritten,
        next: 'See that the stick is plugged in and mounted, or make the folder yourself.',
      },
      { cause },
    );
  });
  const kind = (await deps.files.stat(path))?.kind;
  if (kind !== 'folder' && path.startsWith('/dev/'))
    throw refused(
      'bad-ask',
      'This is a drive itself. An export goes into the folder where it is mounted.',
      'If it is not mounted yet, `coldstart stick list` tells what mounts it.',
    );
  if (kind !== 'folder')
    throw refused(
      'bad-ask',
      'This is a file, and an export goes into a folder.',
      'Choose the stick or a folder on it.',
    );
  await refuseOurHome(deps, path, refused);
  if (await deps.files.stat(join(path, 'bagit.txt')))
    throw refused(
      'refused',
      'This folder is itself a bag; writing into it would spoil it.',
      'Choose the folder above it.',
    );
  const space = await deps.files.space(path);
  if (space.readOnly)
    throw refused(
      'not-writable',
      'This place can only be read.',
      'Open the write-protect switch of the stick, or choose another place.',
    );
  return { path, free: space.free, bytes: space.bytes, fileSystem: space.fileSystem };
}

/**
 * Throws `gone-away` when another file system answers at the place than at the beginning. A pulled stick leaves an empty
 * folder of the laptop's own disk behind, and folders would be made in it.
 */
export async function stillThere({ files }: Pick<SupplyDeps, 'files'>, place: Place): Promise<void> {
  const now = (await files.stat(place.path)) && (await files.space(place.path));
  if (now && now.bytes === place.bytes && now.fileSystem === place.fileSystem) return;
  throw new FieldError({
    code: 'gone-away',
    says: 'The stick is no longer there: it was pulled or unmounted.',
    about: place.path,
    untouched: "Nothing was written to this laptop's own disk in its place.",
    next: 'Plug it in again, then export to the same place.',
  });
}

/** Of practice and real world alike: the practice home lies in the real one. */
async function refuseOurHome(
  { files, home }: Pick<SupplyDeps, 'files' | 'home'>,
  path: string,
  refused: (code: Failure['code'], says: string, next: string) => FieldError,
): Promise<void> {
  if (!inside(path, await files.real(home.folder))) return;
  throw refused(
    'refused',
    "This folder belongs to Coldstart's own data: an export there would leave with nobody.",
    'Choose a stick, or a folder outside of it.',
  );
}

/** Sizes of all files of a bag with these sealed files, tag files included. */
export function filesOfBag(
  deps: Pick<SupplyDeps, 'world' | 'version' | 'partBytes'>,
  site: Site,
  whole: readonly ExportItem[],
): readonly { readonly path: string; readonly bytes: number }[] {
  const items = whole.flatMap(item => inParts(item, deps.partBytes ?? mostPartBytes));
  const blank = { sha256: '0'.repeat(64), sha512: '0'.repeat(128) };
  const tags = tagFiles(
    items.map(item => ({ ...item, ...blank })),
    {
      site: site.id,
      exportId: site.id,
      at: new Date(0),
      agent: agentOf(deps),
      world: deps.world,
      clockDoubtful: true,
      laptop: { key: '0'.repeat(16), counter: 1_000_000, previous: blank.sha256 },
    },
  );
  return [...items, ...tags, { path: bagSignature, bytes: mostSignatureBytes }];
}

/** minisign's four lines, with our longest trusted comment. */
const mostSignatureBytes = 512;

export const agentOf = ({ version }: Pick<SupplyDeps, 'version'>): string => `Coldstart ${version}`;

/** Folders of a bag that take a cluster each: the bag, data, and the folders below it. */
export const folders = 6;

/** Why the bag does not fit, `held` bytes of an earlier try already there; nothing when it does. */
export const shortness = (
  files: readonly { readonly path: string; readonly bytes: number }[],
  place: Place,
  held: number,
): string | undefined => whyShort(files, folders, { ...place, free: place.free + held });

export const spaceShort = (why: string, place: string): FieldError =>
  new FieldError({
    code: 'space-short',
    says: why,
    about: place,
    untouched: nothingWritten,
    next: 'Make room there, or use a larger stick.',
  });
