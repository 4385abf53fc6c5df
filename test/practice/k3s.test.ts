import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createDecipheriv, createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { bootstrapKey, caHash, openBootstrap, tokenForm } from '../../main/core/server-token.ts';
import type { PracticeStation } from '../../main/practice/station.ts';
import { resourcesFolder } from '../../main/version.ts';
import { folder } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { station } from './station.ts';

const server = '/var/lib/rancher/k3s/server';
const resources = join(resourcesFolder(), 'practice');

/** A node with the practice bundle in place, this configuration, and K3s not yet started. */
async function bundled(t: TestContext, config: string): Promise<PracticeStation> {
  const practice = await station(t);
  const bring = (name: string, to: string, mode: number): unknown =>
    practice.node.tree.write(to, readFileSync(join(resources, 'bundle', name)), mode);
  bring('k3s', '/usr/local/bin/k3s', 0o755);
  bring('install.sh', '/root/install.sh', 0o755);
  bring('k3s-airgap-images-amd64.tar.zst', '/var/lib/rancher/k3s/agent/images/k3s.tar.zst', 0o644);
  practice.node.tree.write('/etc/rancher/k3s/config.yaml', config, 0o600);
  return practice;
}

const install = 'INSTALL_K3S_SKIP_DOWNLOAD=true sh /root/install.sh';
const ready = 'k3s kubectl wait --for=condition=Ready node --all --timeout=20s';
const fileOf = (practice: PracticeStation, path: string): Buffer => {
  const node = practice.node.tree.find(path, { uid: 0, gid: 0, groups: [0] });
  assert.equal(node.kind, 'file');
  return Buffer.from('content' in node ? node.content.subarray(0, node.size) : []);
};

async function ok(practice: PracticeStation, script: string): Promise<string> {
  const { status, stdout, stderr } = await practice.run(script);
  assert.equal(status, 0, `${script}\n${stdout}${stderr}`);
  return stdout;
}

/** Saves a snapshot; gives its bytes. */
async function saved(practice: PracticeStation): Promise<Buffer> {
  const { status, stderr } = await practice.run('k3s etcd-snapshot save');
  assert.equal(status, 0, stderr);
  const name = /msg="Snapshot (\S+) saved\."/.exec(stderr)?.[1] ?? '';
  assert.match(name, /^on-demand-practice-node-1-\d+$/);
  return fileOf(practice, `${server}/db/snapshots/${name}`);
}

const bootstrapIn = (snapshot: Buffer, password: string): string | undefined => {
  const at = snapshot.indexOf(bootstrapKey(password));
  return at < 0
    ? undefined
    : /[0-9a-f]{16}:[A-Za-z0-9+/]{1000,}=*/.exec(snapshot.subarray(at).toString('latin1'))?.[0];
};

test('an install with embedded etcd becomes Ready and saves snapshots that only its token opens', async t => {
  const practice = await bundled(
    t,
    'cluster-init: true\ntoken: the right one\nsecrets-encryption: true\ntls-san: [k3s.site]\n',
  );
  const said = await ok(practice, install);
  assert.match(said, /\[INFO\] {2}systemd: Starting k3s\n$/);
  assert.match(await ok(practice, 'k3s kubectl get nodes --no-headers'), /^practice-node-1 +NotReady /);
  assert.match(
    await ok(practice, `${ready} && k3s kubectl get nodes --no-headers`),
    /\npractice-node-1 +Ready +control-plane,etcd /,
  );
  assert.equal((await ok(practice, 'k3s ctr images ls -q')).trim().split('\n').length, 8);

  const [first, second] = [await saved(practice), await saved(practice)];
  assert.notDeepEqual(first, second, 'the node renewed its lease in between');
  for (const snapshot of [first, second]) {
    const body = snapshot.subarray(0, -32);
    assert.deepEqual(createHash('sha256').update(body).digest(), snapshot.subarray(-32), 'the trailer holds');
    const value = bootstrapIn(snapshot, 'the right one') ?? '';
    const data = JSON.parse(Buffer.from(openBootstrap('the right one', value) ?? []).toString()) as Record<
      string,
      { Content: string }
    >;
    const content = (name: string): Buffer => Buffer.from(data[name]?.Content ?? '', 'base64');
    assert.deepEqual(content('ServerCA'), fileOf(practice, `${server}/tls/server-ca.crt`));
    assert.equal(openBootstrap('another', value), undefined);
    assert.equal(bootstrapIn(snapshot, 'another'), undefined);
    assert.ok(secretsOpen(snapshot, content('EncryptionConfig')) >= 5);
    assert.ok(!snapshot.includes('weather balloon'), 'no Secret lies open');
    assert.ok(snapshot.includes(practice.node.identity.machineId), 'the snapshot is of this node');
  }
});

