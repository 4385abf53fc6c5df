import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { tokenHash } from '../../../main/core/server-token.ts';
import { Secret } from '../../../main/core/secret.ts';
import { k3sNode } from '../../support/k3s-node.ts';
import { needs, needsRoot } from '../../support/needs.ts';
import type { ConfigurationSet } from '../../../main/services/snapshots/configuration.ts';
import { snapshotBytes, supplyBench, token } from '../../support/supply.ts';

const wanted = { ...needs('sshd'), ...needsRoot() };
const name = 'on-demand-cp-1.lan-1767571204';

async function bench(t: TestContext) {
  const node = await k3sNode(t);
  const bytes = snapshotBytes(200);
  node.put('source', bytes);
  node.put('lib/k3s/server/token', `${token}\n`);
  const b = supplyBench({ link: node.open });
  t.after(() => b.close());
  const ask = { node: b.node.id };
  return {
    ...b,
    remote: node,
    bytes,
    take: () => b.calls['snapshot.take'](ask, b.context()),
    onNode: async () => b.calls['snapshot.onNode'](ask, b.context()),
    pull: async (which = name) => b.calls['snapshot.pull']({ ...ask, name: which }, b.context()),
  };
}
const failure = async (job: unknown): Promise<Failure> => {
  try {
    await job;
  } catch (thrown) {
    return failureOf(thrown);
  }
  throw new Error('it did not fail');
};

test('a snapshot is taken, listed, pulled with its token, and found intact', wanted, async t => {
  const b = await bench(t);
  const taken = await b.take();
  assert.deepEqual(
    [taken.name, taken.bytes, taken.ready, taken.pulled],
    [name, b.bytes.length, true, undefined],
  );
  const pulled = await b.pull();
  assert.deepEqual(readFileSync(pulled.path), b.bytes);
  assert.equal(statSync(pulled.path).mode & 0o777, 0o600);
  assert.deepEqual(
    [pulled.check.trailer, pulled.check.reference, pulled.check.intact, pulled.check.says],
    ['holds', 'equal', true, 'Intact: its SHA-256 trailer holds, and it equals the file as the node had it.'],
  );
  assert.deepEqual(
    [pulled.k3sVersion, pulled.nodeName, pulled.savedAt],
    ['v1.33.5+k3s1', b.node.name, '2026-01-05T00:00:04.000Z'],
  );
  assert.equal(pulled.tokenHash, tokenHash(new Secret(token)));
  assert.deepEqual(
    b.ofKind('server-token').map(each => each.secret.reveal()),
    [token],
  );
  const [set] = b.ofKind('configuration');
  const { version, files } = JSON.parse(set?.secret.reveal() ?? '') as ConfigurationSet;
  assert.equal(version, 'k3s version v1.33.5+k3s1 (1f4a3b2c)');
  assert.match(
    execFileSync('tar', ['-tzf', '-'], { input: Buffer.from(files, 'base64'), encoding: 'utf8' }),
    /^etc\/hosts$/m,
  );
  assert.deepEqual(b.learned, [{ k3sVersion: 'v1.33.5+k3s1' }]);
  assert.equal((await b.onNode())[0]?.pulled, pulled.id);
  assert.deepEqual(await b.calls['snapshot.list']({ site: b.site.id }, b.context()), [pulled]);
  assert.equal(b.told.at(-1)?.what, `Pulling ${name}`);
  assert.deepEqual(readdirSync(b.remote.snapshots), [name], 'nothing is left on the node');
});

test('pulling again copies nothing, and the same token is not kept twice', wanted, async t => {
  const b = await bench(t);
  await b.take();
  const first = await b.pull();
  const inode = statSync(first.path).ino;
  const [again, twice] = await Promise.all([b.pull(), b.pull()]);
  assert.deepEqual([again.id, twice.id, statSync(first.path).ino], [first.id, first.id, inode]);
  assert.equal(b.ofKind('server-token').length, 1);
});

