import type { SFTPWrapper } from 'ssh2';
import { cancelled, FieldError } from '../../../preload/contract/failure.ts';
import type { Wire } from './wire.ts';

const openMs = 10_000;

/**
 * An SFTP session; undefined when the server has none, or when a start file prints into it. Whoever opened it ends it.
 */
export async function openSftp(
  wire: Wire,
  signal: AbortSignal,
  how: 'wait' | 'if-free' = 'wait',
): Promise<SftpSession | undefined> {
  const patience = AbortSignal.timeout(openMs);
  try {
    const sftp = await wire.sftp(AbortSignal.any([signal, patience]), how);
    return sftp && new SftpSession(wire, sftp);
  } catch (thrown) {
    if (signal.aborted) throw cancelled('The transfer');
    if (wire.isGone) throw wire.lost();
    if (thrown instanceof FieldError && thrown.failure.code !== 'cancelled') throw thrown;
    return undefined;
  }
}

/** An answer of the SFTP server: its codes are numbers, those of the laptop's own disk are letters. */
export const isSftpFailure = (thrown: unknown): thrown is Error =>
  thrown instanceof Error &&
  !(thrown instanceof FieldError) &&
  typeof (thrown as { code?: unknown }).code === 'number';

type Call<T> = (give: (error: Error | undefined | null, value: T) => void) => void;

/** Calls made after the session closed never call back in ssh2, so all of them are settled here. */
export class SftpSession {
  readonly #wire: Wire;
  readonly #sftp: SFTPWrapper;
  readonly #pending = new Set<(reason: Error) => void>();
  readonly #closed: Promise<void>;
  #isClosed = false;

  constructor(wire: Wire, sftp: SFTPWrapper) {
    this.#wire = wire;
    this.#sftp = sftp;
    sftp.on('error', () => undefined);
    this.#closed = new Promise(resolve => {
      sftp.on('close', () => {
        this.#isClosed = true;
        const lost = wire.lost();
        for (const reject of this.#pending) reject(lost);
        this.#pending.clear();
        resolve();
      });
    });
  }

  /** A file that is there already, for writing. */
  open(path: string): Promise<Buffer> {
    return this.#call(give => this.#sftp.open(path, 'r+', give));
  }

  write(handle: Buffer, from: Buffer, at: number, length: number, offset: number): Promise<void> {
    return this.#call(give =>
      this.#sftp.write(handle, from, at, length, offset, error => give(error, undefined)),
    );
  }

  closeHandle(handle: Buffer): Promise<void> {
    return this.#call(give => this.#sftp.close(handle, error => give(error, undefined)));
  }

  /** Ends the session and waits until its channel is free for others. */
  async end(): Promise<void> {
    if (this.#isClosed) return;
    this.#sftp.end();
    await Promise.race([this.#closed, this.#wire.gone]);
  }

  #call<T>(ask: Call<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(this.#wire.lost());
      this.#pending.add(reject);
      ask((error, value) => {
        this.#pending.delete(reject);
        if (error) reject(this.#wire.isGone ? this.#wire.lost() : error);
        else resolve(value);
      });
    });
  }
}
