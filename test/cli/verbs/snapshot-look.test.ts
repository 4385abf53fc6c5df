import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandLine } from '../../support/coldstart.ts';
import { folder } from '../../support/folder.ts';
import { recorded } from '../../support/snapshots.ts';

const bundle = join(import.meta.dirname, '../../../resources/practice/bundle');

function laid(
  t: Parameters<typeof folder>[0],
  name: 'plain' | 'encrypted' | 'foreign' | 'corrupted',
): string {
  const path = join(folder(t), `${name}.db`);
  writeFileSync(path, recorded(name));
  return path;
}

test('coldstart snapshot browse shows what is inside, narrows it and gives one object as YAML', async t => {
  const [cli, path] = [commandLine(folder(t)), laid(t, 'plain')];
  const contents = await cli.done('snapshot', 'browse', path);
  assert.equal(contents.objects, 126);
  const rows = await cli.done(
    'snapshot',
    'browse',
    path,
    '--namespace',
    'kube-system',
    '--kind',
    'deployment',
  );
  assert.equal(rows.total, 4);
  const found = await cli.done(
    'snapshot',
    'browse',
    path,
    '--search',
    'traefik',
    '--most',
    '2',
    '--from',
    '1',
  );
  assert.equal(found.objects.length, 2);
  assert.ok(found.total > 3);
  const one = await cli.done(
    'snapshot',
    'browse',
    path,
    '--object',
    'kube-system/Deployment/coredns',
    '--yaml',
  );
  assert.match(one.yaml, /^apiVersion: apps\/v1\nkind: Deployment\n/);
  assert.equal(one.object.key, '/registry/deployments/kube-system/coredns');
});

test('no command shows a value of a Secret', async t => {
  const [cli, path] = [commandLine(folder(t)), laid(t, 'plain')];
  const secrets = await cli.done('snapshot', 'browse', path, '--kind', 'Secret');
  for (const { key } of secrets.objects) {
    const { yaml } = await cli.done('snapshot', 'browse', path, '--object', key, '--managed-fields');
    for (const [, value] of /data:\n((?: {2}.*\n)+)/.exec(yaml)?.[1]?.matchAll(/: (.*)\n/g) ?? [])
      assert.match(value ?? '', /^‹hidden, \d+ bytes›$/);
  }
  const refused = await cli.run('snapshot', 'browse', path, '--object', '/bootstrap/000000000000');
  assert.deepEqual([refused.status, refused.json.failure.code], [3, 'refused']);
});

test('a bundle is compared with what the site runs, and a missing image ends with 1', async t => {
  const cli = commandLine(folder(t), ['--practice']);
  const path = laid(t, 'plain');
  const { k3sVersion } = await cli.done('bundle', 'import', bundle);
  const all = await cli.done('snapshot', 'browse', path, '--images', '--bundle', k3sVersion);
  assert.equal(all.says, `All 4 images are in the bundle ${k3sVersion} for amd64.`);
  const bytes = recorded('plain');
  for (let at = bytes.indexOf('traefik:3.3.6'); at >= 0; at = bytes.indexOf('traefik:3.3.6', at + 1))
    bytes.write('traefik:3.3.7', at);
  writeFileSync(path, bytes);
  const short = await cli.run('snapshot', 'browse', path, '--images', '--bundle', k3sVersion);
  assert.deepEqual([short.status, short.json.bundle.missing], [1, 1]);
  assert.match(short.json.says, /^1 image of 4 is not in the bundle/);
});

test('coldstart snapshot diff says what happened, and its exit tells what stood in the way', async t => {
  const cli = commandLine(folder(t));
  const [from, to] = [laid(t, 'plain'), laid(t, 'encrypted')];
  const diff = await cli.done('snapshot', 'diff', from, to);
  assert.deepEqual([diff.added, diff.removed, diff.changed], [0, 0, 7]);
  assert.match(diff.says.join(' '), /values are not shown/);
  assert.equal((await cli.run('snapshot', 'diff', from, laid(t, 'foreign'))).status, 1);
  assert.equal((await cli.run('snapshot', 'browse', laid(t, 'corrupted'))).status, 1);
  assert.equal((await cli.run('snapshot', 'diff', from)).status, 2);
  assert.equal((await cli.run('snapshot', 'browse', from, '--most', 'many')).status, 2);
  assert.equal((await cli.run('snapshot', 'browse', from, '--object', 'nothing')).status, 2);
});
