import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namesInArchive, withoutArchive } from '../../../../main/core/runbook/remedies/images.ts';

test('images of an archive are read from either form of its contents', () => {
  assert.deepEqual(
    namesInArchive(
      '[{"Config":"x","RepoTags":["docker.io/rancher/mirrored-pause:3.6","app:1"],"Layers":[]}]',
    ),
    ['docker.io/rancher/mirrored-pause:3.6', 'app:1'],
  );
  assert.deepEqual(
    namesInArchive(
      '{"manifests":[{"annotations":{"io.containerd.image.name":"reg.site:5000/app/web:2","org.opencontainers.image.ref.name":"2"}}]}',
    ),
    ['reg.site:5000/app/web:2'],
  );
  assert.deepEqual(namesInArchive('rubbish'), []);
});

test('an image counts as archived however its name is written', () => {
  const archived = ['docker.io/library/busybox:1.36', 'rancher/mirrored-pause:3.6'];
  assert.deepEqual(withoutArchive(['busybox:1.36', 'docker.io/rancher/mirrored-pause:3.6'], archived), []);
  assert.deepEqual(withoutArchive(['busybox:1.37', 'reg.site:5000/app:1', 'busybox:1.37'], archived), [
    'busybox:1.37',
    'reg.site:5000/app:1',
  ]);
});
