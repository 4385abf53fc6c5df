import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SnapshotDiff } from '../../../preload/contract/snapshots/look.ts';
import { diffOf } from '../../../main/core/snapshot-diff/diff.ts';
import { madeSnapshot } from '../snapshot-look/made.ts';
import type { Made } from '../snapshot-look/made.ts';
import { sampleOf } from '../kubernetes/samples.ts';

const kubeSystem = (uid = 'u1'): Made => ({
  '/registry/namespaces/kube-system': {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'kube-system', uid },
  },
});
const object = (
  apiVersion: string,
  kind: string,
  name: string,
  rest: object = {},
  namespace = 'shop',
): object => ({
  apiVersion,
  kind,
  metadata: {
    name,
    namespace,
    resourceVersion: '1',
    ...('metadata' in rest ? (rest.metadata as object) : {}),
  },
  ...Object.fromEntries(Object.entries(rest).filter(([field]) => field !== 'metadata')),
});
const deployment = (name: string, image: string, replicas = 1, more: object = {}): object =>
  object('apps/v1', 'Deployment', name, {
    spec: { replicas, template: { spec: { containers: [{ name: 'main', image }] } } },
    ...more,
  });
const node = (name: string, info: object = {}, ready = 'True', heartbeat = '1'): object =>
  object('v1', 'Node', name, {
    status: {
      nodeInfo: { kubeletVersion: 'v1.33.5+k3s1', bootID: 'b1', ...info },
      conditions: [{ type: 'Ready', status: ready, lastHeartbeatTime: heartbeat }],
    },
  });
const secret = (value: string): object => object('v1', 'Secret', 'db', { data: { password: value } });

const between = (
  from: Made,
  to: Made,
  revisions: readonly [bigint, bigint] = [1n, 2n],
): ReturnType<typeof diffOf> =>
  diffOf(
    madeSnapshot({ ...kubeSystem(), ...from }, revisions[0]),
    madeSnapshot({ ...kubeSystem(), ...to }, revisions[1]),
  );
const fieldsOf = ({ changes }: Pick<SnapshotDiff, 'changes'>): unknown =>
  changes.flatMap(({ fields }) => fields.map(({ path, before, after }) => [path, before, after]));

test('a snapshot compared with itself has nothing to tell', () => {
  const same = between(
    { '/registry/deployments/shop/web': deployment('web', 'a:1') },
    {
      '/registry/deployments/shop/web': deployment('web', 'a:1'),
    },
  );
  assert.deepEqual([same.added, same.removed, same.changed, same.noise], [0, 0, 0, 0]);
  assert.deepEqual(same.says, ['Nothing of note changed.']);
  assert.equal(same.sameCluster, 'yes');
});

test('a week is told in one screen of plain sentences', () => {
  const week = between(
    {
      '/registry/minions/n2': node('n2'),
      '/registry/minions/n3': node('n3'),
      '/registry/deployments/shop/web': deployment('web', 'nginx:1.25'),
      '/registry/secrets/shop/db': secret('b25l'),
    },
    {
      '/registry/minions/n2': node('n2', { kubeletVersion: 'v1.34.1+k3s1', bootID: 'b2' }, 'False', '2'),
      '/registry/deployments/shop/web': deployment('web', 'nginx:1.27', 3),
      '/registry/deployments/shop/cart': deployment('cart', 'cart:1'),
      '/registry/deployments/shop/pay': deployment('pay', 'pay:1'),
      '/registry/secrets/shop/db': secret('dHdv'),
    },
  );
  assert.deepEqual(week.says, [
    'K3s of node n2 changed from v1.33.5+k3s1 to v1.34.1+k3s1.',
    'Node n2 was started anew.',
    'Node n2 is no longer ready.',
    'Node n3 is gone.',
    'The image of web in shop changed from nginx:1.25 to nginx:1.27.',
    'The replicas of web in shop changed from 1 to 3.',
    '2 Deployments were added in shop (cart, pay).',
    '1 Secret was rewritten in shop (db); values are not shown.',
  ]);
  assert.deepEqual([week.added, week.removed, week.changed], [2, 1, 3]);
  assert.deepEqual(
    week.counts.find(each => each.kind === 'Deployment'),
    {
      namespace: 'shop',
      kind: 'Deployment',
      added: 2,
      removed: 0,
      changed: 1,
    },
  );
});

test('the fields of a change are named with their values, lists by what tells their elements apart', () => {
  const from = { '/registry/deployments/shop/web': deployment('web', 'a:1') };
  const to = { '/registry/deployments/shop/web': deployment('web', 'b:1', 2) };
  assert.deepEqual(fieldsOf(between(from, to)), [
    ['spec.replicas', '1', '2'],
    ['spec.template.spec.containers[main].image', 'a:1', 'b:1'],
  ]);
});

