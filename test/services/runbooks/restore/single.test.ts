import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { RunbookAsk } from '../../../../preload/contract/contract.ts';
import type { Snapshot } from '../../../../preload/contract/domain.ts';
import { failing } from '../../../support/failing.ts';
import { folder } from '../../../support/folder.ts';
import { practiceSite, runThrough, standings } from '../../../support/practice-site.ts';
import type { OpenApp, PracticeSite } from '../../../support/practice-site.ts';
import { installedSite, throughCuts } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';
import { zip } from '../../../support/zip.ts';

const server = '/var/lib/rancher/k3s/server';
const node = 'practice-node-1';

const db = `${server}/db/etcd/member/snap/db`;

/** The datastore becomes what no etcd reads, and K3s no longer comes up. */
async function spoil({ station }: PracticeSite): Promise<void> {
  await station.run('systemctl stop k3s');
  station.node.tree.write(db, Buffer.alloc(65_536, 'spoiled '), 0o600);
  await station.run('systemctl start --no-block k3s');
}
const readyNode = async ({ station }: PracticeSite): Promise<string> =>
  (await station.run('k3s kubectl get nodes --no-headers 2>&1')).stdout;

type RestoreAsk = Extract<RunbookAsk, { is: 'restore' }>;

const restore = (app: OpenApp, { id }: Snapshot): RestoreAsk => ({
  is: 'restore',
  node: app.node,
  kind: 'single',
  of: { is: 'kept', snapshot: id },
  choices: [],
  typedName: node,
});

/** A node with K3s whose snapshot is on the laptop, and whose datastore was spoiled since. */
async function spoilt(
  t: TestContext,
): Promise<{ readonly site: PracticeSite; readonly app: OpenApp; readonly copy: Snapshot }> {
  const { site, app } = await installedSite(t);
  const taken = await app.calls['snapshot.take']({ node: app.node }, context());
  const copy = await app.calls['snapshot.pull']({ node: app.node, name: taken.name }, context());
  await spoil(site);
  assert.doesNotMatch(await readyNode(site), / Ready /);
  return { site, app, copy };
}

test('a server whose datastore nobody can read gets its snapshot back; the old data stay, nothing of ours is left', async t => {
  const { site, app, copy } = await spoilt(t);
  const ask = restore(app, copy);
  const plan = await app.calls['run.plan']({ ask }, context());
  assert.ok(plan.warnings.some(says => says.includes('written after the snapshot')));
  assert.match(plan.steps.find(({ id }) => id === 'reset')?.mayLose ?? '', /after the snapshot/);

  const run = await runThrough(app, ask);
  assert.equal(run.state, 'passed', standings(run));
  assert.match(await readyNode(site), / Ready /);
  assert.match(run.steps.find(({ id }) => id === 'compared')?.saw ?? '', /all 1 nodes and \d+ workloads/);
  assert.match(run.steps.find(({ id }) => id === 'reset')?.saw ?? '', /old data lie in \S+etcd-old-\d+/);
  const [record, ...others] = await app.calls['restore.records']({ site: app.site }, context());
  assert.deepEqual(others, []);
  assert.deepEqual(
    [record?.run, record?.kind, record?.snapshot, record?.verified],
    [run.id, 'single', copy.name, true],
  );
  assert.ok((record?.seconds ?? 0) >= 1 && (record?.seconds ?? 0) < 120, JSON.stringify(record));
  const left = await site.station.run(
    `ls -d ${server}/db/etcd-old-* /run/coldstart /var/lib/rancher/k3s/.coldstart ${server}/db/coldstart-* 2>/dev/null`,
  );
  assert.match(left.stdout, /^\S+etcd-old-\d+\n$/);
  assert.match(
    (await site.station.run('systemctl is-enabled k3s; systemctl is-active k3s')).stdout,
    /^enabled\nactive/,
  );
});

test('the same over the serial console alone', async t => {
  const site = await practiceSite(t);
  await site.station.installK3s('etcd');
  site.station.set({ k3sStartMs: 100, k3sReadyMs: 100 });
  while (site.station.node.stage === 'boot') await site.station.node.clock.sleep(20);
  const app = await site.open(undefined, 'serial');
  const taken = await app.calls['snapshot.take']({ node: app.node }, context());
  const copy = await app.calls['snapshot.pull']({ node: app.node, name: taken.name }, context());
  await spoil(site);
  const run = await runThrough(app, { ...restore(app, copy), choices: [{ name: 'copy', value: 'no' }] });
  assert.equal(run.state, 'passed', standings(run));
  assert.match(await readyNode(site), / Ready /);
});

