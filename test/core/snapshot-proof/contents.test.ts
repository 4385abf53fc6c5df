import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyValue } from '../../../main/core/etcd-snapshot/kv.ts';
import { SnapshotContents } from '../../../main/core/snapshot-proof/contents.ts';
import type { ContentsFound } from '../../../main/core/snapshot-proof/contents.ts';

const entry = (key: string, value: unknown): KeyValue => ({
  key: Buffer.from(key),
  value: typeof value === 'string' ? Buffer.from(value, 'latin1') : Buffer.from(JSON.stringify(value)),
  createRevision: 2,
  modRevision: 2,
  version: 1,
  lease: 0n,
});
function contents(keys: Readonly<Record<string, unknown>>): ContentsFound {
  const found = new SnapshotContents(undefined);
  for (const [key, value] of Object.entries(keys)) found.take(entry(key, value));
  return found.found();
}
const object = (kind: string, name: string, more: object): object => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop', ...('metadata' in more && (more.metadata as object)) },
  ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'metadata')),
});
const onNode = (node: string): object => ({
  nodeAffinity: {
    required: {
      nodeSelectorTerms: [
        { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
      ],
    },
  },
});

test('a node tells its part, addresses, version and the quota its etcd was started with', () => {
  const node = (name: string, role: string, args: readonly string[]): object =>
    object('Node', name, {
      metadata: {
        labels: role === 'agent' ? {} : { [`node-role.kubernetes.io/${role}`]: 'true' },
        annotations: { 'k3s.io/node-args': JSON.stringify(args) },
      },
      status: {
        addresses: [
          { type: 'InternalIP', address: `10.0.0.${name.length}` },
          { type: 'Hostname', address: name },
        ],
        conditions: [{ type: 'Ready', lastHeartbeatTime: `2026-01-0${name.length}T00:00:00Z` }],
        nodeInfo: {
          kubeletVersion: 'v1.33.5+k3s1',
          architecture: 'arm64',
          osImage: 'Debian',
          kernelVersion: '6.1',
        },
      },
    });
  const found = contents({
    '/registry/minions/cp1': node('cp1', 'control-plane', [
      'server',
      '--etcd-arg',
      'quota-backend-bytes=4Gi',
    ]),
    '/registry/minions/cp22': node('cp22', 'etcd', ['server', '--etcd-arg=quota-backend-bytes=3221225472']),
    '/registry/minions/agent': node('agent', 'agent', ['agent']),
    '/registry/minions/odd': object('Node', 'odd', {
      metadata: { annotations: { 'k3s.io/node-args': 'no JSON' } },
    }),
  });
  assert.deepEqual(
    found.nodes.map(({ name, role, addresses, arch }) => [name, role, addresses, arch]),
    [
      ['cp1', 'server', ['10.0.0.3'], 'arm64'],
      ['cp22', 'server', ['10.0.0.4'], 'arm64'],
      ['agent', 'agent', ['10.0.0.5'], 'arm64'],
      ['odd', 'agent', [], ''],
    ],
  );
  assert.equal(found.quota, 3 * 1024 ** 3, 'the smallest quota counts');
  assert.equal(found.lastHeartbeat, '2026-01-05T00:00:00Z');
});

test('volumes are told by node, path and claim', () => {
  const volume = (name: string, spec: object): object => object('PersistentVolume', name, { spec });
  const claimRef = { namespace: 'shop', name: 'data' };
  const { volumes } = contents({
    '/registry/persistentvolumes/a': volume('a', { local: { path: '/mnt/a' }, claimRef, ...onNode('cp1') }),
    '/registry/persistentvolumes/b': volume('b', {
      hostPath: { path: '/var/lib/rancher/k3s/storage/b' },
      ...onNode('cp2'),
    }),
    '/registry/persistentvolumes/c': volume('c', { nfs: { server: 'nas', path: '/c' } }),
    '/registry/persistentvolumes/d': volume('d', { csi: { driver: 'longhorn', volumeHandle: 'd' } }),
    '/registry/persistentvolumes/e': volume('e', {}),
  });
  assert.deepEqual(
    volumes.map(({ kind, node, path, claim }) => [kind, node, path, claim]),
    [
      ['local', 'cp1', '/mnt/a', 'shop/data'],
      ['hostPath', 'cp2', '/var/lib/rancher/k3s/storage/b', ''],
      ['nfs', '', 'nas:/c', ''],
      ['csi', '', 'longhorn d', ''],
      ['other', '', '', ''],
    ],
  );
});

test('folders of a node that pods keep data in are told once, and what every machine has is left out', () => {
  const spec = (paths: readonly string[]): object => ({
    containers: [{ name: 'c', image: 'nginx' }],
    volumes: paths.map((path, i) => ({ name: `v${i}`, hostPath: { path } })),
  });
  const { volumes, images } = contents({
    '/registry/deployments/shop/web': object('Deployment', 'web', {
      apiVersion: 'apps/v1',
      spec: { template: { spec: spec(['/srv/web']) } },
    }),
    '/registry/daemonsets/shop/agent': object('DaemonSet', 'agent', {
      spec: { template: { spec: spec(['/proc', '/etc/ssl/certs', '/', '/srv/later']) } },
    }),
    '/registry/pods/shop/web-1': object('Pod', 'web-1', {
      spec: { nodeName: 'cp1', ...spec(['/srv/web', '/run/x']) },
    }),
    '/registry/pods/shop/web-2': object('Pod', 'web-2', { spec: { nodeName: 'cp1', ...spec(['/srv/web']) } }),
  });
  assert.deepEqual(
    volumes.map(({ node, path }) => [node, path]),
    [
      ['', '/srv/later'],
      ['cp1', '/srv/web'],
    ],
  );
  assert.deepEqual(images, ['docker.io/library/nginx:latest']);
});

test('every object is looked at; what Kubernetes did not write is named', () => {
  const found = contents({
    '/registry/configmaps/shop/a': 'k8s\0\n\u000c\n\u0002v1\u0012\u0006Secret',
    '/registry/configmaps/shop/b': 'hunter2',
    '/registry/leases/shop/c': '',
    '/registry/pods/shop/d': '{ no JSON',
    compact_rev_key: '17',
    '/registry/namespaces/kube-system': object('Namespace', 'kube-system', { metadata: { uid: 'the-uid' } }),
  });
  assert.equal(found.objects, 5);
  assert.deepEqual(found.unreadable.names, [
    '/registry/configmaps/shop/a',
    '/registry/configmaps/shop/b',
    '/registry/leases/shop/c',
  ]);
  assert.deepEqual(found.undecoded.names, ['/registry/pods/shop/d']);
  assert.equal(found.clusterUid, 'the-uid');
  assert.ok(!JSON.stringify(found).includes('hunter2'));
});
