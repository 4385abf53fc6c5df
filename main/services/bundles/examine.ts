import type { Sha256 } from '../../../preload/contract/domain.ts';
import { archiveEnd, zstdHeadBytes, zstdWindow } from '../../core/archive.ts';
import { expectedOf } from '../../core/bundle.ts';
import type { Found, Vouching } from '../../core/bundle.ts';
import { nameMeans } from '../../core/bundle-names.ts';
import { elf, elfHeadBytes } from '../../core/elf.ts';
import type { Elf } from '../../core/elf.ts';
import { inside } from '../../core/k3s-version.ts';
import type { Inside } from '../../core/k3s-version.ts';
import type { CallContext } from '../../bridge/handlers.ts';
import type { Clock, Files, LocalFile } from '../../ports.ts';
import { pathIn } from './folder.ts';
import type { Folder } from './folder.ts';
import { meter } from './meter.ts';

/** What was read inside a binary. */
export type Program = Inside & { readonly elf: Elf };

async function opened<T>(files: Files, path: string, look: (file: LocalFile) => Promise<T>): Promise<T> {
  const file = await files.open(path, 'read');
  try {
    return await look(file);
  } finally {
    await file.close();
  }
}

/** Reads every binary of the folder: for which CPU, which K3s version, whether it is a stand-in of the practice station. */
export async function programsIn(
  { files, clock }: { readonly files: Files; readonly clock: Clock },
  folder: Folder,
  { signal, progress }: CallContext,
): Promise<ReadonlyMap<string, Program>> {
  const binaries = folder.entries.filter(
    ({ name, kind }) => kind === 'file' && nameMeans(name).role === 'binary',
  );
  const total = binaries.reduce((sum, { bytes }) => sum + bytes, 0);
  const report = meter(clock, total, 'Reading the version and architecture of the binaries', progress);
  const programs = new Map<string, Program>();
  for (const { name } of binaries) {
    const done = report.job();
    const program = await opened(files, pathIn(folder, name), async file => ({
      elf: elf(await file.read(0, elfHeadBytes)),
      ...(await inside(file.read, file.bytes, at => {
        signal.throwIfAborted();
        done(at);
      })),
    }));
    programs.set(name, program);
  }
  return programs;
}

export interface Content {
  readonly sha256: Sha256;
  readonly bytes: number;
}

/**
 * What an archive tells of itself. One that nobody vouches for, or whose hash is wrong, is followed to its end, to tell
 * one cut short from one altered.
 */
async function archiveTells(
  files: Files,
  folder: Folder,
  entry: Found,
  isSure: boolean,
  signal: AbortSignal,
): Promise<Pick<Found, 'end' | 'windowBytes'>> {
  const means = nameMeans(entry.name);
  if (means.role !== 'images' || entry.kind !== 'file') return {};
  if (isSure && means.form !== 'tar.zst') return {};
  return opened(files, pathIn(folder, entry.name), async file => {
    const window = means.form === 'tar.zst' ? zstdWindow(await file.read(0, zstdHeadBytes)) : undefined;
    const read = (offset: number, length: number): Promise<Uint8Array> => {
      signal.throwIfAborted();
      return file.read(offset, length);
    };
    return {
      ...(window === undefined ? {} : { windowBytes: window }),
      ...(isSure ? {} : { end: await archiveEnd(means.form, read, file.bytes) }),
    };
  });
}

const agrees = (name: string, sha256: Sha256, vouching: Vouching): boolean => {
  const expected = expectedOf(name, vouching);
  return expected.length > 0 && expected.every(each => each.sha256 === sha256);
};

/** Joins what was hashed with what was read inside: the measured folder, ready to be judged. */
export async function measured(
  files: Files,
  folder: Folder,
  contents: ReadonlyMap<string, Content>,
  programs: ReadonlyMap<string, Program>,
  signal: AbortSignal,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const entry of folder.entries) {
    const content = contents.get(entry.name);
    const program = programs.get(entry.name);
    const isSure = !content || agrees(entry.name, content.sha256, folder.vouching);
    found.push({
      ...entry,
      ...content,
      ...(program ? { elf: program.elf } : {}),
      ...(await archiveTells(files, folder, entry, isSure, signal)),
    });
  }
  return found;
}