test('values of Secrets never stand in a diff, however they are written', () => {
  const applied = (value: string): object => ({
    metadata: {
      annotations: {
        note: `hunter-${value}`,
        'kubectl.kubernetes.io/last-applied-configuration': `{"kind":"Secret","data":{"a":"hunter-${value}"}}`,
      },
    },
    data: { password: Buffer.from(`hunter-${value}`).toString('base64') },
  });
  const env = (value: string): object =>
    object('v1', 'Pod', 'p', {
      spec: { containers: [{ name: 'a', env: [{ name: 'PASSWORD', value: `hunter-${value}` }] }] },
    });
  const found = between(
    {
      '/registry/secrets/shop/db': object('v1', 'Secret', 'db', applied('one')),
      '/registry/secrets/shop/sealed': 'k8s:enc:aescbc:v1:key:hunter-one',
      '/registry/secrets/shop/gone': object('v1', 'Secret', 'gone', applied('one')),
      '/registry/pods/shop/p': env('one'),
    },
    {
      '/registry/secrets/shop/db': object('v1', 'Secret', 'db', applied('two')),
      '/registry/secrets/shop/sealed': 'k8s:enc:aescbc:v1:key:hunter-two',
      '/registry/pods/shop/p': env('two'),
    },
  );
  assert.equal(found.changed, 3);
  const text = JSON.stringify(found);
  assert.ok(!text.includes('hunter-'));
  assert.ok(!text.includes(Buffer.from('hunter').toString('base64').slice(0, 6)));
  assert.ok(text.includes('‹sealed with aescbc, not shown›'));
  assert.ok(text.includes('data.password'));
});

test('what changes all by itself is counted apart and comes last', () => {
  const lease = (time: string): object =>
    object('coordination.k8s.io/v1', 'Lease', 'n1', { spec: { renewTime: time } });
  const found = between(
    {
      '/registry/leases/kube-node-lease/n1': lease('1'),
      '/registry/minions/n1': node('n1', {}, 'True', '1'),
      '/registry/events/shop/e1': object('v1', 'Event', 'e1'),
      '/registry/configmaps/shop/c': object('v1', 'ConfigMap', 'c', { metadata: { resourceVersion: '1' } }),
    },
    {
      '/registry/leases/kube-node-lease/n1': lease('2'),
      '/registry/minions/n1': node('n1', {}, 'True', '2'),
      '/registry/events/shop/e2': object('v1', 'Event', 'e2'),
      '/registry/configmaps/shop/c': object('v1', 'ConfigMap', 'c', { metadata: { resourceVersion: '2' } }),
      '/registry/configmaps/shop/d': object('v1', 'ConfigMap', 'd'),
    },
  );
  assert.deepEqual([found.added, found.removed, found.changed, found.noise], [1, 0, 0, 5]);
  assert.deepEqual(found.changes.map(({ name, noise }) => [name, noise]).slice(0, 2), [
    ['d', false],
    ['c', true],
  ]);
  assert.equal(
    found.says.at(-1),
    '5 objects changed only as they do all the time (leases, events, heartbeats).',
  );
});

test('snapshots of two clusters, and one put before the other, are said first', () => {
  const here = madeSnapshot(kubeSystem('u1'), 5n);
  assert.equal(diffOf(here, madeSnapshot(kubeSystem('u2'))).sameCluster, 'no');
  assert.match(diffOf(here, madeSnapshot(kubeSystem('u2'))).says[0] ?? '', /two different clusters/);
  assert.equal(diffOf(here, madeSnapshot({})).sameCluster, 'unknown');
  assert.match(diffOf(here, madeSnapshot(kubeSystem('u1'), 4n)).says[0] ?? '', /older one/);
});

test('protobuf and unreadable objects are compared without breaking', () => {
  const pod = sampleOf('v1 Pod').stored;
  const other = Buffer.from(pod);
  other[pod.indexOf('s1') + 1] = 0x39;
  const found = between(
    { '/registry/pods/shop/a': pod, '/registry/pods/shop/b': pod },
    { '/registry/pods/shop/a': other, '/registry/pods/shop/b': pod.subarray(0, 100) },
  );
  assert.equal(found.changed, 2);
  assert.deepEqual(found.changes.find(each => each.name === 'b')?.fields, [
    { path: 'all of it', before: '‹readable›', after: '‹could not be read›' },
  ]);
});

test('very many changes are cut to a list and a screen, and counted', () => {
  const many: Record<string, object> = {};
  for (let i = 0; i < 3000; i++)
    many[`/registry/configmaps/ns-${i % 60}/c-${i}`] = object(
      'v1',
      'ConfigMap',
      `c-${i}`,
      {},
      `ns-${i % 60}`,
    );
  const found = between({}, many);
  assert.equal(found.added, 3000);
  assert.deepEqual([found.changes.length, found.moreChanges], [2000, 1000]);
  assert.ok(found.says.length <= 27);
  assert.match(found.says.at(-1) ?? '', /^And 37 more; the list below has them all\.$/);
  const wide = between(
    { '/registry/configmaps/a/b': object('v1', 'ConfigMap', 'b', { data: {} }) },
    {
      '/registry/configmaps/a/b': object('v1', 'ConfigMap', 'b', {
        data: Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`k${i}`, 'x'.repeat(500)])),
      }),
    },
  );
  const [change] = wide.changes;
  assert.deepEqual([change?.fields.length, change?.moreFields], [30, 60]);
  assert.ok((change?.fields[0]?.after?.length ?? 0) <= 120);
});

test('of a long text the first line that differs is shown', () => {
  const config = (text: string): object => object('v1', 'ConfigMap', 'b', { data: { 'app.ini': text } });
  const found = between(
    { '/registry/configmaps/a/b': config('a=1\nb=2\nc=3\n') },
    { '/registry/configmaps/a/b': config('a=1\nb=5\nc=3\n') },
  );
  assert.deepEqual(fieldsOf(found), [['data.app.ini', 'b=2', 'b=5']]);
});
