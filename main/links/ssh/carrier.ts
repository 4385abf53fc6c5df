import { cancelled } from '../../../preload/contract/failure.ts';
import type { Sh } from '../../core/sh.ts';
import type { Clock, ExecOptions, Exit } from '../../ports.ts';
import { fileFailure } from '../files/file-failures.ts';
import type { SftpSession } from './sftp.ts';

/** What a transfer needs of a link. */
export interface Carrier {
  readonly name: string;
  readonly clock: Clock;
  /** How much of a stream is handed over at once, where that is not `chunkBytes`; progress is told in such steps. */
  readonly pieceBytes?: number;
  exec(command: Sh, options: ExecOptions): Promise<Exit>;
  /** True when the way to the node and back takes long. */
  isLongPath(): boolean;
  /**
   * An SFTP session, where that is the better way to send: on a long path, for an account's own files. Undefined where a plain
   * stream through the shell is faster, where root is needed, and where the server has no SFTP.
   */
  sftp(as: 'login' | 'root', signal: AbortSignal): Promise<SftpSession | undefined>;
  /** One session more, if that keeps nobody else waiting. */
  spareSftp(signal: AbortSignal): Promise<SftpSession | undefined>;
}

/** Runs a file command; a status other than 0 is thrown as what it means. */
export async function checked(
  carrier: Carrier,
  path: string,
  command: Sh,
  options: ExecOptions,
): Promise<Exit> {
  const exit = await carrier.exec(command, options);
  if (exit.code !== 0) throw fileFailure(carrier.name, path, exit);
  return exit;
}

/** The result, unless stopped before it came. */
export async function stoppable<T>(waiting: Promise<T>, signal: AbortSignal, what: string): Promise<T> {
  const stopped = Promise.withResolvers<never>();
  const stop = (): void => stopped.reject(cancelled(what));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([waiting, stopped.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
