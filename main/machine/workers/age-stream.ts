import { Encrypter } from 'age-encryption';
import { createCipheriv, getCiphers, hkdfSync } from 'node:crypto';

/** https://age-encryption.org/v1, "Payload": chunks of 64 KiB, each with a tag of 16 bytes. */
const chunkBytes = 64 * 1024;
const nonceBytes = 16;
const tagBytes = 16;

/** Electron's own cipher library has no ChaCha20-Poly1305 by name; there the age library makes the payload too. */
export const hasNativeCipher: boolean = getCiphers().includes('chacha20-poly1305');

/** The age library makes the file's key and the header; whoever is asked last for a stanza gives none and learns the key. */
async function header(
  recipients: readonly string[],
): Promise<{ readonly head: Uint8Array; readonly key: Buffer }> {
  const age = new Encrypter();
  for (const recipient of recipients) age.addRecipient(recipient);
  let fileKey: Uint8Array | undefined;
  age.addRecipient({
    wrapFileKey: key => {
      fileKey = Uint8Array.from(key);
      return [];
    },
  });
  const empty = await age.encrypt(new Uint8Array(0));
  if (!fileKey) throw new Error('the age library wrapped no key');
  const head = empty.subarray(0, empty.length - tagBytes);
  const nonce = head.subarray(head.length - nonceBytes);
  return { head, key: Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32)) };
}

/** One chunk with its tag. The nonce is an eleven-byte counter and whether the chunk is the last. */
function sealedChunk(key: Buffer, nth: number, plain: Uint8Array, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(nth, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: tagBytes });
  const body = cipher.update(plain);
  return Buffer.concat([body, cipher.final(), cipher.getAuthTag()]);
}

/** The pieces of any size as chunks of 64 KiB; the last one may be shorter, and is empty only when there is nothing. */
function* inChunks(
  pieces: Iterable<Uint8Array>,
): Generator<{ readonly plain: Uint8Array; readonly isLast: boolean }> {
  const held = Buffer.allocUnsafeSlow(chunkBytes);
  let used = 0;
  for (const piece of pieces)
    for (let at = 0; at < piece.length;) {
      if (used === chunkBytes) {
        yield { plain: held, isLast: false };
        used = 0;
      }
      const some = piece.subarray(at, at + chunkBytes - used);
      held.set(some, used);
      used += some.length;
      at += some.length;
    }
  yield { plain: held.subarray(0, used), isLast: true };
}

async function* nativelySealed(
  pieces: Iterable<Uint8Array>,
  recipients: readonly string[],
): AsyncGenerator<Uint8Array> {
  const { head, key } = await header(recipients);
  yield head;
  let nth = 0;
  for (const { plain, isLast } of inChunks(pieces)) yield sealedChunk(key, nth++, plain, isLast);
}

async function* sealedByLibrary(
  pieces: Iterable<Uint8Array>,
  recipients: readonly string[],
): AsyncGenerator<Uint8Array> {
  const age = new Encrypter();
  for (const recipient of recipients) age.addRecipient(recipient);
  const all = pieces[Symbol.iterator]();
  const plain = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { value, done } = all.next();
      if (done === true) return controller.close();
      // The buffer is read into again: the sealing side gets bytes of its own.
      controller.enqueue(Uint8Array.from(value));
    },
  });
  yield* await age.encrypt(plain);
}

/** Pieces of a file sealed with age to all recipients. A piece given in may be overwritten once the next is asked for. */
export const sealedWithAge = (
  pieces: Iterable<Uint8Array>,
  recipients: readonly string[],
  native: boolean = hasNativeCipher,
): AsyncGenerator<Uint8Array> => (native ? nativelySealed : sealedByLibrary)(pieces, recipients);
