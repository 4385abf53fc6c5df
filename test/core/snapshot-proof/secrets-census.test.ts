import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { encryptionOf, sealing } from '../../../main/core/snapshot-proof/encryption.ts';
import { SecretsCensus } from '../../../main/core/snapshot-proof/secrets-census.ts';

const key = Buffer.alloc(32, 9);
const config = (first: 'aescbc' | 'identity'): string => {
  const sealed = {
    aescbc: { keys: [{ name: 'aescbckey-2026-01-02T03:04:05Z', secret: key.toString('base64') }] },
  };
  const providers = first === 'aescbc' ? [sealed, { identity: {} }] : [{ identity: {} }, sealed];
  return JSON.stringify({
    kind: 'EncryptionConfiguration',
    resources: [{ resources: ['secrets'], providers }],
  });
};
const head = 'k8s:enc:aescbc:v1:aescbckey-2026-01-02T03:04:05Z:';

function sealed(text: string, by = key): Buffer {
  const iv = Buffer.alloc(16, 3);
  const cipher = createCipheriv('aes-256-cbc', by, iv);
  return Buffer.concat([Buffer.from(head), iv, cipher.update(Buffer.from(text, 'latin1')), cipher.final()]);
}
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

test('every prefix of the API server is known, and nothing else', () => {
  const table = [
    ['k8s:enc:aescbc:v1:k:x', 'aescbc'],
    ['k8s:enc:aesgcm:v1:k:x', 'aesgcm'],
    ['k8s:enc:secretbox:v1:k:x', 'secretbox'],
    ['k8s:enc:kms:v1:p:x', 'kms'],
    ['k8s:enc:kms:v2:p:x', 'kms'],
    ['k8s:enc:aescbc:v2:k:x', 'unknown'],
    ['k8s:enc:toString:v1:k:x', 'unknown'],
    ['k8s\0\n', 'plain'],
    ['{"kind":"Secret"}', 'plain'],
    ['', 'unknown'],
    ['hunter2', 'unknown'],
  ] as const;
  for (const [text, is] of table) assert.equal(sealing(bytes(text)), is, text);
});

test('Secrets are counted by namespace and sealing, plain ones named by key and never by value', () => {
  const census = new SecretsCensus(undefined);
  const take = (name: string, text: string): void => census.take(`/registry/secrets/${name}`, bytes(text));
  take('kube-system/a', 'k8s:enc:aescbc:v1:aescbckey:x');
  take('kube-system/b', 'k8s:enc:secretbox:v1:key:x');
  take('kube-system/c', 'k8s:enc:kms:v2:plugin:x');
  take('shop/db', 'k8s\0hunter2');
  take('shop/old', '{"hunter2":1}');
  take('shop/torn', 'hunter2');
  const found = census.found();
  assert.deepEqual(found.rows, [
    { namespace: 'kube-system', aescbc: 1, secretbox: 1, other: 1, plain: 0, unknown: 0 },
    { namespace: 'shop', aescbc: 0, secretbox: 0, other: 0, plain: 2, unknown: 1 },
  ]);
  assert.deepEqual(found.plain.names, ['/registry/secrets/shop/db', '/registry/secrets/shop/old']);
  assert.deepEqual(found.damaged.names, ['/registry/secrets/shop/torn']);
  assert.equal(found.untried, 3);
  assert.equal(found.on, undefined);
  assert.ok(!JSON.stringify(found).includes('hunter2'));
});

test('sealed Secrets are really opened with the key inside; a foreign key and a flipped bit are told apart', () => {
  const census = new SecretsCensus(encryptionOf(config('aescbc')));
  const flipped = sealed('k8s\0a plain Secret');
  flipped[head.length] = (flipped[head.length] ?? 0) ^ 1;
  census.take('/registry/secrets/a/good', sealed('k8s\0a plain Secret'));
  census.take('/registry/secrets/a/other-key', bytes('k8s:enc:aescbc:v1:aescbckey:0123456789abcdef'));
  census.take('/registry/secrets/a/flipped', flipped);
  census.take('/registry/secrets/a/wrong', sealed('k8s\0a plain Secret', Buffer.alloc(32, 8)));
  census.take('/registry/secrets/a/short', sealed('').subarray(0, head.length + 9));
  census.take('/registry/secrets/a/box', bytes('k8s:enc:secretbox:v1:box:0123'));
  const found = census.found();
  assert.deepEqual([found.on, found.opened], [true, 1]);
  assert.deepEqual(found.withoutKey.names, ['/registry/secrets/a/other-key', '/registry/secrets/a/box']);
  assert.deepEqual(
    found.damaged.names.map(name => name.split('/').at(-1)),
    ['flipped', 'wrong', 'short'],
  );
});

test('encryption that was turned off, and configurations that are none', () => {
  assert.equal(encryptionOf(config('identity'))?.on, false);
  for (const text of ['', 'no JSON', 'null', '[]', '{}', '{"resources":[{"resources":["configmaps"]}]}'])
    assert.equal(encryptionOf(text), undefined, text);
});

test('of very many only the first are named, the rest are counted', () => {
  const census = new SecretsCensus(undefined);
  for (let n = 0; n < 250; n++) census.take(`/registry/secrets/a/${n}`, bytes('{'));
  assert.deepEqual([census.found().plain.names.length, census.found().plain.more], [200, 50]);
});
