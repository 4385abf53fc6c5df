import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret } from '../../main/core/secret.ts';
import { bootstrapKey, fullToken, sealBootstrap } from '../../main/core/server-token.ts';
import type { SnapshotRead } from '../../main/core/snapshot-proof/measured.ts';
import { work } from '../../main/machine/work.ts';
import { etcds } from '../support/etcd.ts';
import type { Etcd } from '../support/etcd.ts';
import { etcdctl } from '../support/etcd-content.ts';
import { folder } from '../support/folder.ts';
import { bootstrapData, newPassword, testCa } from '../support/k3s-content.ts';
import { needs } from '../support/needs.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const put = (etcd: Etcd, key: string, value: string | object): Promise<unknown> =>
  etcd.post('/v3/kv/put', {
    key: base64(key),
    value: base64(typeof value === 'string' ? value : JSON.stringify(value)),
  });

const server = (name: string, k3sVersion: string): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'node-role.kubernetes.io/control-plane': 'true' } },
  status: { nodeInfo: { kubeletVersion: k3sVersion, architecture: 'arm64' } },
});
const volume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pvc-1' },
  spec: { local: { path: '/data/pvc-1' }, claimRef: { namespace: 'shop', name: 'db' } },
};

test(
  'a snapshot of three real members: a rotated token, an alarm, what was written over and deleted, volumes',
  needs('etcd'),
  async t => {
    const members = await etcds(t, 3);
    const [first] = members;
    assert.ok(first);
    for (const each of members) each.start();
    await first.until(/serving client traffic insecurely/);
    const [older, newer] = [newPassword(), newPassword()];
    const ca = await testCa('site');
    const sealed = (password: string, salt: string): string =>
      sealBootstrap(password, Buffer.from(bootstrapData(ca)), salt, Buffer.alloc(12, 5));
    await put(first, bootstrapKey(older), sealed(older, '00112233aabbccdd'));
    await put(first, bootstrapKey(newer), sealed(newer, '99112233aabbccdd'));
    for (const name of ['cp1', 'cp2', 'cp3'])
      await put(first, `/registry/minions/${name}`, server(name, 'v1.32.9+k3s1'));
    // An upgrade wrote one of them over, another machine was taken away.
    await put(first, '/registry/minions/cp2', server('cp2', 'v1.33.5+k3s1'));
    await first.post('/v3/kv/deleterange', { key: base64('/registry/minions/cp3') });
    await put(first, '/registry/persistentvolumes/pvc-1', volume);
    await put(first, '/registry/secrets/shop/db', 'k8s\0hunter2');
    const { header } = (await first.post('/v3/maintenance/status', {})) as { header: { member_id: string } };
    await first.post('/v3/maintenance/alarm', {
      action: 'ACTIVATE',
      memberID: header.member_id,
      alarm: 'NOSPACE',
    });
    const path = join(folder(t), 'snapshot.db');
    await etcdctl(`--endpoints=${first.client}`, 'snapshot', 'save', path);

    const caIs = createHash('sha256').update(ca).digest('hex');
    const { signal } = new AbortController();
    const read = async (token: string): Promise<SnapshotRead> => {
      const found = await work().measureSnapshot(path, [new Secret(token)], {
        given: true,
        signal,
        scratch: folder(t),
      });
      assert.deepEqual([found.trailer, found.read.is], ['holds', 'read']);
      assert.ok(!JSON.stringify(found).includes('hunter2'));
      return found.read as SnapshotRead;
    };
    for (const token of [older, fullToken(caIs, newer)]) {
      const { token: tried } = await read(token);
      assert.ok(tried.is === 'opened');
      assert.equal(tried.opened.caHash, caIs);
    }
    const wrong = await read(newPassword());
    assert.ok(
      wrong.token.is === 'failed' && wrong.token.says.includes(' or '),
      'it names both tokens that fit',
    );
    assert.deepEqual(
      wrong.contents.nodes.map(({ name, k3sVersion }) => [name, k3sVersion]),
      [
        ['cp1', 'v1.32.9+k3s1'],
        ['cp2', 'v1.33.5+k3s1'],
      ],
    );
    assert.deepEqual(
      wrong.contents.volumes.map(({ path: at, claim }) => [at, claim]),
      [['/data/pvc-1', 'shop/db']],
    );
    assert.equal(wrong.facts.members.length, 3);
    assert.deepEqual(
      wrong.facts.alarms.map(each => each.kind),
      ['no-space'],
    );
    assert.deepEqual(wrong.contents.secrets.plain.names, ['/registry/secrets/shop/db']);
  },
);
