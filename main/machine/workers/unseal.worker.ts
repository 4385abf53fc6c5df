import { Decrypter } from 'age-encryption';
import { createHash } from 'node:crypto';
import { closeSync } from 'node:fs';
import { FieldError } from '../../../preload/contract/failure.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { chunkBytes, chunksOf, openOrdinary } from './source.ts';
import { target } from './target.ts';

export interface UnsealJob {
  /** One sealed file, or its parts in order; they are read as one, without a copy. */
  readonly from: string | readonly string[];
  readonly to: string;
  readonly identity: string;
}
export interface Unsealed {
  readonly bytes: number;
  readonly sha256: string;
}

const buffer = Buffer.allocUnsafeSlow(chunkBytes);

/** What the age library says, in a technician's words. Damage is found where it sits, so nothing opened is kept. */
function ageTrouble(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof Error) || thrown instanceof FieldError) return thrown;
  const isOtherKey = /no identity matched/i.test(thrown.message);
  return new FieldError(
    {
      code: isOtherKey ? 'check-failed' : 'damaged',
      says: isOtherKey
        ? 'This file was not sealed to that key.'
        : 'This sealed file is damaged: it does not open to what was sealed.',
      about: path,
      untouched: 'Nothing of it was kept; the sealed file is as it was.',
      next: isOtherKey ? 'Use the key of a recipient of this export.' : 'Use another copy of this file.',
    },
    { cause: thrown },
  );
}

/** Takes a bare identity and the text of a key file as `age-keygen` writes it, with its comment lines. */
function decrypter(text: string): Decrypter {
  const age = new Decrypter();
  const lines = text.split(/\r?\n/).map(line => line.trim());
  const identities = lines.filter(line => line !== '' && !line.startsWith('#'));
  try {
    if (identities.length === 0) throw new Error('no identity');
    for (const identity of identities) age.addIdentity(identity);
  } catch {
    // The reason would repeat a part of the key, so it is left out.
    throw new FieldError({
      code: 'bad-ask',
      says: 'That is not an age identity: it starts with AGE-SECRET-KEY-1.',
      untouched: 'Nothing was opened.',
      next: 'Use the key file that belongs to a recipient of this export.',
    });
  }
  return age;
}

function* sealedChunks(paths: readonly string[]): Generator<Buffer> {
  for (const path of paths) {
    const { fd } = openOrdinary(path);
    try {
      yield* chunksOf(fd, path, buffer);
    } finally {
      closeSync(fd);
    }
  }
}

async function unseal(job: UnsealJob, desk: Desk): Promise<Unsealed> {
  const paths = typeof job.from === 'string' ? [job.from] : job.from;
  const chunks = sealedChunks(paths);
  const sealed = new ReadableStream<Uint8Array>({
    pull(controller) {
      desk.goOn();
      const { value, done } = chunks.next();
      if (done === true) controller.close();
      else controller.enqueue(Uint8Array.from(value));
    },
  });
  const sha256 = createHash('sha256');
  let bytes = 0;
  const to = target(job.to);
  try {
    for await (const chunk of await decrypter(job.identity).decrypt(sealed)) {
      sha256.update(chunk);
      to.write(chunk);
      desk.done((bytes += chunk.length));
    }
    to.finish();
    return { bytes, sha256: sha256.digest('hex') };
  } catch (thrown) {
    desk.goOn();
    throw ageTrouble(thrown, paths[0] ?? '');
  } finally {
    to.close();
    chunks.return(undefined);
  }
}

serve(unseal);
