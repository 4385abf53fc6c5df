import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Guess, senderIs } from '../../../main/core/serial/guess.ts';
import { bauds } from '../../../preload/contract/serial.ts';
import { boot } from '../../links/serial/baud/texts.ts';
import { Receiver, Waveform } from '../../links/serial/baud/waveform.ts';
import type { OnError } from '../../links/serial/baud/waveform.ts';

const [, , line = ''] = boot.split(/(?<=\n)/);

function garbage(sent: number, at: number, onError: OnError): Uint8Array {
  const wave = new Waveform();
  wave.send(Buffer.from(line), sent, 100);
  return Uint8Array.from(new Receiver(wave, at, onError).take(wave.free + 1e6).bytes);
}

test('one line tells whether its sender is slower or faster, unless the speeds are nearly the same', () => {
  for (const onError of ['zero', 'raw', 'drop'] as const)
    for (const sent of bauds)
      for (const at of bauds) {
        if (Math.max(sent / at, at / sent) < 1.7) continue;
        const bytes = garbage(sent, at, onError);
        if (bytes.length === 0) continue;
        assert.equal(senderIs(bytes), sent < at ? 'slower' : 'faster', `${sent} heard at ${at}, ${onError}`);
      }
});

test('the right speed is come to within five tries, wherever it begins', () => {
  for (const onError of ['zero', 'raw', 'drop'] as const)
    for (const sent of bauds)
      for (const first of bauds) {
        const guess = new Guess();
        let at: number = first;
        let tries = 1;
        for (; at !== sent && tries < 50; tries += 1) {
          const bytes = garbage(sent, at, onError);
          if (bytes.length > 0) guess.garbage(at, bytes);
          else guess.silence(at);
          at = guess.next();
        }
        assert.ok(tries <= 6, `${sent} after ${first}: ${tries} tries, ${onError}`);
      }
});

test('a speed the adapter refuses is not come back to', () => {
  const guess = new Guess();
  const first = guess.next();
  guess.refused(first);
  for (let i = 0; i < 30; i += 1) {
    assert.notEqual(guess.next(), first);
    guess.garbage(guess.next(), Uint8Array.of(0, 0, 0, 0));
  }
});
