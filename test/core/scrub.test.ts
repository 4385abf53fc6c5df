import assert from 'node:assert/strict';
import { test } from 'node:test';

import { scrubber } from '../../main/core/scrub.ts';
import { Secret } from '../../main/core/secret.ts';

const token = '9f3c1a77be00d4e2c5a1b6f08e7d2c31';
const awkward = 'pa"ss\\wörd /+1';

const through = (secret: string, text: string, size: number): string => {
  const stream = scrubber([new Secret(secret)]).stream();
  const bytes = Buffer.from(text);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) out.push(stream.push(bytes.subarray(at, at + size)));
  out.push(stream.flush());
  return Buffer.concat(out).toString();
};

test('a known secret is masked in plain, JSON, URL, hex and base64 form', () => {
  for (const secret of [token, awkward]) {
    const known = scrubber([new Secret(secret)]);
    const disguises = [
      secret,
      JSON.stringify({ token: secret }),
      encodeURIComponent(secret),
      Buffer.from(secret).toString('hex'),
      ...['', 'a', 'ab', 'abc'].map(before => Buffer.from(`${before}${secret}xyz`).toString('base64')),
      Buffer.from(`user:${secret}`).toString('base64url'),
    ];
    for (const disguise of disguises) {
      const clean = known.text(`before ${disguise} after`);
      assert.match(clean, /‹secret›/, disguise);
      assert.ok(clean.startsWith('before ') && clean.endsWith(' after'), clean);
      assert.ok(!clean.includes(secret));
    }
  }
});

test('a secret cut by chunk edges at every place is masked', () => {
  const text = `token is ${token}, and again: ${Buffer.from(`::server:${token}`).toString('base64')} end`;
  for (let size = 1; size < 60; size++) {
    const clean = through(token, text, size);
    assert.ok(!clean.includes(token.slice(4, 20)), `${size}: ${clean}`);
    assert.ok(clean.startsWith('token is ‹secret›, and again: ') && clean.endsWith(' end'), clean);
  }
});

test('a secret that the terminal wrapped over lines is masked', () => {
  for (const wrap of ['\n', '\r\n', '\r\n    ', '\u001b[0m\r\n\u001b[32m'])
    for (const at of [1, 7, 31]) {
      const wrapped = token.slice(0, at) + wrap + token.slice(at);
      for (const size of [1, 3, 1000]) {
        const clean = through(token, `x ${wrapped} y`, size);
        assert.equal(clean, 'x ‹secret› y');
      }
    }
});

test('text without a secret passes unchanged, whatever the chunks', () => {
  const text =
    'Grüße vom Knoten \u001b[31mrot\u001b[0m\r\n9f3c1a77 is only a beginning -----\nK10 is a word\n';
  for (let size = 1; size < 20; size++) assert.equal(through(token, text, size), text);
  assert.equal(scrubber([new Secret(token)]).text(text), text);
});

test('server tokens and private keys are masked without being known', () => {
  const full = `K10${'a'.repeat(64)}::server:whatever`;
  const key = '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIB\nabc=\n-----END EC PRIVATE KEY-----';
  const text = `got ${full}\n${key}\nclient-key-data: ${'QUJD'.repeat(8)}\nend`;
  for (let size = 1; size < 90; size += 7) {
    const clean = through('unrelated-secret', text, size);
    assert.ok(!clean.includes('whatever') && !clean.includes('MHcC') && !clean.includes('QUJDQUJD'), clean);
    assert.ok(clean.endsWith('\nend'), clean);
  }
});

test('a megabyte of near misses is cleaned in a moment', () => {
  const text = `${token.slice(0, 20)} `.repeat(50_000);
  const from = performance.now();
  assert.equal(through(token, text, 65_536).length, text.length);
  assert.ok(performance.now() - from < 2000);
});
