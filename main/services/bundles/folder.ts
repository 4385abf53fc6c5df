import { basename, join } from 'node:path';
import type { Sha256 } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { bundleManifest } from '../../core/bundle-manifest.ts';
import type { BundleManifest } from '../../core/bundle-manifest.ts';
import { begun, belongs } from '../../core/bundle.ts';
import type { Found, Vouching } from '../../core/bundle.ts';
import { manifestName, nameMeans, signatureName } from '../../core/bundle-names.ts';
import { checksumList, mostListBytes } from '../../core/checksums.ts';
import type { ChecksumList } from '../../core/checksums.ts';
import type { Files } from '../../ports.ts';
import type { TrustedKey } from './keys.ts';
import { signatureOf } from './origin.ts';
import type { Signed } from './origin.ts';

/** A folder that is looked at: its entries, what vouches for them, and who signed. Nothing is hashed yet. */
export interface Folder {
  readonly path: string;
  readonly name: string;
  readonly entries: readonly Found[];
  readonly vouching: Vouching;
  readonly signed: Signed;
  /** Where files lie that headquarters left out because the vault has them: their paths by name. */
  readonly fromVault: ReadonlyMap<string, string>;
}

/** What the vault holds of some content. */
export type Held = (sha256: Sha256) => Promise<{ readonly path: string; readonly bytes: number } | undefined>;

/** Where a file of the folder is read from. */
export const pathIn = ({ path, fromVault }: Folder, name: string): string =>
  fromVault.get(name) ?? join(path, name);

/** Strangers beyond this many are not shown: somebody chose a download folder. */
const mostExtras = 50;

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

async function entriesOf(files: Files, path: string): Promise<readonly Found[]> {
  const stat = await files.stat(path);
  if (stat?.kind === 'file')
    throw new FieldError({
      code: 'bad-ask',
      says: 'This is a file. A bundle is a folder with the K3s release assets in it.',
      about: path,
      untouched: 'Nothing was changed.',
      next: 'Choose the folder the file lies in; an archive has to be unpacked first.',
    });
  return (await files.list(path)).map(({ name, stat: { kind, bytes } }) => ({ name, kind, bytes }));
}

const isNothing = (path: string, names: readonly string[]): FieldError =>
  new FieldError({
    code: 'bundle-incomplete',
    says: names.length === 0 ? 'This folder is empty.' : 'There are no K3s release assets in this folder.',
    about: path,
    untouched: 'Nothing was imported.',
    next: 'Choose the folder that holds k3s or k3s-arm64, the image archives and the sha256sum lists.',
  });

/**
 * Looks at a folder. Throws `bundle-incomplete` when nothing in it is K3s', `bad-signature` when the signature of a key
 * we know does not hold, and what the disk answers.
 */
export async function lookAt(
  files: Files,
  path: string,
  keys: readonly TrustedKey[],
  held: Held,
): Promise<Folder> {
  const entries = await entriesOf(files, path);
  const names = entries.map(entry => entry.name);
  if (begun(names).length === 0 && !names.includes(manifestName)) throw isNothing(path, names);
  const ordinary = new Set(entries.filter(entry => entry.kind === 'file').map(entry => entry.name));
  const read = async (name: string): Promise<Uint8Array | undefined> =>
    ordinary.has(name) ? files.read(join(path, name), mostListBytes) : undefined;

  const lists = new Map<string, ChecksumList>();
  for (const name of ordinary)
    if (nameMeans(name).role === 'checksums')
      lists.set(name, checksumList(textOf((await read(name)) ?? new Uint8Array())));
  const [manifestBytes, signature] = [await read(manifestName), await read(signatureName)];
  const manifest: BundleManifest | undefined = manifestBytes && bundleManifest(textOf(manifestBytes));
  const signed = await signatureOf(path, manifestBytes, signature && textOf(signature), keys);
  const vouching: Vouching = {
    lists,
    ...(manifest ? { manifest } : {}),
    signed: signed.is === 'signed',
    ...(signed.is === 'unknown' ? { signatureSaw: signed.why } : {}),
  };
  const left = signed.is === 'signed' && manifest ? await leftOut(manifest, names, held) : [];
  const mine = [...entries.filter(entry => belongs(entry.name, vouching)), ...left];
  const extras = entries.filter(entry => !belongs(entry.name, vouching)).slice(0, mostExtras);
  const fromVault = new Map(left.map(each => [each.name, each.path]));
  return {
    path,
    name: basename(path),
    entries: [...mine, ...extras].map(({ name, kind, bytes }) => ({ name, kind, bytes })),
    vouching,
    signed,
    fromVault,
  };
}

/** What a signed manifest lists, the folder lacks, and the vault has: headquarters sends only what is new. */
async function leftOut(
  manifest: BundleManifest,
  names: readonly string[],
  held: Held,
): Promise<readonly (Pick<Found, 'name' | 'kind' | 'bytes'> & { readonly path: string })[]> {
  const found = [...manifest.sums]
    .filter(([name]) => !names.includes(name))
    .map(async ([name, sha256]) => {
      const there = await held(sha256);
      return there ? [{ name, kind: 'file' as const, ...there }] : [];
    });
  return (await Promise.all(found)).flat();
}