test('a pull that was cut goes on where it stopped; a wrong beginning is thrown away', wanted, async t => {
  const b = await bench(t);
  await b.take();
  const path = join(b.home.folder, 'snapshots', b.site.id, b.node.id, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.partial`, b.bytes.subarray(0, 500_000));
  const pulled = await b.pull();
  assert.equal(pulled.path, path);
  const fetched = b.told.filter(each => each.what.startsWith('Pulling'));
  assert.ok(
    fetched.length > 0 && fetched.every(each => each.done >= 500_000),
    'what was there is counted, not fetched',
  );
  rmSync(path);
  writeFileSync(`${path}.partial`, Buffer.alloc(500_000, 7));
  assert.equal((await b.pull()).check.intact, true);
  assert.deepEqual(readFileSync(path), b.bytes);
});

test('every way K3s refuses a snapshot is told in words that help', wanted, async t => {
  const b = await bench(t);
  b.remote.put('journal', 'level=error msg="etcd-snapshot error ID 48213: write: no space left on device"\n');
  const table = [
    ['busy', /already taking a snapshot/],
    ['learner', /still a learner/],
    ['down', /does not answer: Error: Get "https:\/\/127.0.0.1:6443/],
    ['journal', /no space left on device/],
    ['silent', /without saying that it saved/],
  ] as const;
  for (const [mode, says] of table) {
    b.remote.put('mode', mode);
    const told = await failure(b.take());
    assert.match(told.says, says, mode);
    assert.match(told.untouched ?? '', /No snapshot was made/);
  }
  rmSync(b.remote.at('bin/k3s'));
  assert.equal((await failure(b.take())).code, 'no-such-thing');
  rmSync(b.remote.at('lib/k3s/server/db/etcd'), { recursive: true });
  assert.match((await failure(b.take())).says, /no embedded etcd/);
});

test('a snapshot that the list does not show yet is found by its file', wanted, async t => {
  const b = await bench(t);
  b.remote.put('mode', 'lagging');
  const taken = await b.take();
  assert.deepEqual([taken.name, taken.bytes], [name, b.bytes.length]);
});

test('with the service down the files on the disk are listed and can be pulled', wanted, async t => {
  const b = await bench(t);
  await b.take();
  const odd = "on-demand-it's $(odd)\n-1767571205";
  writeFileSync(join(b.remote.snapshots, odd), b.bytes);
  writeFileSync(join(b.remote.snapshots, `${name}.part`), 'half');
  b.remote.put('mode', 'down');
  assert.deepEqual(
    (await b.onNode()).map(each => each.name),
    [odd, name],
  );
  assert.equal((await b.pull()).check.intact, true);
  const pulled = await b.pull(odd);
  assert.deepEqual([pulled.check.intact, pulled.name], [true, odd]);
  assert.match(pulled.path, /\/[A-Za-z0-9._-]+$/);
});

test('a folder for snapshots set in config.yaml is where they are looked for', wanted, async t => {
  const b = await bench(t);
  mkdirSync(b.remote.at('elsewhere'));
  writeFileSync(b.remote.at(`elsewhere/${name}`), b.bytes);
  b.remote.put(
    'etc/k3s/config.yaml',
    `token: do-not-send\netcd-snapshot-dir: "${b.remote.at('elsewhere')}/" # ours\n`,
  );
  b.remote.put('mode', 'down');
  assert.deepEqual(
    (await b.onNode()).map(each => each.location),
    [`file://${b.remote.at('elsewhere')}/${name}`],
  );
});

test('without room for twice the database no snapshot is begun', wanted, async t => {
  const b = await bench(t);
  const db = b.remote.at('lib/k3s/server/db');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', db]);
  t.after(() => spawnSync('umount', ['-l', db]));
  mkdirSync(join(db, 'etcd'));
  writeFileSync(join(db, 'etcd/db'), Buffer.alloc(3 * 2 ** 20));
  const told = await failure(b.take());
  spawnSync('umount', ['-l', db]);
  assert.equal(told.code, 'space-short');
  assert.match(told.says, /needs 6\.4 MiB free on the node.*there are 5\.0 MiB/);
});

test('a raw database copy is pulled and never called intact', wanted, async t => {
  const b = await bench(t);
  b.remote.put('source', b.bytes.subarray(0, -32));
  await b.take();
  const { check } = await b.pull();
  assert.deepEqual([check.trailer, check.reference, check.intact], ['missing', 'equal', false]);
  assert.match(check.says, /Not intact: it has no SHA-256 trailer/);
});