test('a packed snapshot is unpacked on the laptop first, and only the zip stays there', async t => {
  const { site, app } = await installedSite(t);
  const { name } = await app.calls['snapshot.take']({ node: app.node }, context());
  const { tree } = site.station.node;
  const file = tree.peek(`${server}/db/snapshots/${name}`);
  assert.ok(file?.kind === 'file');
  const content = Buffer.from(file.content.subarray(0, file.size));
  tree.write(`${server}/db/snapshots/${name}.zip`, zip({ name, bytes: content }), 0o600);
  await site.station.run(`rm ${server}/db/snapshots/${name}`);
  const copy = await app.calls['snapshot.pull']({ node: app.node, name: `${name}.zip` }, context());
  assert.ok(copy.check.intact, copy.check.says);
  await spoil(site);
  const ask = restore(app, copy);
  const plan = await app.calls['run.plan']({ ask }, context());
  const [unpack] = plan.steps.filter(({ id }) => id === 'unpack');
  assert.match(unpack?.commands.map(({ text }) => text).join('\n') ?? '', /unpack \S+\.zip to \S+/);
  const run = await runThrough(app, ask);
  assert.equal(run.state, 'passed', standings(run));
  assert.match(await readyNode(site), / Ready /);
  const left = readdirSync(site.home, { recursive: true }).map(String);
  assert.deepEqual(
    left.filter(path => path.endsWith(name)),
    [],
  );
  assert.equal(left.filter(path => path.endsWith(`${name}.zip`)).length, 1);
});

for (const how of ['cut before', 'cut after'] as const)
  test(`the connection is ${how} every phase of a restore, and it is restored once`, async t => {
    const { site, app, copy } = await spoilt(t);
    const { run, cuts } = await throughCuts({ site, app }, restore(app, copy), how);
    assert.equal(run.state, 'passed', `${standings(run)}\n${cuts.join('\n')}`);
    assert.ok(cuts.length > 20, cuts.join('\n'));
    assert.match(await readyNode(site), / Ready /);
    const { stdout } = await site.station.run(`ls -d ${server}/db/etcd-old-*`);
    assert.equal(stdout.trim().split('\n').length, 1, stdout);
  });

test('a token that does not fit, a copy that was changed and a name that was not typed stop it before anything is done', async t => {
  const { site, app, copy } = await spoilt(t);
  const ask = restore(app, copy);
  await failing('consent-needed', () =>
    app.calls['run.start']({ ask: { ...ask, typedName: 'node' }, digest: '' }, context()),
  );
  const kept = (await site.station.run(`cat ${server}/token`)).stdout;
  await site.station.run(`printf 'K10aa::server:another\\n' >${server}/token`);
  const { says, next = '' } = await failing('refused', () => app.calls['run.plan']({ ask }, context()));
  assert.match(says, /not the one that opens the snapshot/);
  assert.match(next, /put-token/);
  await site.station.run(`printf '%s' '${kept}' >${server}/token`);
  assert.equal(site.station.node.tree.read(db).slice(0, 8), 'spoiled ');
});

test('a snapshot on a stick that the catalogue does not know is restored as well, and a raw database is not', async t => {
  const { site, app, copy } = await spoilt(t);
  const stick = folder(t);
  const path = join(stick, 'brought-back-by-headquarters');
  copyFileSync(copy.path, path);
  const ask = { ...restore(app, copy), of: { is: 'file' as const, path } };
  const plan = await app.calls['run.plan']({ ask }, context());
  assert.ok(plan.warnings.some(says => says.startsWith('Nobody recorded the hash')));
  const raw = join(stick, 'db');
  writeFileSync(raw, readFileSync(path).subarray(0, -32));
  await failing('no-proven-copy', () =>
    app.calls['run.plan']({ ask: { ...ask, of: { is: 'file', path: raw } } }, context()),
  );
  const run = await runThrough(app, ask);
  assert.equal(run.state, 'passed', standings(run));
  assert.match(await readyNode(site), / Ready /);
});

test('a clock that is wrong stops a restore before anything is done', async t => {
  const { site, app, copy } = await spoilt(t);
  site.station.set({ clockOffsetMs: -3_600_000 });
  const { says, next = '' } = await failing('refused', () =>
    app.calls['run.plan']({ ask: restore(app, copy) }, context()),
  );
  assert.match(says, /60 min behind/);
  assert.match(next, /set-clock/);
});

test('K3s finds the snapshot cut short on the node: the run says so, and the old data are kept', async t => {
  const { site, app, copy } = await spoilt(t);
  site.station.faults.atExec = command => {
    if (command.includes('--cluster-reset') && command.includes('systemd-run')) {
      site.station.faults.atExec = () => 'go';
      site.station.node.tree.write(
        `${server}/db/coldstart-restore-${copy.sha256.slice(0, 8)}`,
        'short',
        0o600,
      );
    }
    return 'go';
  };
  const run = await runThrough(app, restore(app, copy));
  assert.equal(run.state, 'failed', standings(run));
  assert.match(run.failure?.says ?? '', /no SHA-256 at its end/);
  assert.match(run.failure?.untouched ?? '', /nothing was deleted/);
  // K3s moves the old data aside before etcd looks at the snapshot.
  const { stdout } = await site.station.run(`cat ${server}/db/etcd-old-*/member/snap/db | head -c 8`);
  assert.equal(stdout, 'spoiled ');
});
