import assert from 'node:assert/strict';
import { Decrypter } from 'age-encryption';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { sealedBytes } from '../../main/core/age-recipient.ts';
import { hasNativeCipher, sealedWithAge } from '../../main/machine/workers/age-stream.ts';
import { ageKey } from '../support/age-key.ts';

const chunk = 64 * 1024;

/** Hands a buffer out again and again, cut at odd places, as reading a file does. */
function* pieces(plain: Uint8Array, cut: number): Generator<Uint8Array> {
  const buffer = Buffer.alloc(cut);
  for (let at = 0; at < plain.length; at += cut) {
    const got = plain.subarray(at, at + cut);
    buffer.set(got);
    yield buffer.subarray(0, got.length);
  }
}

test('sealed by the cipher of Node or by the age library, a file opens with every key it was sealed to', async () => {
  assert.ok(hasNativeCipher);
  const keys = await Promise.all([ageKey(), ageKey()]);
  const recipients = keys.map(key => key.recipient);
  for (const native of [true, false])
    for (const size of [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, 700_001])
      for (const cut of [1000, chunk, 300_000]) {
        const plain = randomBytes(size);
        const sealed = Buffer.concat(
          await Array.fromAsync(sealedWithAge(pieces(plain, cut), recipients, native)),
        );
        assert.equal(sealed.length, sealedBytes(size, 2));
        for (const { identity } of keys) {
          const age = new Decrypter();
          age.addIdentity(identity.reveal());
          assert.ok(plain.equals(await age.decrypt(sealed)), `${size} in pieces of ${cut}`);
        }
      }
});

test('two seals of the same file have nothing in common', async () => {
  const { recipient } = await ageKey();
  const once = async (): Promise<Buffer> =>
    Buffer.concat(await Array.fromAsync(sealedWithAge([Buffer.alloc(chunk)], [recipient])));
  const [first, second] = [await once(), await once()];
  assert.notDeepEqual(first.subarray(-chunk), second.subarray(-chunk));
});
