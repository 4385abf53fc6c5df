import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { parse } from 'yaml';
import { failureOf } from '../../../preload/contract/failure.ts';
import { inMemory } from '../../../main/core/bbolt/page-source.ts';
import { readSnapshot } from '../../../main/core/etcd-snapshot/read.ts';
import type { Reading } from '../../../main/core/etcd-snapshot/read.ts';
import { contentsOf } from '../../../main/core/snapshot-look/contents.ts';
import { Look } from '../../../main/core/snapshot-look/look.ts';
import { placeOf } from '../../../main/core/snapshot-look/resource-key.ts';
import { sampleOf } from '../kubernetes/samples.ts';
import { madeSnapshot } from './made.ts';

const folder = join(import.meta.dirname, '../../../resources/practice/snapshot');
const lookAt = (name: string): Look => {
  const bytes = zstdDecompressSync(readFileSync(join(folder, name)));
  const scratch = (): never => assert.fail('a small snapshot needs no file');
  return new Look(readSnapshot(inMemory(bytes), { live: { scratch } }));
};
const plain = lookAt('plain.db.zst');
const sealed = lookAt('encrypted.db.zst');
const goOn = (): void => undefined;
const first = { offset: 0, most: 500 };

test('keys of old and new forms are told apart into resource and namespace', () => {
  const of = (key: string): unknown => {
    const place = placeOf(key.slice(0, key.lastIndexOf('/') + 1));
    return place && [place.resource, place.namespace];
  };
  assert.deepEqual(of('/registry/pods/shop/web'), ['pods', 'shop']);
  assert.deepEqual(of('/registry/minions/n1'), ['nodes', '']);
  assert.deepEqual(of('/registry/services/specs/shop/web'), ['services', 'shop']);
  assert.deepEqual(of('/registry/services/endpoints/shop/web'), ['endpoints', 'shop']);
  assert.deepEqual(of('/registry/controllers/shop/web'), ['replicationcontrollers', 'shop']);
  assert.deepEqual(of('/registry/ingress/shop/web'), ['ingresses', 'shop']);
  assert.deepEqual(of('/registry/ranges/serviceips'), ['ranges', '']);
  assert.deepEqual(of('/registry/apiregistration.k8s.io/apiservices/v1.apps'), [
    'apiservices.apiregistration.k8s.io',
    '',
  ]);
  assert.deepEqual(of('/registry/k3s.cattle.io/addons/kube-system/coredns'), [
    'addons.k3s.cattle.io',
    'kube-system',
  ]);
  for (const foreign of ['/bootstrap/0123456789ab', 'k3s/etcd', 'compact_rev_key', '/registry/a/b/c/d/e'])
    assert.equal(of(foreign), undefined, foreign);
});

test('the first screen of a genuine snapshot counts every object by namespace and kind', () => {
  const contents = plain.contents(goOn);
  assert.equal(contents.objects, 126);
  assert.deepEqual(contents.unread, []);
  assert.deepEqual(contents.other, [
    { prefix: '/bootstrap', count: 1 },
    { prefix: 'compact_rev_key', count: 1 },
    { prefix: 'k3s', count: 2 },
  ]);
  const count = (namespace: string, kind: string): number | undefined =>
    contents.kinds.find(each => each.namespace === namespace && each.kind === kind)?.count;
  assert.equal(count('kube-system', 'Deployment'), 4);
  assert.equal(count('kube-system', 'Addon'), 13);
  assert.equal(count('', 'Node'), 1);
  assert.deepEqual(contents.kinds, sealed.contents(goOn).kinds);
});

test('every object of a genuine snapshot is read and gives YAML of itself', () => {
  const { objects, total } = plain.objects({}, first, goOn);
  assert.equal(total, 126);
  for (const row of objects) {
    assert.equal(row.unread, undefined, row.key);
    const { yaml, unknown } = plain.object(row.key, false);
    assert.deepEqual(unknown, [], row.key);
    const read = parse(yaml, { version: '1.1' }) as { kind: string; metadata: { name: string } };
    assert.equal(read.kind, row.kind);
    assert.equal(read.metadata.name, row.name);
  }
});

test('rows come page by page and can be narrowed to a namespace and a kind', () => {
  const names = (offset: number): string[] =>
    plain
      .objects({ namespace: 'kube-system', kind: 'deployment' }, { offset, most: 3 }, goOn)
      .objects.map(({ name }) => name);
  assert.deepEqual(names(0), ['coredns', 'local-path-provisioner', 'metrics-server']);
  assert.deepEqual(names(3), ['traefik']);
  assert.deepEqual(names(4), []);
  assert.equal(plain.objects({ kind: 'addons' }, first, goOn).total, 13);
  assert.equal(plain.objects({ kind: 'addons.k3s.cattle.io' }, first, goOn).total, 13);
  assert.equal(
    plain.objects({ namespace: '', kind: 'Node' }, first, goOn).objects[0]?.name,
    'practice-node-1',
  );
});

