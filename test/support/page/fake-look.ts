import type { CallHandlers } from '../../../main/bridge/handlers.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { SnapshotObject } from '../../../preload/contract/snapshots/look.ts';

const path = '/home/technician/.local/share/coldstart/snapshots/etcd-snapshot-summit-1-1795372800';

const object = (kind: string, name: string, more: Partial<SnapshotObject> = {}): SnapshotObject => ({
  key: `/registry/${kind.toLowerCase()}s/shop/${name}`,
  resource: `${kind.toLowerCase()}s`,
  namespace: 'shop',
  kind,
  apiVersion: 'apps/v1',
  name,
  labels: [
    { name: 'app.kubernetes.io/name', value: name },
    { name: 'app.kubernetes.io/part-of', value: 'station-shop' },
  ],
  images: [],
  createdAt: '2026-11-14T08:12:00Z',
  bytes: 1812,
  ...more,
});

const objects: readonly SnapshotObject[] = [
  object('Deployment', 'web', {
    images: ['registry.north-station.example:5000/shop/web:2026.11'],
    replicas: 3,
  }),
  object('Deployment', 'cart', { images: ['docker.io/library/redis:7.4', 'cart:12'], replicas: 1 }),
  object('Secret', 'database', { apiVersion: '', sealed: 'aescbc', labels: [] }),
  object('ConfigMap', 'a-configuration-with-a-very-long-name-that-has-no-place-to-break-anywhere-in-it', {
    apiVersion: 'v1',
  }),
  object('Teapot', 'kettle', {
    apiVersion: '',
    labels: [],
    unread: 'This app does not know the kind Teapot of future.k8s.io/v9.',
  }),
];

const yaml = `apiVersion: apps/v1
kind: Deployment
metadata:
  labels:
    app.kubernetes.io/name: web
  name: web
  namespace: shop
spec:
  replicas: 3
  template:
    spec:
      containers:
      - env:
        - name: ADMIN_PASSWORD
          value: ‹hidden, 12 bytes›
        image: registry.north-station.example:5000/shop/web:2026.11
        name: web
`;

/** What stands in for looking into a snapshot; in the scenario `damaged` it is refused unless asked for all the same. */
export const lookStandIn = (scenario: string): Partial<CallHandlers> => ({
  'snapshot.contents': ({ evenIfDamaged }) => {
    if (scenario === 'damaged' && evenIfDamaged !== true)
      throw new FieldError({
        code: 'check-failed',
        says: 'This snapshot is damaged inside, so what it shows may be wrong. Page 311 is reached twice.',
        about: path,
        untouched: 'The file was only read; nothing was changed.',
        next: 'Take another copy of the snapshot. To look at what can still be read, say that you want to see it all the same.',
        facts: { damaged: 'inside' },
      });
    return {
      path,
      revision: '184213',
      objects: 12_405,
      kinds: [
        { namespace: '', kind: 'Node', resource: 'nodes', count: 3 },
        { namespace: '', kind: 'ClusterRole', resource: 'clusterroles', count: 74 },
        { namespace: 'kube-system', kind: 'Addon', resource: 'addons.k3s.cattle.io', count: 13 },
        { namespace: 'kube-system', kind: 'Deployment', resource: 'deployments', count: 4 },
        { namespace: 'shop', kind: 'ConfigMap', resource: 'configmaps', count: 12_291 },
        { namespace: 'shop', kind: 'Deployment', resource: 'deployments', count: 12 },
        { namespace: 'shop', kind: 'Secret', resource: 'secrets', count: 8 },
      ],
      other: [{ prefix: '/bootstrap', count: 1 }],
      unread: [{ resource: 'teapots', says: 'This app does not know the kind Teapot of future.k8s.io/v9.' }],
    };
  },
  'snapshot.objects': ({ search }) =>
    search === 'nothing' ? { objects: [], total: 0 } : { objects, total: 12_405 },
  'snapshot.object': ({ key }) => ({
    object: objects.find(each => each.key === key) ?? object('Deployment', 'web'),
    yaml,
    unknown: ['spec.field 61'],
  }),
  'snapshot.images': ({ bundle }) => ({
    arches: ['amd64', 'arm64'],
    images: [
      {
        image: 'docker.io/library/redis:7.4',
        usedBy: ['shop/Deployment/cart'],
        moreUsers: 0,
        ...(bundle === undefined ? {} : { inBundle: ['amd64'] as const }),
      },
      {
        image: 'registry.north-station.example:5000/shop/web:2026.11',
        usedBy: ['shop/Deployment/web', 'shop/CronJob/report'],
        moreUsers: 4,
        ...(bundle === undefined ? {} : { inBundle: [] }),
      },
    ],
    ...(bundle === undefined
      ? {}
      : {
          bundle: { id: bundle, k3sVersion: 'v1.35.2+k3s1', arches: ['amd64', 'arm64'] as const, missing: 2 },
        }),
    says:
      bundle === undefined
        ? 'The site runs 2 images.'
        : '2 images of 2 are not in the bundle v1.35.2+k3s1 for amd64 and arm64.',
  }),
  'snapshot.diff': () => ({
    from: { path, revision: '171002' },
    to: { path, revision: '184213' },
    sameCluster: 'yes',
    added: 2,
    removed: 1,
    changed: 2,
    noise: 212,
    counts: [],
    says: [
      'Node n3 is gone.',
      'The image of web in shop changed from shop/web:2026.10 to shop/web:2026.11.',
      '2 Deployments were added in shop (cart, pay).',
      '1 Secret was rewritten in shop (database); values are not shown.',
      '212 objects changed only as they do all the time (leases, events, heartbeats).',
    ],
    changes: [
      {
        key: '/registry/minions/n3',
        namespace: '',
        kind: 'Node',
        name: 'n3',
        is: 'removed',
        noise: false,
        fields: [],
        moreFields: 0,
      },
      {
        key: '/registry/deployments/shop/web',
        namespace: 'shop',
        kind: 'Deployment',
        name: 'web',
        is: 'changed',
        noise: false,
        fields: [
          {
            path: 'spec.template.spec.containers[web].image',
            before: 'registry.north-station.example:5000/shop/web:2026.10',
            after: 'registry.north-station.example:5000/shop/web:2026.11',
          },
          { path: 'spec.paused', after: 'true' },
        ],
        moreFields: 9,
      },
      {
        key: '/registry/deployments/shop/cart',
        namespace: 'shop',
        kind: 'Deployment',
        name: 'cart',
        is: 'added',
        noise: false,
        fields: [],
        moreFields: 0,
      },
    ],
    moreChanges: 0,
  }),
});
