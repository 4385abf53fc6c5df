import { createHash } from 'node:crypto';
import { closeSync, rmSync, statSync } from 'node:fs';
import { sealedBytes } from '../../core/age-recipient.ts';
import { partPath } from '../../core/bag-parts.ts';
import { sealedWithAge } from './age-stream.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { chunkBytes, chunksOf, openOrdinary, wordedSync } from './source.ts';
import { target } from './target.ts';
import type { Target } from './target.ts';

export interface SealJob {
  /** A file, or content that must not lie on the disk in the clear. */
  readonly from: string | Uint8Array;
  readonly to: string;
  readonly recipients: readonly string[];
  /** A sealed file larger than this is cut while it is written. */
  readonly mostPartBytes?: number | undefined;
}
export interface SealedPart {
  readonly bytes: number;
  readonly sha256: string;
  readonly sha512: string;
}
/** `bytes` and the hashes are of all of it, its parts put together. */
export interface Sealed extends SealedPart {
  /** `<to>.part-001` and so on, in place of `to`; only when it was cut. */
  readonly parts?: readonly SealedPart[];
  /** What went in, hashed as it was sealed. */
  readonly plain: { readonly bytes: number; readonly sha256: string };
}

const buffer = Buffer.allocUnsafeSlow(chunkBytes);

function* plainChunks(from: SealJob['from']): Generator<Uint8Array> {
  if (typeof from !== 'string') {
    yield from;
    return;
  }
  const { fd } = openOrdinary(from);
  try {
    yield* chunksOf(fd, from, buffer);
  } finally {
    closeSync(fd);
  }
}

/** Bytes as they pass by, counted and hashed. */
function counted(): { take(bytes: Uint8Array): void; readonly bytes: number; given(): SealedPart } {
  const [sha256, sha512] = [createHash('sha256'), createHash('sha512')];
  let bytes = 0;
  return {
    take(chunk) {
      sha256.update(chunk);
      sha512.update(chunk);
      bytes += chunk.length;
    },
    get bytes() {
      return bytes;
    },
    given: () => ({ bytes, sha256: sha256.digest('hex'), sha512: sha512.digest('hex') }),
  };
}

interface Cut extends Target {
  result(): Omit<Sealed, 'plain'>;
}

/** One file, or parts of at most so many bytes. What was finished is taken back when the rest does not follow. */
function cut(path: string, most: number): Cut {
  const parts: SealedPart[] = [];
  let [out, part] = [target(path), counted()];
  const whole = counted();
  let state: 'open' | 'finished' = 'open';
  const endPart = (): void => {
    out.finish(partPath(path, parts.length + 1));
    out.close();
    parts.push(part.given());
  };
  return {
    write(bytes) {
      for (let at = 0; at < bytes.length;) {
        if (part.bytes === most) {
          endPart();
          [out, part] = [target(path), counted()];
        }
        const some = bytes.subarray(at, at + most - part.bytes);
        out.write(some);
        part.take(some);
        if (most < Number.POSITIVE_INFINITY) whole.take(some);
        at += some.length;
      }
    },
    finish() {
      if (parts.length === 0) out.finish();
      else endPart();
      state = 'finished';
    },
    close() {
      if (state === 'open' || parts.length === 0) out.close();
      if (state === 'open') parts.forEach((_, i) => rmSync(partPath(path, i + 1), { force: true }));
    },
    result: () => (parts.length === 0 ? part.given() : { ...whole.given(), parts }),
  };
}

/** No limit for what stays below it anyway: a file in one piece is then hashed once, not twice. */
function mostPartBytes({
  from,
  recipients,
  mostPartBytes: most = Number.POSITIVE_INFINITY,
}: SealJob): number {
  const plainBytes =
    typeof from === 'string' ? wordedSync(from, 'read', () => statSync(from).size) : from.length;
  return sealedBytes(plainBytes, recipients.length) > most ? most : Number.POSITIVE_INFINITY;
}

async function seal(job: SealJob, desk: Desk): Promise<Sealed> {
  if (job.recipients.length === 0) throw new RangeError('sealed to nobody, a file could never be opened');
  const plainHash = createHash('sha256');
  let plainBytes = 0;
  const chunks = plainChunks(job.from);
  const read = function* (): Generator<Uint8Array> {
    for (const chunk of chunks) {
      desk.goOn();
      plainHash.update(chunk);
      plainBytes += chunk.length;
      yield chunk;
    }
  };
  const to = cut(job.to, mostPartBytes(job));
  try {
    for await (const chunk of sealedWithAge(read(), job.recipients)) {
      to.write(chunk);
      desk.done(plainBytes);
    }
    to.finish();
  } finally {
    to.close();
    chunks.return(undefined);
  }
  return { ...to.result(), plain: { bytes: plainBytes, sha256: plainHash.digest('hex') } };
}

serve(seal);
