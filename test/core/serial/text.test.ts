import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judged } from '../../../main/core/serial/text.ts';
import { bauds } from '../../../preload/contract/serial.ts';
import { dice } from '../../links/serial/baud/line-model.ts';
import { samples } from '../../links/serial/baud/texts.ts';
import { Receiver, Waveform } from '../../links/serial/baud/waveform.ts';
import type { OnError } from '../../links/serial/baud/waveform.ts';

/** What a receiver at `at` makes of a text sent at `sent`; `gap`: pauses between letters, in microseconds at most. */
function received(
  text: string,
  sent: number,
  at: number,
  {
    onError = 'zero',
    gap = 0,
    noise = 0,
    parity = 'none' as const,
    seed = 1,
  }: {
    onError?: OnError;
    gap?: number;
    noise?: number;
    parity?: 'none' | 'even' | 'odd';
    seed?: number;
  } = {},
): Uint8Array {
  const chance = dice(seed);
  const wave = new Waveform();
  for (const byte of Buffer.from(text))
    wave.send(Uint8Array.of(byte), sent, Math.max(100, wave.free) + chance() * gap, parity);
  const receiver = new Receiver(wave, at, onError, () => noise > 0 && chance() < noise);
  return Uint8Array.from(receiver.take(wave.free + 1e6).bytes);
}

const onErrors = ['zero', 'raw', 'drop'] as const;

for (const [name, text] of Object.entries(samples))
  test(`${name}: text at its own speed and at none of the other eight, however errors are given`, () => {
    for (const sent of bauds)
      for (const at of bauds)
        for (const onError of onErrors)
          for (const gap of [0, 40_000_000 / sent]) {
            const bytes = received(text, sent, at, { onError, gap, seed: sent + at });
            for (const as of ['talking', 'answer'] as const) {
              if (as === 'talking' && text.length < 30) continue;
              const { is } = judged(bytes, as);
              assert.equal(
                is === 'text',
                sent === at,
                `${sent} read at ${at}, ${onError}, gap ${gap}, ${as}: ${is}`,
              );
            }
          }
  });

test('a few flipped bits do not hide the text, and do not make text of garbage', () => {
  for (const sent of bauds)
    for (const at of bauds) {
      const bytes = received(samples['boot'] ?? '', sent, at, { noise: 0.001, seed: sent * 7 + at });
      assert.equal(judged(bytes).is === 'text', sent === at, `${sent} read at ${at}`);
    }
});

test('short phrases that decide what may be sent are known at once', () => {
  for (const phrase of ['Login incorrect\r\n', 'grub> ', '=> ', '(initramfs) ', 'Fix<y>? (y/n) ', '/ # '])
    assert.equal(judged(Buffer.from(phrase)).is, 'text', phrase);
});

test('the prompt of a small shell is enough for an answer', () => {
  for (const answer of ['\r\n/ # ', '\r\n$ ', '\r\n# ', '\r\n=> ', '\r\nPassword: '])
    assert.equal(judged(Buffer.from(answer), 'answer').is, 'text', JSON.stringify(answer));
});

test('an echo alone, zeros and nothing are no text', () => {
  assert.equal(judged(Buffer.from('')).is, 'nothing');
  for (const bytes of ['\r', '\r\n']) assert.notEqual(judged(Buffer.from(bytes), 'answer').is, 'text');
  assert.equal(judged(new Uint8Array(40)).is, 'garbage');
  assert.equal(judged(new Uint8Array(40).fill(0xff)).is, 'garbage');
});

test('random bytes are no text', () => {
  const chance = dice(42);
  for (let i = 0; i < 500; i += 1) {
    const bytes = Uint8Array.from({ length: 4 + Math.floor(chance() * 100) }, () =>
      Math.floor(chance() * 256),
    );
    for (const as of ['talking', 'answer'] as const)
      assert.notEqual(judged(bytes, as).is, 'text', Buffer.from(bytes).toString('latin1'));
  }
});

test('seven bits with parity are recognised as such', () => {
  for (const parity of ['even', 'odd'] as const) {
    const seen = judged(received(samples['a login prompt'] ?? '', 9600, 9600, { parity }), 'answer');
    assert.ok(seen.is === 'text');
    assert.equal(seen.form, parity === 'even' ? '7E1' : '7O1');
    assert.match(seen.text, /Debian GNU\/Linux 12 node-1 ttyS0/);
  }
});