test('the search finds names, namespaces, kinds, labels and images', () => {
  const found = (search: string): string[] =>
    plain.objects({ search }, first, goOn).objects.map(({ kind, name }) => `${kind} ${name}`);
  assert.ok(found('COREDNS').includes('Deployment coredns'));
  assert.ok(found('mirrored-metrics-server:v0.8').includes('Deployment metrics-server'));
  assert.ok(found('k8s-app=traefik').includes('Deployment traefik'));
  assert.deepEqual(
    found('persistentvol').map(each => each.replace(/ .*/, '')),
    ['PersistentVolumeClaim', 'PersistentVolume'],
  );
  assert.equal(
    plain
      .objects({ search: 'kube-node-lease' }, first, goOn)
      .objects.filter(o => o.namespace === 'kube-node-lease').length,
    3,
  );
  assert.deepEqual(found('nothing is called so'), []);
});

test('no value of a Secret of a genuine snapshot is ever shown, sealed or not', () => {
  const secrets = plain.objects({ kind: 'Secret' }, first, goOn).objects;
  assert.equal(secrets.length, 7);
  for (const { key, sealed: by } of secrets) {
    assert.equal(by, undefined);
    const { yaml } = plain.object(key, true);
    const { data } = parse(yaml, { version: '1.1' }) as { data: Record<string, string> };
    for (const value of Object.values(data)) assert.match(value, /^‹hidden, \d+ bytes›$/);
  }
  for (const { key, kind, sealed: by } of sealed.objects({ kind: 'Secret' }, first, goOn).objects) {
    assert.deepEqual([kind, by], ['Secret', 'aescbc']);
    assert.equal(sealed.object(key, false).yaml, '# Sealed with aescbc. Nothing of it can be shown.\n');
  }
});

test('a key that is no object of Kubernetes is never shown', () => {
  const codeFor = (key: string): string => {
    try {
      return plain.object(key, false).yaml;
    } catch (thrown) {
      return failureOf(thrown).code;
    }
  };
  assert.equal(codeFor('/bootstrap/000000000000'), 'refused');
  assert.equal(codeFor('/registry/pods/kube-system/'), 'refused');
  assert.equal(codeFor('/registry/pods/kube-system/none'), 'no-such-thing');
});

const lookAtMade = (content: Parameters<typeof madeSnapshot>[0]): Look =>
  new Look(madeSnapshot(content) as unknown as Reading);

test('what cannot be read is told with why, and does not hide the rest', () => {
  const look = lookAtMade({
    '/registry/pods/shop/a': sampleOf('v1 Pod').stored,
    '/registry/pods/shop/b': sampleOf('v1 Pod').stored.subarray(0, 200),
    '/registry/pods/shop/c': '',
    '/registry/teapots.example.com/x/shop/d': '{"nothing":1}',
  });
  const rows = look.objects({}, first, goOn).objects;
  assert.deepEqual(
    rows.map(({ kind, unread }) => [kind, unread]),
    [
      ['Pod', undefined],
      ['Pod', 'It is cut short or damaged.'],
      ['Pod', 'It is empty.'],
      ['x.teapots.example.com', 'It is JSON, but no object of Kubernetes.'],
    ],
  );
  assert.equal(
    look.object('/registry/pods/shop/b', false).yaml,
    '# Could not be read, because: It is cut short or damaged.\n',
  );
});

test('the record of who wrote which field is left out unless asked for', () => {
  const look = lookAtMade({ '/registry/configmaps/a/b': sampleOf('v1 ConfigMap').stored });
  assert.doesNotMatch(look.object('/registry/configmaps/a/b', false).yaml, /managedFields/);
  assert.match(look.object('/registry/configmaps/a/b', true).yaml, /managedFields/);
});

test('half a million keys are counted in a moment', () => {
  const reading = {
    *places() {
      for (let i = 0; i < 500_000; i++)
        yield {
          key: Buffer.from(`/registry/pods/ns-${String(Math.floor(i / 5000)).padStart(3, '0')}/pod-${i}`),
          place: { at: i, bytes: 1 },
        };
    },
    at: () => undefined,
  };
  const began = performance.now();
  const { objects, kinds } = contentsOf(reading);
  assert.equal(objects, 500_000);
  assert.equal(kinds.length, 100);
  assert.ok(performance.now() - began < 3000);
});
