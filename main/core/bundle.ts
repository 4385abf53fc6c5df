import { createHash } from 'node:crypto';
import type { Arch, BundleFile, BundleFileState, Sha256 } from '../../preload/contract/domain.ts';
import type { BundleId } from '../../preload/contract/ids.ts';
import type { ArchiveEnd } from './archive.ts';
import type { BundleManifest } from './bundle-manifest.ts';
import {
  archOf,
  architectures,
  binaryName,
  imagesName,
  installScriptName,
  listName,
  manifestName,
  nameMeans,
  signatureName,
} from './bundle-names.ts';
import { checksumLine } from './checksums.ts';
import type { ChecksumList } from './checksums.ts';
import type { Elf } from './elf.ts';

/** One entry of the folder, and what was measured on it. What was not measured is absent. */
export interface Found {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly bytes: number;
  readonly sha256?: Sha256;
  readonly elf?: Elf;
  /** Where an archive ends by its own structure; measured when its hash is wrong or unlisted. */
  readonly end?: ArchiveEnd;
  /** How far back a zstd archive reaches, from its first frame. */
  readonly windowBytes?: number;
}

/** Everything that vouches for content: checksum lists by file name, and headquarters' manifest. */
export interface Vouching {
  readonly lists: ReadonlyMap<string, ChecksumList>;
  readonly manifest?: BundleManifest;
  /** Whether headquarters' signature over the manifest was verified. */
  readonly signed: boolean;
  /** Why a signature that is there vouches for nothing, in a sentence. */
  readonly signatureSaw?: string;
}

interface Expected {
  readonly sha256: Sha256;
  readonly by: string;
}

const cpu: Readonly<Record<Arch, string>> = { amd64: 'x86-64', arm64: '64-bit ARM', arm: '32-bit ARM' };

/** What the lists say a file's hash must be, with the list that says so. */
export function expectedOf(name: string, { lists, manifest }: Vouching): readonly Expected[] {
  const named = [...lists].map(([by, list]) => ({ by, sums: list.sums }));
  if (manifest) named.push({ by: manifestName, sums: manifest.sums });
  return named.flatMap(({ by, sums }) => {
    const sha256 = sums.get(name);
    return sha256 === undefined ? [] : [{ sha256, by }];
  });
}

/** Whether a file belongs to the bundle: everything with a known name, and extras that the manifest names. */
export const belongs = (name: string, vouching: Vouching): boolean =>
  nameMeans(name).role !== 'extra' || vouching.manifest?.sums.has(name) === true;

interface Judged {
  readonly state: BundleFileState;
  readonly saw?: string;
}

/** K3s' importer refuses archives that reach back further (2^25, wharfie `pkg/tarfile`). */
const mostWindowBytes = 32 * 1024 * 1024;

const notOrdinary: Readonly<Record<string, string>> = {
  link: 'This is a symbolic link, and links are not followed. Put the file itself here.',
  folder: 'This is a folder; a file was expected.',
  other: 'This is not an ordinary file.',
};

/** A program for another CPU, or no program at all: worth saying before any checksum is. */
function wrongProgram(found: Found, arch: Arch): Judged | undefined {
  if (!found.elf || found.bytes === 0) return undefined;
  if (found.elf.is === 'not-elf')
    return { state: 'altered', saw: 'This is no Linux program (no ELF header).' };
  if (found.elf.arch === arch) return undefined;
  return {
    state: 'wrong-architecture',
    saw: `This program is for ${found.elf.machine}; under this name it must be for ${cpu[arch]}.`,
  };
}

/** How we know that a file was cut off, if we do. */
function cutOff(found: Found): string | undefined {
  if (found.bytes === 0) return 'The file is empty.';
  if (found.elf?.is === 'elf' && found.elf.leastBytes > found.bytes)
    return `The file ends after ${found.bytes} bytes; its header speaks of at least ${found.elf.leastBytes}.`;
  if (found.end === 'short') return `The archive breaks off after ${found.bytes} bytes.`;
  return undefined;
}

function wrongHash(found: Found, wrong: Expected): Judged {
  const short = cutOff(found);
  if (short !== undefined) return { state: 'short', saw: short };
  return { state: 'altered', saw: `Its SHA-256 is ${found.sha256}, but ${wrong.by} says ${wrong.sha256}.` };
}

