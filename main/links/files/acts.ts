import { FieldError } from '../../../preload/contract/failure.ts';
import { Secret } from '../../core/secret.ts';
import type { Sh } from '../../core/sh.ts';
import type { ExecOptions, Exit, FileStat, WriteOptions } from '../../ports.ts';
import { fileFailure } from './file-failures.ts';
import { headOf, statOf, writeFrom } from './scripts.ts';

/** What file work needs of a link. */
export interface Runs {
  /** Name used in failures. */
  readonly name: string;
  exec(command: Sh, options: ExecOptions): Promise<Exit>;
}

interface Asking {
  readonly signal: AbortSignal;
  readonly as?: 'login' | 'root';
}

const mostRead = 64 * 1024 * 1024;

/** What a path is; undefined when nothing is there. */
export async function stat(link: Runs, path: string, options: Asking): Promise<FileStat | undefined> {
  const exit = await link.exec(statOf(path), options);
  if (exit.code === 0) return fileStat(exit.stdout);
  if (/No such file or directory|Not a directory/.test(exit.stderr)) return undefined;
  throw fileFailure(link.name, path, exit);
}

/** A file's content; throws `could-not` when it is bigger than `mostBytes` (default 64 MiB). */
export async function readFile(
  link: Runs,
  path: string,
  options: Asking & { readonly mostBytes?: number },
): Promise<Uint8Array> {
  const most = options.mostBytes ?? mostRead;
  const pieces: Uint8Array[] = [];
  const exit = await link.exec(headOf(path, most + 1), {
    ...options,
    keepBytes: 64 * 1024,
    onOutput: (stream, bytes) => void (stream === 'stdout' && pieces.push(bytes)),
  });
  if (exit.code !== 0) throw fileFailure(link.name, path, exit);
  const content = Buffer.concat(pieces);
  if (content.length > most) throw tooBig(link.name, path, most);
  return content;
}

/** Writes a file whole or not at all. */
export async function writeFile(
  link: Runs,
  path: string,
  content: Uint8Array | Secret,
  options: WriteOptions,
): Promise<void> {
  const { signal, as = 'login' } = options;
  const bytes = content instanceof Secret ? Buffer.byteLength(content.reveal()) : content.length;
  const command = writeFrom(path, bytes, options.mode, options.owner ?? '');
  const exit = await link.exec(command, { signal, as, stdin: content });
  if (exit.code !== 0) throw fileFailure(link.name, path, exit);
}

const tooBig = (about: string, path: string, most: number): FieldError =>
  new FieldError({
    code: 'could-not',
    says: `${path} is bigger than the ${most} bytes that were expected of it.`,
    about,
    untouched: 'The file is as it was before.',
    next: 'Look at the file in the terminal.',
  });

function fileStat(printed: string): FileStat {
  const [kind = '', bytes, mode, uid, gid, modified] = printed.trim().split('\n');
  return {
    kind: kind.startsWith('regular') ? 'file' : kind === 'directory' ? 'folder' : 'other',
    bytes: Number(bytes),
    mode: Number.parseInt(mode ?? '0', 8),
    uid: Number(uid),
    gid: Number(gid),
    modified: Number(modified),
  };
}
