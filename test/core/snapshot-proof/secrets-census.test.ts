import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretsCensus } from '../../../main/core/snapshot-proof/secrets-census.ts';

const entry = (key: string, value: string) => ({
  key: Buffer.from(key),
  value: Buffer.from(value, 'latin1'),
  createRevision: 2,
  modRevision: 2,
  version: 1,
  lease: 0n,
});

test('Secrets are counted by namespace and sealing, plain ones named by key alone', () => {
  const census = secretsCensus([
    entry('/registry/configmaps/shop/c', 'k8s\0hunter2'),
    entry('/registry/secrets/kube-system/a', 'k8s:enc:aescbc:v1:aescbckey:\u0001\u0002'),
    entry('/registry/secrets/kube-system/b', 'k8s:enc:aescbc:v1:aescbckey:\u0003'),
    entry('/registry/secrets/kube-system/c', 'k8s:enc:secretbox:v1:key:\u0003'),
    entry('/registry/secrets/shop/db', 'k8s\0\n\u0008hunter2'),
    entry('/registry/secrets/shop/old', '{"kind":"Secret"}'),
    entry('/registry/secrets/shop/torn', 'k8s:enc:other:v1:x'),
  ]);
  assert.deepEqual(
    [...census.namespaces].map(([name, counts]) => [name, Object.fromEntries(counts)]),
    [
      ['kube-system', { aescbc: 2, secretbox: 1 }],
      ['shop', { plain: 2, unknown: 1 }],
    ],
  );
  assert.deepEqual(census.plain, ['/registry/secrets/shop/db', '/registry/secrets/shop/old']);
  assert.ok(!JSON.stringify(census).includes('hunter2'));
});