/** An unsigned manifest may be anyone's, so it does not vouch for the script that will run as root. */
const counts = (name: string, by: string, signed: boolean): boolean =>
  by !== manifestName || signed || nameMeans(name).role !== 'install-script';

function unlisted(found: Found): Judged {
  const means = nameMeans(found.name);
  const short = cutOff(found);
  if (means.role === 'images' || means.role === 'binary')
    return short === undefined
      ? { state: 'unlisted', saw: 'No checksum list names it, so nothing vouches for it.' }
      : { state: 'short', saw: short };
  if (means.role === 'install-script')
    return {
      state: 'unlisted',
      saw: `No list names it. Its SHA-256 is ${found.sha256}: compare it with the one you were given.`,
    };
  return { state: 'unlisted' };
}

/** What is wrong inside a list; one with a garbled line is not believed in the other lines either. */
function listProblem(name: string, { lists, manifest }: Vouching): string | undefined {
  return (name === manifestName ? manifest : lists.get(name))?.problems[0];
}

/** What a file that is there amounts to. A signed manifest must name it; any list that names it must agree. */
function judgedFile(found: Found, vouching: Vouching): Judged {
  if (found.kind !== 'file') return { state: 'missing', saw: notOrdinary[found.kind] ?? '' };
  const means = nameMeans(found.name);
  const garbled = listProblem(found.name, vouching);
  if (garbled !== undefined) return { state: 'altered', saw: garbled };
  if (means.role === 'manifest') return { state: vouching.signed ? 'matches' : 'unlisted' };
  if (means.role === 'signature')
    return vouching.signed
      ? { state: 'matches' }
      : { state: 'unlisted', ...(vouching.signatureSaw === undefined ? {} : { saw: vouching.signatureSaw }) };
  const wrong = means.role === 'binary' ? wrongProgram(found, means.arch) : undefined;
  if (wrong) return wrong;
  const expected = expectedOf(found.name, vouching);
  const differing = expected.find(each => each.sha256 !== found.sha256);
  if (differing) return wrongHash(found, differing);
  if ((found.windowBytes ?? 0) > mostWindowBytes)
    return {
      state: 'unlisted',
      saw: 'It was packed with a larger zstd window than the 32 MiB K3s can import.',
    };
  if (vouching.signed && !vouching.manifest?.sums.has(found.name))
    return { state: 'unlisted', saw: notInManifest };
  return expected.some(each => counts(found.name, each.by, vouching.signed))
    ? { state: 'matches' }
    : unlisted(found);
}

const missing = 'It is not in the folder.';
const notInManifest = "Headquarters' manifest does not name it.";

/** Architectures this folder means to serve: their binary, an archive, or their checksum list is there. */
export const begun = (names: readonly string[]): readonly Arch[] =>
  architectures.filter(arch => names.some(name => archOf(name) === arch));

function fileOf(name: string, bytes: number, judged: Judged, sha256?: Sha256): BundleFile {
  const means = nameMeans(name);
  return {
    name,
    role: means.role,
    ...('arch' in means ? { arch: means.arch } : {}),
    bytes,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...judged,
  };
}

/** What should be in the folder and is not. One archive form is enough; the others are only not carried. */
function absent(there: readonly BundleFile[], vouching: Vouching): readonly BundleFile[] {
  const names = new Set(there.map(file => file.name));
  const arches = begun([...names]);
  const hasImages = (arch: Arch): boolean =>
    there.some(file => file.role === 'images' && file.arch === arch && file.state !== 'unlisted');
  const listed = [
    ...[...vouching.lists.values()].flatMap(list => [...list.sums.keys()]),
    ...(vouching.manifest?.sums.keys() ?? []),
  ];
  const wanted = new Set([
    ...listed,
    ...arches.map(arch => binaryName[arch]),
    ...arches.filter(arch => !hasImages(arch)).map(arch => imagesName(arch, 'tar.zst')),
    ...arches.filter(arch => needsList(arch, there)).map(listName),
    installScriptName,
    ...(names.has(signatureName) ? [manifestName] : []),
  ]);
  const stateOf = (name: string): Judged => {
    const means = nameMeans(name);
    const arch = archOf(name);
    const notMeant = arch !== undefined && !arches.includes(arch);
    const otherForm = means.role === 'images' && hasImages(means.arch);
    // A newer release may list assets we do not know; only headquarters' manifest makes those a part of the bundle.
    const stranger = means.role === 'extra' && !vouching.manifest?.sums.has(name);
    return notMeant || otherForm || stranger ? { state: 'not-carried' } : { state: 'missing', saw: missing };
  };
  return [...wanted].filter(name => !names.has(name)).map(name => fileOf(name, 0, stateOf(name)));
}