/** Opens every Secret of a snapshot with the key in the bootstrap data; gives how many there were. */
function secretsOpen(snapshot: Buffer, config: Buffer): number {
  const secret = /"secret":"([^"]+)"/.exec(config.toString())?.[1] ?? '';
  const head = Buffer.from('k8s:enc:aescbc:v1:aescbckey:');
  let count = 0;
  for (let at = snapshot.indexOf(head); at >= 0; at = snapshot.indexOf(head, at + 1)) {
    const sealed = snapshot.subarray(at + head.length, at + head.length + 32);
    const open = createDecipheriv(
      'aes-256-cbc',
      Buffer.from(secret, 'base64'),
      sealed.subarray(0, 16),
    ).setAutoPadding(false);
    assert.equal(open.update(sealed.subarray(16)).subarray(0, 4).toString('latin1'), 'k8s\0');
    count += 1;
  }
  return count;
}

test('etcd itself accepts the snapshot and counts what was recorded', needs('etcd'), async t => {
  const recorded = JSON.parse(readFileSync(join(resources, 'snapshot', 'status.json'), 'utf8')) as Record<
    string,
    { revision: number; totalKey: number; totalSize: number }
  >;
  for (const [name, config] of [
    ['encrypted.db', 'cluster-init: true\nsecrets-encryption: true\n'],
    ['plain.db', 'cluster-init: true\n'],
  ] as const) {
    const practice = await bundled(t, config);
    await ok(practice, `${install} && ${ready}`);
    const path = join(folder(t), 'snapshot');
    const snapshot = await saved(practice);
    writeFileSync(path, snapshot);
    const told = execFileSync('etcdctl', ['snapshot', 'status', path, '-w', 'json'], {
      env: { ...process.env, ETCDCTL_API: '3' },
    });
    const status = JSON.parse(told.toString()) as { revision: number; totalKey: number; totalSize: number };
    const { revision, totalKey, totalSize } = status;
    const { revision: r, totalKey: k, totalSize: z } = recorded[name] ?? {};
    assert.deepEqual({ revision, totalKey, totalSize }, { revision: r, totalKey: k, totalSize: z });
    assert.equal(snapshot.includes('weather balloon'), name === 'plain.db');
    execFileSync('etcdctl', ['snapshot', 'restore', path, '--data-dir', join(folder(t), 'restored')], {
      env: { ...process.env, ETCDCTL_API: '3' },
      stdio: 'ignore',
    });
  }
});

test('certificates chain to the CA that the token names, with the names that were asked for', async t => {
  const practice = await bundled(t, 'cluster-init: true\ntls-san:\n  - k3s.site\n  - 10.9.8.7\n');
  await ok(practice, install);
  const ca = fileOf(practice, `${server}/tls/server-ca.crt`);
  const token = tokenForm(practice.node.tree.read(`${server}/token`));
  assert.equal(token?.is, 'full');
  assert.equal(token?.is === 'full' && token.caHash, caHash(ca));
  const leaf = new X509Certificate(fileOf(practice, `${server}/tls/serving-kube-apiserver.crt`));
  assert.ok(leaf.verify(new X509Certificate(ca).publicKey));
  assert.equal(leaf.subject, 'O=k3s\nCN=k3s');
  for (const name of ['k3s.site', 'practice-node-1', 'kubernetes.default.svc'])
    assert.ok(leaf.checkHost(name), name);
  for (const ip of ['10.9.8.7', '10.43.0.1', '127.0.0.1', '192.168.50.11']) assert.ok(leaf.checkIP(ip), ip);
  assert.match(practice.node.tree.read('/etc/rancher/k3s/k3s.yaml'), /server: https:\/\/127\.0\.0\.1:6443/);
  assert.equal((await practice.run('stat -c %a /etc/rancher/k3s/k3s.yaml')).stdout, '600\n');
  const asTrainee = await practice.run('k3s kubectl get nodes', 'login');
  assert.equal(asTrainee.status, 1);
  assert.match(asTrainee.stderr, /open \/etc\/rancher\/k3s\/k3s\.yaml: permission denied/);
});

test('without cluster-init K3s keeps its data in SQLite and takes no etcd snapshots', async t => {
  const practice = await station(t);
  await practice.installK3s('sqlite');
  assert.match(await ok(practice, `ls ${server}/db`), /state\.db/);
  const { status, stderr } = await practice.run('k3s etcd-snapshot save');
  assert.equal(status, 1);
  assert.match(stderr, /Error: etcd datastore disabled/);
});

