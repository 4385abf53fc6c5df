import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { KeyValue } from '../../../main/core/etcd-snapshot/kv.ts';
import { Secret } from '../../../main/core/secret.ts';
import { bootstrapKey, fullToken, sealBootstrap } from '../../../main/core/server-token.ts';
import { proveToken } from '../../../main/core/snapshot-proof/token.ts';

const password = '0123456789abcdef0123456789abcdef';
// caHash() takes one certificate's raw bytes, so what lies between the marks does not matter here.
const ca = Buffer.from('-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
const caIs = createHash('sha256').update(ca).digest('hex');
const data = JSON.stringify({
  ServerCA: { Timestamp: '2026-01-01T00:00:00Z', Content: ca.toString('base64') },
});
const sealed = (plain: string): string =>
  sealBootstrap(password, Buffer.from(plain), '00112233aabbccdd', Buffer.alloc(12, 7));

const entry = (key: string, value: string): KeyValue => ({
  key: Buffer.from(key),
  value: Buffer.from(value),
  createRevision: 2,
  modRevision: 2,
  version: 1,
  lease: 0n,
});
const good = [entry(bootstrapKey(password), sealed(data))];

test('a full and a short token open their snapshot and tell its CA', () => {
  for (const token of [fullToken(caIs, password), password, `${password}\n`])
    assert.deepEqual(proveToken(good, new Secret(token)), {
      is: 'passed',
      says: 'The token opens the snapshot.',
      caHash: caIs,
    });
});

test('a token of another site fails, by its password or by its CA alone', () => {
  const other = proveToken(good, new Secret('another'));
  assert.deepEqual(other, { is: 'failed', says: 'The snapshot was taken with another server token.' });
  const wrongCa = proveToken(good, new Secret(fullToken('0'.repeat(64), password)));
  assert.deepEqual(wrongCa, {
    is: 'failed',
    says: 'The token opens the snapshot, but names the CA of another site.',
  });
});

test('a damaged, an empty and a missing value fail', () => {
  const whole = sealed(data);
  const flipped = whole.slice(0, 40) + (whole[40] === 'A' ? 'B' : 'A') + whole.slice(41);
  for (const value of [flipped, '', whole.slice(0, 30)])
    assert.match(
      JSON.stringify(proveToken([entry(bootstrapKey(password), value)], new Secret(password))),
      /damaged/,
    );
  assert.match(JSON.stringify(proveToken([], new Secret(password))), /no bootstrap data/);
});

test('without a token nothing is claimed, and an unreadable CA is said', () => {
  assert.equal(proveToken(good, undefined).is, 'could not be checked');
  for (const plain of ['{}', 'null', 'not JSON']) {
    const proof = proveToken([entry(bootstrapKey(password), sealed(plain))], new Secret(password));
    assert.deepEqual(proof, {
      is: 'passed',
      says: 'The token opens the snapshot. The server CA inside could not be read.',
    });
  }
});
