import { Encrypter } from 'age-encryption';
import { createHash } from 'node:crypto';
import { closeSync } from 'node:fs';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { chunkBytes, chunksOf, openOrdinary } from './source.ts';
import { target } from './target.ts';

export interface SealJob {
  /** A file, or content that must not lie on the disk in the clear. */
  readonly from: string | Uint8Array;
  readonly to: string;
  readonly recipients: readonly string[];
}
export interface Sealed {
  readonly bytes: number;
  readonly sha256: string;
  readonly sha512: string;
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

async function seal(job: SealJob, desk: Desk): Promise<Sealed> {
  if (job.recipients.length === 0) throw new RangeError('sealed to nobody, a file could never be opened');
  const age = new Encrypter();
  for (const recipient of job.recipients) age.addRecipient(recipient);
  const plainHash = createHash('sha256');
  const [sha256, sha512] = [createHash('sha256'), createHash('sha512')];
  let [plainBytes, bytes] = [0, 0];
  const chunks = plainChunks(job.from);
  const plain = new ReadableStream<Uint8Array>({
    pull(controller) {
      desk.goOn();
      const { value, done } = chunks.next();
      if (done === true) return controller.close();
      plainHash.update(value);
      plainBytes += value.length;
      // The buffer is read into again: the sealing side gets bytes of its own.
      controller.enqueue(Uint8Array.from(value));
    },
  });
  const to = target(job.to);
  try {
    for await (const chunk of await age.encrypt(plain)) {
      sha256.update(chunk);
      sha512.update(chunk);
      to.write(chunk);
      bytes += chunk.length;
      desk.done(plainBytes);
    }
    to.finish();
  } finally {
    to.close();
    chunks.return(undefined);
  }
  return {
    bytes,
    sha256: sha256.digest('hex'),
    sha512: sha512.digest('hex'),
    plain: { bytes: plainBytes, sha256: plainHash.digest('hex') },
  };
}

serve(seal);
