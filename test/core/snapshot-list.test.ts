import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldError } from '../../preload/contract/failure.ts';
import { quantityBytes } from '../../main/core/quantity.ts';
import {
  nodeNameIn,
  pathOnNode,
  savedSeconds,
  snapshotsListed,
  snapshotsOnDisk,
} from '../../main/core/snapshot-list.ts';

const folder = '/var/lib/rancher/k3s/server/db/snapshots';
const resource = (name: string, more: object = {}, status: object = {}): object => ({
  apiVersion: 'k3s.cattle.io/v1',
  kind: 'ETCDSnapshotFile',
  metadata: {
    name: `local-${name}-abc123`,
    annotations: { 'etcd.k3s.cattle.io/snapshot-token-hash': '0123456789ab' },
  },
  spec: { snapshotName: name, nodeName: 'cp-1', location: `file://${folder}/${name}`, ...more },
  status: { size: '3514400', creationTime: '2026-01-05T00:00:04Z', readyToUse: true, ...status },
});
const list = (...items: object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items });

test('the list of a new K3s gives name, node, place, size and time, newest first', () => {
  const found = snapshotsListed(
    list(
      resource('etcd-snapshot-cp-1-1767571204'),
      resource('on-demand-cp-1-1767657604', {}, { size: '3432Ki', creationTime: '2026-01-06T00:00:04Z' }),
    ),
  );
  assert.deepEqual(
    found.map(each => [each.name, each.bytes, each.createdAt, each.ready, each.tokenHash]),
    [
      ['on-demand-cp-1-1767657604', 3432 * 1024, '2026-01-06T00:00:04.000Z', true, '0123456789ab'],
      ['etcd-snapshot-cp-1-1767571204', 3514400, '2026-01-05T00:00:04.000Z', true, '0123456789ab'],
    ],
  );
  assert.deepEqual(found.slice(0, 1).map(pathOnNode), [`${folder}/on-demand-cp-1-1767657604`]);
});

test('the flat array of an old K3s gives the same', () => {
  const name = 'etcd-snapshot-cp-1-1700000000';
  const [found] = snapshotsListed(
    JSON.stringify([
      {
        name,
        nodeName: 'cp-1',
        location: `file://${folder}/${name}`,
        createdAt: '2023-11-14T22:13:20Z',
        size: 2072608,
        status: 'successful',
      },
    ]),
  );
  assert.deepEqual(found, {
    name,
    nodeName: 'cp-1',
    location: `file://${folder}/${name}`,
    bytes: 2072608,
    createdAt: '2023-11-14T22:13:20.000Z',
    ready: true,
  });
});

test('a failed snapshot is listed with the reason, in plain words when K3s wrote it in base64', () => {
  const [fresh] = snapshotsListed(
    list(
      resource(
        'on-demand-a-1767657604',
        {},
        { readyToUse: false, error: { message: 'no space left on device' } },
      ),
    ),
  );
  assert.deepEqual([fresh?.ready, fresh?.error], [false, 'no space left on device']);
  const message = Buffer.from('failed to save').toString('base64');
  const [old] = snapshotsListed(JSON.stringify([{ name: 'x-1700000000', status: 'failed', message }]));
  assert.deepEqual([old?.ready, old?.error], [false, 'failed to save']);
});

test('a snapshot in S3 is shown and cannot be pulled from the node', () => {
  const found = snapshotsListed(
    list(
      resource('on-demand-cp-1-1767657604.zip', {
        nodeName: 's3',
        location: 's3://bucket/f/on-demand-cp-1-1767657604.zip',
      }),
    ),
  );
  assert.deepEqual(found.map(pathOnNode), [undefined]);
});

test('a listed file outside the folder its name belongs to is refused', () => {
  const found = snapshotsListed(list(resource('on-demand-a-1767657604', { location: 'file:///etc/shadow' })));
  assert.throws(() => found.map(pathOnNode), FieldError);
  const dots = snapshotsListed(list(resource('../token', { location: 'file:///a/../token' })));
  assert.throws(() => dots.map(pathOnNode), FieldError);
});

test('an empty list is empty in every form K3s prints it', () => {
  for (const text of ['null\n', '[]', '', '{"apiVersion":"v1","kind":"List","items":null}', list()])
    assert.deepEqual(snapshotsListed(text), []);
});

test('log lines before the list do not hide it, and no list at all is said', () => {
  assert.equal(
    snapshotsListed(`time="2026" level=info msg="x"\n${list(resource('a-1767657604'))}`).length,
    1,
  );
  assert.throws(() => snapshotsListed('Name Location Size Created\n'), FieldError);
  assert.throws(() => snapshotsListed('{"items":'), FieldError);
});

test('the time of a snapshot is the digits after the last dash, whatever the node is called', () => {
  assert.equal(savedSeconds('etcd-snapshot-node-1-2.lan-1767571204'), 1767571204);
  assert.equal(savedSeconds('on-demand-a-1767571204.zip'), 1767571204);
  assert.equal(savedSeconds('before-upgrade'), undefined);
  assert.equal(nodeNameIn('etcd-snapshot-node-1-2.lan-1767571204.zip'), 'node-1-2.lan');
});

test('without K3s the files on the disk are listed, half-written ones left out', () => {
  const listing = [
    '2072608 1700000000 etcd-snapshot-cp-1-1700000000',
    "100 1700000005 weird \n name'",
    '5 1700000009 on-demand-cp-1-1700000009.part',
    '',
  ].join('\0');
  const found = snapshotsOnDisk(listing, folder, 'cp-1');
  assert.deepEqual(
    found.map(each => [each.name, each.bytes]),
    [
      ["weird \n name'", 100],
      ['etcd-snapshot-cp-1-1700000000', 2072608],
    ],
  );
});

test('quantities are read as Kubernetes writes them', () => {
  const table: readonly [unknown, number | undefined][] = [
    ['3514400', 3514400],
    ['3432Ki', 3514368],
    ['1.5M', 1500000],
    ['1.1k', 1100],
    ['2e3', 2000],
    ['1500m', 2],
    ['4Gi', 4294967296],
    [12, 12],
    ['', undefined],
    ['12 MB', undefined],
    ['-1', undefined],
    [Number.NaN, undefined],
  ];
  for (const [raw, bytes] of table) assert.equal(quantityBytes(raw), bytes, String(raw));
});
