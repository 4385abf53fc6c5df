import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pieceBytes, pieces, pump, windowBytes } from '../../../renderer/ui/terminal/pump.ts';

test('a large piece of output is cut so that the page is never held up by one of them', () => {
  const cut = [...pieces(new Uint8Array(100_000))];
  assert.deepEqual(
    cut.map(each => each.length),
    [pieceBytes, pieceBytes, pieceBytes, 100_000 - 3 * pieceBytes],
  );
  assert.deepEqual([...pieces(new Uint8Array(0))], []);
});

test('a terminal that falls behind holds the feed back, and memory stays flat', async () => {
  let asked = 0;
  async function* feed(): AsyncGenerator<Uint8Array> {
    for (; asked < 10_000; asked++) yield new Uint8Array(64 * 1024);
  }
  const waiting: (() => void)[] = [];
  let onTheWay = 0;
  let most = 0;
  let written = 0;
  const done = pump(feed(), (bytes, taken) => {
    onTheWay += bytes.length;
    most = Math.max(most, onTheWay);
    waiting.push(() => {
      onTheWay -= bytes.length;
      written += bytes.length;
      taken();
    });
  });
  await new Promise(setImmediate);
  assert.ok(asked <= windowBytes / (64 * 1024), `${asked} chunks were asked for although nothing was taken`);
  const drain = setInterval(() => waiting.splice(0).forEach(take => take()), 0);
  await done;
  clearInterval(drain);
  waiting.splice(0).forEach(take => take());
  assert.equal(written, 10_000 * 64 * 1024);
  assert.ok(most <= windowBytes, `${most} bytes were with the terminal at once`);
});

test('the bytes arrive in order and complete, however they were cut', async () => {
  const sent = Uint8Array.from({ length: 200_001 }, (_, i) => i % 251);
  async function* feed(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < sent.length; at += 70_003) yield sent.subarray(at, at + 70_003);
  }
  const came: Uint8Array[] = [];
  await pump(feed(), (bytes, taken) => {
    came.push(bytes);
    taken();
  });
  assert.deepEqual(Buffer.concat(came), Buffer.from(sent));
});

test('a feed that fails tells its failure to whoever pumps it', async () => {
  async function* feed(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(1);
    throw new Error('the link was lost');
  }
  await assert.rejects(
    pump(feed(), (_, taken) => taken()),
    /the link was lost/,
  );
});
