import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { KeyValue } from '../../../main/core/etcd-snapshot/kv.ts';
import { Secret } from '../../../main/core/secret.ts';
import { bootstrapKey, fullToken, sealBootstrap } from '../../../main/core/server-token.ts';
import { tryTokens } from '../../../main/core/snapshot-proof/token.ts';
import type { TokenTried } from '../../../main/core/snapshot-proof/token.ts';
import { testCa } from '../../support/k3s-content.ts';

const password = '0123456789abcdef0123456789abcdef';
const ca = await testCa('one');
const caIs = createHash('sha256').update(ca).digest('hex');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const data = JSON.stringify({
  ServerCA: { Timestamp: '2026-01-01T00:00:00Z', Content: base64(ca) },
  EncryptionConfig: { Timestamp: '2026-01-01T00:00:00Z', Content: base64('{"resources":[]}') },
});
const sealed = (plain: string, by = password): string =>
  sealBootstrap(by, Buffer.from(plain), '00112233aabbccdd', Buffer.alloc(12, 7));

const entry = (key: string, value: string): KeyValue => ({
  key: Buffer.from(key),
  value: Buffer.from(value),
  createRevision: 2,
  modRevision: 2,
  version: 1,
  lease: 0n,
});
const good = [entry(bootstrapKey(password), sealed(data))];
const given = (keys: readonly KeyValue[], token: string): TokenTried =>
  tryTokens(keys, [new Secret(token)], true);
const kept = (keys: readonly KeyValue[], ...tokens: string[]): TokenTried =>
  tryTokens(
    keys,
    tokens.map(token => new Secret(token)),
    false,
  );
const says = (tried: TokenTried): string => (tried.is === 'opened' ? 'opened' : tried.says);

test('a full and a short token open their snapshot and tell its CA, its age and the encryption', () => {
  for (const token of [fullToken(caIs, password), password, `${password}\n`]) {
    const tried = given(good, token);
    assert.ok(tried.is === 'opened');
    assert.equal(tried.opened.caHash, caIs);
    assert.match(tried.opened.caNotBefore ?? '', /^20\d\d-/);
    assert.equal(tried.opened.encryption, '{"resources":[]}');
    assert.equal(tried.opened.named, token.startsWith('K10') ? caIs : undefined);
  }
});

test('a token of another time or site is told apart by the digits of its hash', () => {
  const tried = given(good, 'another');
  assert.equal(tried.is, 'failed');
  const [wanted, own] = [bootstrapKey(password).slice(11), bootstrapKey('another').slice(11)];
  assert.equal(
    says(tried),
    `The snapshot was taken with another server token: it needs the one with the hash ${wanted}, and this one has ${own}.`,
  );
  assert.match(says(given(good, `K10${caIs}::node:agent-password`)), /agent’s token/);
});

test('a token for joining, and one that was cut short, are no “another server token”', () => {
  for (const token of [`K10${caIs}::abcdef.0123456789abcdef`, 'abcdef.0123456789abcdef']) {
    const tried = given(good, token);
    assert.equal(tried.is, 'failed');
    assert.match(says(tried), /made for joining nodes/);
  }
  assert.match(says(given(good, 'K10abc')), /cut short or mistyped/);
  assert.doesNotMatch(says(given(good, 'K10abc')), /another server token/);
});

test('a damaged, an empty and a cut value fail as damaged, and a snapshot of something else as that', () => {
  const whole = sealed(data);
  const flipped = whole.slice(0, 40) + (whole[40] === 'A' ? 'B' : 'A') + whole.slice(41);
  for (const value of [flipped, '', whole.slice(0, 30)])
    assert.match(says(given([entry(bootstrapKey(password), value)], password)), /is damaged/);
  assert.match(says(given([], password)), /no bootstrap data of K3s/);
  assert.equal(kept([]).is, 'failed', 'also without any token');
});

test('all tokens of the vault are tried, and those of other sites say nothing', () => {
  const tried = kept(good, 'one', 'two', password, 'three');
  assert.ok(tried.is === 'opened');
  assert.equal(tried.opened.which, 2);
  assert.equal(kept(good, 'one', 'two').is, 'none');
  assert.match(
    says(kept(good)),
    /No server token is at hand\. It needs the one with the hash [0-9a-f]{12}\./,
  );
});

test('of several bootstrap keys the one of the token counts; of equal passwords the token that names the CA', () => {
  const several = [entry(bootstrapKey('older'), sealed('{}', 'older')), ...good];
  const tried = given(several, password);
  assert.ok(tried.is === 'opened');
  assert.equal(tried.opened.caHash, caIs);
  const twins = kept(good, fullToken('0'.repeat(64), password), fullToken(caIs, password));
  assert.ok(twins.is === 'opened');
  assert.equal(twins.opened.which, 1);
});

test('what opens without a CA that can be read tells no site', () => {
  for (const plain of [
    '{}',
    'null',
    'not JSON',
    '{"ServerCA":{"Content":"AAAA"}}',
    '{"ServerCA":{"Content":5}}',
  ]) {
    const tried = given([entry(bootstrapKey(password), sealed(plain))], password);
    assert.ok(tried.is === 'opened', plain);
    assert.equal(tried.opened.caHash, undefined, plain);
  }
});

test('no answer ever holds a token', () => {
  for (const tried of [given(good, password), given(good, 'hunter2hunter2'), kept(good, 'hunter2hunter2')])
    assert.ok(!JSON.stringify(tried).includes('hunter2') && !JSON.stringify(tried).includes(password));
});
