import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storedObject } from '../../../main/core/kubernetes/object.ts';
import type { KubeObject } from '../../../main/core/kubernetes/object.ts';
import { imagesOf, podSpecOf } from '../../../main/core/kubernetes/pod-spec.ts';
import { sampleOf } from './samples.ts';

const objectOf = (kind: string): KubeObject => {
  const read = storedObject(sampleOf(kind).stored);
  assert.ok(read.is === 'object');
  return read.object;
};

test('every kind that makes pods gives their spec and its images', () => {
  const kinds = [
    'v1 Pod',
    'v1 PodTemplate',
    'v1 ReplicationController',
    'apps/v1 Deployment',
    'apps/v1 StatefulSet',
    'apps/v1 DaemonSet',
    'apps/v1 ReplicaSet',
    'batch/v1 Job',
    'batch/v1 CronJob',
  ];
  for (const kind of kinds) {
    const object = objectOf(kind);
    const spec = podSpecOf(object) as { containers: { image: string }[]; nodeSelector: object } | undefined;
    assert.ok(spec?.nodeSelector, kind);
    // One each of init, usual and ephemeral containers, and an image that is mounted as a volume.
    const images = imagesOf(object);
    assert.equal(images.length, 4, kind);
    assert.ok(images.includes(spec.containers[0]?.image ?? ''), kind);
  }
});

test('what makes no pods has no images', () => {
  assert.equal(podSpecOf(objectOf('v1 Node')), undefined);
  assert.deepEqual(imagesOf(objectOf('v1 ConfigMap')), []);
  const odd = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: 'none' } };
  assert.deepEqual(imagesOf(odd), []);
  assert.deepEqual(imagesOf({ ...odd, kind: 'constructor' }), []);
});

test('an image that two containers run is named once', () => {
  const containers = [{ image: 'a:1' }, { image: 'b:1' }, { image: 'a:1' }, {}];
  assert.deepEqual(imagesOf({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers } }), [
    'a:1',
    'b:1',
  ]);
});
