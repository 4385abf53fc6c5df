import { asPath } from '../files/scripts.ts';
import type { SftpSession } from './sftp.ts';

/** Bytes of one request. Also the grain in which a broken upload is looked at. */
export const chunkBytes = 128 * 1024;
/** Requests under way in one session: together a little less than the 2 MiB an OpenSSH channel takes unread. */
const perLane = 14;
/** With more lanes a cut would cost more than 4 MiB again. */
const mostLanes = 2;
/** What an upload can have under way at most, so that only so much of a partial file can have holes. */
export const mostUnderWay = mostLanes * perLane * chunkBytes;
/** Smaller files are through before another session is open. */
const worthMore = 8 * 1024 * 1024;

interface Lane {
  readonly session: SftpSession;
  readonly handle: Buffer;
}

/**
 * A file being written in one or two SFTP sessions. A session has 2 MiB under way at most, which on a long path is less
 * than the cable could carry.
 */
export class Lanes {
  readonly #lanes: Lane[] = [];
  #turn = 0;

  /** Takes over the first session and opens further ones as long as the server gives them. */
  async open(
    first: SftpSession,
    more: () => Promise<SftpSession | undefined>,
    path: string,
    bytes: number,
  ): Promise<void> {
    let session: SftpSession | undefined = first;
    while (session) {
      this.#lanes.push({ session, handle: await openOrEnd(session, path) });
      session = bytes >= worthMore && this.#lanes.length < mostLanes ? await more() : undefined;
    }
  }

  /** How many requests should be under way. */
  get room(): number {
    return this.#lanes.length * perLane;
  }

  write(bytes: Buffer, at: number, length: number, offset: number): Promise<void> {
    const { session, handle } = this.#next();
    return session.write(handle, bytes, at, length, offset);
  }

  /** Closes the file everywhere; throws when the server could not keep what was written. */
  async closeFile(): Promise<void> {
    await Promise.all(this.#lanes.map(({ session, handle }) => session.closeHandle(handle)));
  }

  async end(): Promise<void> {
    await Promise.all(this.#lanes.map(({ session }) => session.end()));
  }

  #next(): Lane {
    const lane = this.#lanes[this.#turn++ % this.#lanes.length];
    if (!lane) throw new RangeError('no lane is open');
    return lane;
  }
}

async function openOrEnd(session: SftpSession, path: string): Promise<Buffer> {
  try {
    return await session.open(asPath(path));
  } catch (thrown) {
    await session.end();
    throw thrown;
  }
}