test('a copy that rots is found, kept aside, and pulled anew', wanted, async t => {
  const b = await bench(t);
  await b.take();
  const pulled = await b.pull();
  const bytes = readFileSync(pulled.path);
  bytes[9000] = (bytes[9000] ?? 0) ^ 4;
  writeFileSync(pulled.path, bytes);
  const verified = await b.calls['snapshot.verify']({ snapshot: pulled.id }, b.context());
  assert.deepEqual(
    [verified.check.trailer, verified.check.reference, verified.check.intact],
    ['broken', 'different', false],
  );
  assert.ok(existsSync(pulled.path), 'a damaged copy is never deleted');
  const again = await b.pull();
  assert.deepEqual([again.id, again.check.intact], [pulled.id, true]);
  const aside = readdirSync(dirname(pulled.path)).find(each => each.includes('.damaged-'));
  assert.deepEqual(readFileSync(join(dirname(pulled.path), aside ?? '')), bytes);
  rmSync(pulled.path);
  const gone = await b.calls['snapshot.verify']({ snapshot: pulled.id }, b.context());
  assert.match(gone.check.says, /gone from this laptop/);
});

test('an intact copy is not given up for a file that changed on the node', wanted, async t => {
  const b = await bench(t);
  await b.take();
  const pulled = await b.pull();
  appendFileSync(join(b.remote.snapshots, name), 'x');
  const told = await failure(b.pull());
  assert.equal(told.code, 'check-failed');
  assert.match(told.untouched ?? '', /intact and was left alone/);
  assert.deepEqual(readFileSync(pulled.path), b.bytes);
});

test('a snapshot of another token says that the laptop does not hold it', wanted, async t => {
  const b = await bench(t);
  await b.take();
  const entry = (more: object): object => ({
    metadata: { annotations: { 'etcd.k3s.cattle.io/snapshot-token-hash': 'aaaaaaaaaaaa' } },
    spec: {
      snapshotName: name,
      nodeName: 'cp-1.lan',
      location: `file://${join(b.remote.snapshots, name)}`,
      ...more,
    },
    status: { size: '1k', creationTime: '2026-01-05T00:00:04Z', readyToUse: true },
  });
  b.remote.put(
    'list.json',
    JSON.stringify({ items: [entry({ location: `s3://b/${name}`, nodeName: 's3' }), entry({})] }),
  );
  const pulled = await b.pull();
  assert.deepEqual([pulled.tokenHash, pulled.check.intact], ['aaaaaaaaaaaa', true]);
  assert.match(pulled.check.says, /needs the server token aaaaaaaaaaaa, which is not on this laptop/);
});

test('what cannot be pulled from this node is said before anything is tried', wanted, async t => {
  const b = await bench(t);
  const entry = (snapshotName: string, location: string, status: object = {}): object => ({
    spec: { snapshotName, nodeName: 'cp-2', location },
    status: { size: '1k', readyToUse: true, ...status },
  });
  b.remote.put(
    'list.json',
    JSON.stringify({
      items: [
        entry('remote-1', 's3://bucket/remote-1'),
        entry('other-1', 'file:///nowhere/other-1'),
        entry('failed-1', '', { error: { message: 'no space left' }, readyToUse: false }),
        entry('passwd', 'file:///etc/passwd-'),
      ],
    }),
  );
  const says = async (which: string): Promise<string> => (await failure(b.pull(which))).says;
  assert.match(await says('remote-1'), /lies at s3:\/\/bucket\/remote-1/);
  assert.match(await says('other-1'), /lies on the server cp-2/);
  assert.match(await says('failed-1'), /could not make this snapshot: no space left/);
  assert.match(await says('passwd'), /path that does not end in its name/);
  assert.match(await says('none'), /no snapshot of this name/);
  const listed = await b.onNode();
  assert.equal(listed.length, 4);
});

test('a node without a token that can be read is pulled from, and said', wanted, async t => {
  const b = await bench(t);
  rmSync(b.remote.at('lib/k3s/server/token'));
  await b.take();
  const { check, tokenHash: hash } = await b.pull();
  assert.deepEqual([hash, check.intact], ['', true]);
  assert.match(check.says, /without its token the snapshot restores nothing/);
});
