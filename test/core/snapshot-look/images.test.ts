import assert from 'node:assert/strict';
import { test } from 'node:test';
import { imagesOfArchive } from '../../../main/core/image-archive.ts';
import { fullImageName } from '../../../main/core/image-name.ts';
import { comparedWith, imagesSay, siteImages } from '../../../main/core/snapshot-look/used-images.ts';
import { SmallFilesOfTar } from '../../../main/core/tar-files.ts';
import { tar } from '../../../main/core/tar.ts';
import { madeSnapshot } from './made.ts';

const digest = `sha256:${'a'.repeat(64)}`;

test('image names are filled in as containerd does', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27'],
    ['rancher/pause:3.6', 'docker.io/rancher/pause:3.6'],
    ['docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['index.docker.io/nginx', 'docker.io/library/nginx:latest'],
    ['registry.local:5000/a', 'registry.local:5000/a:latest'],
    ['localhost/a:1', 'localhost/a:1'],
    ['ghcr.io/x/y:v1', 'ghcr.io/x/y:v1'],
    [`nginx@${digest}`, `docker.io/library/nginx@${digest}`],
    [`ghcr.io/x/y:v1@${digest}`, `ghcr.io/x/y:v1@${digest}`],
  ];
  for (const [short, full] of cases) assert.equal(fullImageName(short), full);
});

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

test('images are read from archives of both forms, whatever pieces they arrive in', () => {
  const archive = tar(
    [
      { name: 'blobs/sha256/cfg', content: json({ architecture: 'arm64' }) },
      { name: 'layer.tar', content: Buffer.alloc(5000, 7) },
      { name: 'config.json', content: json({ architecture: 'amd64' }) },
      { name: 'manifest.json', content: json([{ RepoTags: ['a/b:1', 'a/b:2'], Config: 'config.json' }]) },
      { name: 'blobs/sha256/mf', content: json({ config: { digest: 'sha256:cfg' } }) },
      {
        name: 'index.json',
        content: json({
          manifests: [
            { digest: 'sha256:mf', annotations: { 'io.containerd.image.name': 'docker.io/c/d:1' } },
            { digest: 'sha256:none' },
          ],
        }),
      },
    ],
    0,
  );
  for (const step of [1, 7, 511, 512, 513, 100_000]) {
    const files = new SmallFilesOfTar(4096, 100_000);
    for (let at = 0; at < archive.length; at += step) files.take(archive.subarray(at, at + step));
    assert.ok(files.sound && files.ended, `${step}`);
    assert.ok(!files.files.has('layer.tar'));
    assert.deepEqual(imagesOfArchive(files.files), [
      { name: 'a/b:1', arch: 'amd64', digests: [] },
      { name: 'a/b:2', arch: 'amd64', digests: [] },
      { name: 'docker.io/c/d:1', arch: 'arm64', digests: ['sha256:mf'] },
    ]);
  }
  assert.equal(imagesOfArchive(new Map()), undefined);
  const noise = new SmallFilesOfTar(4096, 100_000);
  noise.take(Buffer.alloc(2000, 'x'));
  assert.ok(!noise.sound);
});

const pods = (image: string, more: object = {}): object => ({
  template: { spec: { containers: [{ image }] } },
  ...more,
});
const owned = (kind: string, name: string): object => ({
  ownerReferences: [{ kind, name, controller: true }],
});
const site = madeSnapshot({
  '/registry/minions/n1': {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'n1' },
    status: { nodeInfo: { architecture: 'arm64' } },
  },
  '/registry/deployments/shop/web': {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'shop', name: 'web' },
    spec: pods('nginx:1.27'),
  },
  '/registry/replicasets/shop/web-1': {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { namespace: 'shop', name: 'web-1', ...owned('Deployment', 'web') },
    spec: pods('nginx:1.27', { replicas: 1 }),
  },
  '/registry/replicasets/shop/web-0': {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { namespace: 'shop', name: 'web-0', ...owned('Deployment', 'web') },
    spec: pods('nginx:1.25', { replicas: 0 }),
  },
  '/registry/pods/shop/web-1-x': {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: 'shop', name: 'web-1-x', ...owned('ReplicaSet', 'web-1') },
    spec: {
      containers: [{ image: 'docker.io/library/nginx:1.27' }],
      initContainers: [{ image: `a/b@${digest}` }],
    },
  },
});

test('the images of a site are named once, with who runs them in the end', () => {
  assert.deepEqual(siteImages(site), {
    arches: ['arm64'],
    images: [
      { image: `docker.io/a/b@${digest}`, usedBy: ['shop/Deployment/web'], moreUsers: 0 },
      { image: 'docker.io/library/nginx:1.27', usedBy: ['shop/Deployment/web'], moreUsers: 0 },
    ],
  });
});

test('a bundle has an image only under its name and for the architecture of the nodes', () => {
  const { images } = siteImages(site);
  const says = (archived: readonly { name: string; arch?: string; digests: string[] }[]): string => {
    const compared = comparedWith(images, new Map([['arm64', archived]]), ['arm64']);
    return imagesSay(compared, { k3sVersion: 'v1.33.5+k3s1', arches: ['arm64'] }).says;
  };
  const where = 'in the bundle v1.33.5+k3s1 for arm64';
  const nginx = { name: 'nginx:1.27', arch: 'arm64', digests: [] };
  assert.equal(says([]), `2 images of 2 are not ${where}.`);
  assert.equal(says([nginx]), `1 image of 2 is not ${where}.`);
  assert.equal(
    says([nginx, { name: 'a/b:1', arch: 'arm64', digests: [digest] }]),
    `All 2 images are ${where}.`,
  );
  assert.equal(
    says([
      { ...nginx, arch: 'amd64' },
      { name: 'a/b:1', arch: 'arm64', digests: [digest] },
    ]),
    `1 image of 2 is not ${where}.`,
  );
});

test('an image that is asked for by tag and digest is only found by name where the archive tells no digest', () => {
  const images = [{ image: `docker.io/a/b:1@${digest}`, usedBy: [], moreUsers: 0 }];
  const [compared] = comparedWith(images, new Map([['amd64', [{ name: 'a/b:1', digests: [] }]]]), ['amd64']);
  assert.deepEqual([compared?.inBundle, compared?.byNameOnly], [['amd64'], true]);
  assert.match(
    imagesSay(compared ? [compared] : [], { k3sVersion: 'v1', arches: ['amd64'] }).says,
    /digest that could not be compared/,
  );
});