test('K3s refuses in its own words, and systemctl says the job failed', async t => {
  const cases: readonly (readonly [
    config: string,
    scenario: Parameters<PracticeStation['set']>[0],
    says: RegExp,
  ])[] = [
    ['cluster-init: [', {}, /level=fatal msg="yaml: /],
    ['token: K10bad::server:x\n', {}, /failed to normalize server token/],
    ['cluster-init: true\n', { portsTaken: [6443] }, /bind: address already in use/],
    ['cluster-init: true\n', { cgroups: 'v2-without-memory' }, /failed to find memory cgroup/],
    ['cluster-init: true\n', { defaultRoute: false }, /unable to select an IP from default routes/],
  ];
  for (const [config, scenario, says] of cases) {
    const practice = await bundled(t, config);
    practice.set(scenario);
    const { status, stderr } = await practice.run(install);
    assert.equal(status, 1);
    assert.match(stderr, /Job for k3s\.service failed/);
    assert.match(await ok(practice, 'journalctl -u k3s --no-pager -o cat'), says);
    assert.notEqual((await practice.run('systemctl is-active k3s')).stdout, 'active\n');
  }
});

test('a started cluster keeps its token', async t => {
  const practice = await bundled(t, 'cluster-init: true\ntoken: one\nbogus-key: 1\n');
  await ok(practice, install);
  assert.match(
    await ok(practice, 'journalctl -u k3s -o cat'),
    /Unknown flag --bogus-key found in config\.yaml, skipping/,
  );
  await ok(practice, 'sed -i "s/token: one/token: two/" /etc/rancher/k3s/config.yaml');
  assert.equal((await practice.run('systemctl restart k3s')).status, 1);
  assert.match(await ok(practice, 'journalctl -u k3s -o cat'), /encrypted with different token/);
});

test('with the service stopped nothing answers, and everything is there again after a start', async t => {
  const practice = await station(t);
  await practice.installK3s('etcd');
  const before = await ok(practice, `sha256sum ${server}/token ${server}/tls/server-ca.crt`);
  await ok(practice, 'systemctl stop k3s');
  assert.match(
    (await practice.run('k3s kubectl get nodes')).stderr,
    /connection to the server 127\.0\.0\.1:6443 was refused/,
  );
  assert.match((await practice.run('k3s etcd-snapshot save')).stderr, /connection refused/);
  await ok(practice, `systemctl start k3s && ${ready}`);
  assert.equal(await ok(practice, `sha256sum ${server}/token ${server}/tls/server-ca.crt`), before);
});

test('snapshots are listed in the new form and in the old one, deleted and pruned', async t => {
  const practice = await station(t);
  await practice.installK3s('etcd');
  await ok(practice, ready);
  await saved(practice);
  await saved(practice);
  const list = JSON.parse(await ok(practice, 'k3s etcd-snapshot ls -o json')) as {
    kind: string;
    items: { spec: { snapshotName: string }; status: { size: string } }[];
  };
  assert.equal(list.kind, 'List');
  assert.equal(list.items.length, 2);
  assert.equal(list.items[0]?.status.size, '127008');
  practice.set({ snapshotList: 'flat' });
  const flat = JSON.parse(await ok(practice, 'k3s etcd-snapshot ls -o json')) as { name: string }[];
  assert.deepEqual(
    flat.map(({ name }) => name),
    list.items.map(({ spec }) => spec.snapshotName),
  );
  const { stderr } = await practice.run('k3s etcd-snapshot prune --name on-demand --snapshot-retention 1');
  assert.match(stderr, new RegExp(`Snapshot ${flat[0]?.name ?? ''} deleted\\.`));
  assert.match(
    (await practice.run('k3s etcd-snapshot delete nothing')).stderr,
    /Snapshot nothing not found\./,
  );
});

test('a binary for another processor does not run', async t => {
  const practice = await bundled(t, 'cluster-init: true\n');
  practice.set({ arch: 'arm64' });
  const { status, stderr } = await practice.run('k3s --version; uname -m');
  assert.equal(status, 0);
  assert.match(stderr, /cannot execute binary file: Exec format error/);
});

test('uninstalling leaves nothing of K3s but the node password', async t => {
  const practice = await station(t);
  await practice.installK3s('etcd');
  await ok(practice, 'k3s-uninstall.sh');
  const left = await practice.run(
    'ls -d /usr/local/bin/k3s* /usr/local/bin/kubectl /var/lib/rancher/k3s /etc/rancher/k3s /etc/systemd/system/k3s* 2>/dev/null',
  );
  assert.equal(left.stdout, '');
  await ok(practice, 'test -s /etc/rancher/node/password');
  await practice.installK3s('sqlite');
  await ok(practice, ready);
});