/** Without a list nothing can be checked; a manifest that names the binary and an archive does as well. */
const needsList = (arch: Arch, there: readonly BundleFile[]): boolean =>
  there.some(file => file.arch === arch && file.state === 'unlisted' && file.role === 'binary') ||
  (there.some(file => file.arch === arch && file.role === 'images' && file.state === 'unlisted') &&
    !there.some(file => file.arch === arch && file.role === 'images' && file.state === 'matches'));

/** Every file of the bundle with its verdict: those in the folder first, by name, then those that are not there. */
export function judge(found: readonly Found[], vouching: Vouching): readonly BundleFile[] {
  const mine = found.filter(each => belongs(each.name, vouching));
  const there = mine.map(each => fileOf(each.name, each.bytes, judgedFile(each, vouching), each.sha256));
  const extras = found
    .filter(each => !belongs(each.name, vouching))
    .map(each =>
      fileOf(each.name, each.bytes, { state: 'unlisted', saw: 'Not part of the bundle; left where it is.' }),
    );
  return [...there, ...absent(there, vouching), ...extras];
}

const bad: readonly BundleFileState[] = ['missing', 'short', 'altered', 'wrong-architecture'];
/** Files that keep a bundle from being complete. */
export const badFiles = (files: readonly BundleFile[]): readonly BundleFile[] =>
  files.filter(file => bad.includes(file.state));

/** Architectures that can be served: the binary and one image archive are there and vouched for. */
export const ready = (files: readonly BundleFile[]): readonly Arch[] =>
  architectures.filter(arch =>
    (['binary', 'images'] as const).every(role =>
      files.some(file => file.role === role && file.arch === arch && file.state === 'matches'),
    ),
  );

/** What keeps the bundle from being complete, a sentence for each file. Empty for a complete one. */
export function shortcomings(files: readonly BundleFile[]): readonly string[] {
  const there = files.filter(file => !['missing', 'not-carried'].includes(file.state));
  const arches = begun(there.map(file => file.name));
  if (arches.length === 0) return ['There is no K3s binary and no image archive in this folder.'];
  const unserved = arches.filter(arch => !ready(files).includes(arch));
  const unvouched = files.filter(
    file =>
      file.state === 'unlisted' &&
      file.arch !== undefined &&
      unserved.includes(file.arch) &&
      (file.role === 'binary' || file.role === 'images'),
  );
  const unnamed = files.filter(file => file.role === 'install-script' && file.saw === notInManifest);
  const named = [...badFiles(files), ...unvouched, ...unnamed];
  const silent = unserved.filter(arch => !named.some(file => file.arch === arch));
  return [
    ...named.map(file => `${file.name}: ${sentence(file)}`),
    ...silent.map(arch => `There is no complete set of files for ${arch}.`),
  ];
}

const inWords: Readonly<Record<string, string>> = {
  missing: 'missing',
  short: 'cut short',
  altered: 'altered',
  'wrong-architecture': 'for another architecture',
  unlisted: 'not vouched for',
};
const sentence = (file: BundleFile): string =>
  `${inWords[file.state] ?? file.state}.${file.saw === undefined || file.saw === missing ? '' : ` ${file.saw}`}`;

/** Files the vault keeps: all of the bundle that is there, but no archive or program nothing vouches for. */
export const carried = (files: readonly BundleFile[]): readonly BundleFile[] =>
  files.filter(
    file =>
      file.state === 'matches' ||
      (file.state === 'unlisted' &&
        !['extra', 'images', 'binary'].includes(file.role) &&
        file.sha256 !== undefined),
  );

/** SHA-256 over the sorted list of the carried files, as `sha256sum` would write it: the same files, the same bundle. */
export function bundleIdOf(files: readonly BundleFile[]): BundleId {
  const lines = carried(files)
    .map(file => `${checksumLine(file.sha256 ?? '', file.name)}\n`)
    .sort();
  return createHash('sha256').update(lines.join('')).digest('hex') as BundleId;
}
