import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lengths, withLength } from '../../main/bridge/lengths.ts';
import { decodeFrame, encodeFrame } from '../../preload/contract/codec.ts';

const most = 1024 * 1024;
const through = (frame: unknown): unknown => decodeFrame(encodeFrame(frame, most), most);

test('a frame comes back as it was, binary anywhere in it', () => {
  const frame = {
    t: 'reply',
    id: 7,
    outcome: {
      ok: true,
      value: [{ bytes: new Uint8Array([0, 255]) }, new Uint8Array(), 'ü\u2028', 1.5, null, false],
    },
  };
  assert.deepEqual(through(frame), frame);
  assert.deepEqual(through(new Uint8Array([1, 2])), new Uint8Array([1, 2]));
});

test('binary is sent raw: a frame is hardly larger than its bytes', () => {
  const bytes = new Uint8Array(60_000).fill(200);
  assert.ok(encodeFrame({ t: 'item', id: 1, item: { bytes } }, most).length < bytes.length + 100);
});

test('a view is sent as what it shows, a Buffer as plain bytes', () => {
  const buffer = Buffer.from('xxabcxx').subarray(2, 5);
  assert.deepEqual(through({ buffer }), { buffer: new Uint8Array([97, 98, 99]) });
});

test('no value is mistaken for a place where binary goes', () => {
  const frame = { a: [['args', 'bytes'], 3], $bytes: 1, b: null };
  assert.deepEqual(through(frame), frame);
});

test('a frame larger than allowed is neither made nor read', () => {
  const frame = { bytes: new Uint8Array(100) };
  assert.throws(() => encodeFrame(frame, 100), /larger/);
  assert.throws(() => decodeFrame(encodeFrame(frame, most), 100), /larger/);
});

test('every cut and every flipped bit of a frame is read safely or refused', () => {
  const whole = encodeFrame(
    { t: 'call', id: 1, name: 'shell.send', args: { bytes: new Uint8Array(40).fill(9) } },
    most,
  );
  for (let length = 0; length < whole.length; length += 1)
    assert.throws(() => decodeFrame(whole.subarray(0, length), most));
  for (let bit = 0; bit < whole.length * 8; bit += 1) {
    const flipped = whole.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    try {
      decodeFrame(flipped, most);
    } catch (thrown) {
      assert.ok(
        thrown instanceof RangeError || thrown instanceof SyntaxError || thrown instanceof TypeError,
        String(thrown),
      );
    }
  }
  assert.throws(() => decodeFrame(Uint8Array.from([...whole, 0]), most), /left over/);
});

/** A frame with a head made by hand. */
function handMade(head: unknown, tail: number): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(head));
  const out = new Uint8Array(4 + json.length + tail);
  new DataView(out.buffer).setUint32(0, json.length);
  out.set(json, 4);
  return out;
}

test('a head that points outside its frame is refused, and no prototype is touched', () => {
  for (const path of [
    ['__proto__', 'polluted'],
    ['constructor', 'prototype', 'polluted'],
    ['toString'],
    ['a', 'length'],
    ['missing'],
    [{}],
    'args',
    ['full'],
  ])
    assert.throws(
      () => decodeFrame(handMade([{ a: [], full: 1 }, [path, 4]], 4), most),
      /path/,
      JSON.stringify(path),
    );
  assert.equal(Reflect.get({}, 'polluted'), undefined);
  for (const length of [-1, 5, 1.5, 1e300, '4', null])
    assert.throws(() => decodeFrame(handMade([{ b: null }, [['b'], length]], 4), most), /cut off/);
  for (const head of [{}, [], null, 'x'])
    assert.throws(() => decodeFrame(handMade(head, 0), most), /no list/);
});

test('a stream cut at any byte gives the same frames', () => {
  const frames = [new Uint8Array([1]), new Uint8Array(), new Uint8Array(300).fill(2), new Uint8Array([3, 4])];
  const stream = Buffer.concat(frames.map(withLength));
  for (const piece of [1, 2, 3, 5, 7, 100, stream.length]) {
    const lengths = new Lengths(1000);
    const got: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += piece)
      got.push(...lengths.push(stream.subarray(at, at + piece)).map(frame => Uint8Array.from(frame)));
    assert.deepEqual(got, frames);
  }
});

test('a stream that announces too large a frame is given up before it is read', () => {
  assert.throws(() => new Lengths(1000).push(Buffer.from([0, 0, 4, 0])), /larger/);
});
