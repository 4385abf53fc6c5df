import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunNews } from '../../../preload/contract/domain.ts';
import { context, stopless } from '../../support/sites.ts';
import type { PracticeStation } from '../../../main/practice/station.ts';
import { rootCred } from '../../../main/practice/station/disk/nodes.ts';
import { resourcesFolder } from '../../../main/version.ts';
import { failing } from '../../support/failing.ts';
import {
  begin,
  ended,
  installAsk,
  practiceSite,
  runThrough,
  standings,
  terminalOf,
} from '../../support/practice-site.ts';

const config = '/etc/rancher/k3s/config.yaml';

test('K3s is installed on the practice node, step by step, and a second run changes nothing and says so', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const ask = await installAsk(app, { labels: ['rack=north'], tlsSan: ['k3s.site'] });
  const { plan, run } = await begin(app, ask);
  assert.equal(run.state, 'running');
  const first = await ended(app, run.id);
  assert.equal(first.state, 'passed', standings(first));
  assert.equal(first.unchanged, false);
  assert.deepEqual(
    first.steps.map(({ id }) => id),
    plan.steps.map(({ id }) => id),
  );
  assert.equal(first.progress.done, 100);

  const again = await runThrough(app, ask);
  assert.equal(again.state, 'passed', standings(again));
  assert.equal(again.unchanged, true, standings(again));
  assert.deepEqual(
    again.steps.filter(({ standing }) => standing !== 'already').map(({ id }) => id),
    ['preflight', 'lock', 'identity', 'ready', 'datastore', 'certificate', 'tidy'],
  );
  assert.match(await terminalOf(app, again.id), /nothing was changed/);
});

test('the token reaches no plan, journal, terminal, process list or record', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const commands: string[] = [];
  site.station.faults.atExec = command => {
    commands.push(command);
    return 'go';
  };
  const { plan, run } = await begin(app, await installAsk(app));
  const done = await ended(app, run.id);
  assert.equal(done.state, 'passed', standings(done));
  const tree = site.station.node.tree;
  const token = /^token: "([0-9a-f]{32})"$/m.exec(Buffer.from(tree.read(config)).toString())?.[1];
  assert.ok(token);
  const password = site.password;
  const db = readFileSync(join(site.home, 'practice', 'coldstart.db'), 'latin1');
  const terminal = await terminalOf(app, run.id);
  for (const [where, text] of Object.entries({
    plan: JSON.stringify(plan),
    terminal,
    commands: commands.join('\n'),
    news: JSON.stringify(done),
    db,
  }))
    for (const secret of [token, password, Buffer.from(token).toString('base64').slice(0, 40)])
      assert.ok(!text.includes(secret), `${where} holds a secret`);
  assert.match(JSON.stringify(plan), /token: \\"‹secret›\\"|‹secret›/);
  assert.match(terminal, /Bring the images/);
});

test('what is shown is what runs: the plan’s commands stand in the journal before their results', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const { plan, run } = await begin(app, await installAsk(app));
  assert.equal((await ended(app, run.id)).state, 'passed');
  for (const step of plan.steps) assert.ok(step.commands.length > 0 && step.why.endsWith('.'), step.id);
  const news: RunNews[] = [];
  for await (const one of app.handlers.feeds['run.news']({ run: run.id }, stopless)) news.push(one);
  assert.deepEqual(
    news.map(({ is }) => is),
    ['run', 'ended'],
  );
});

test('the news tell every step in order, and the live terminal is the whole terminal', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const { plan, run } = await begin(app, await installAsk(app));
  const live = terminalOf(app, run.id);
  const passed: string[] = [];
  let percent = 0;
  for await (const one of app.handlers.feeds['run.news']({ run: run.id }, stopless)) {
    if (one.is === 'step' && one.step.standing === 'passed') passed.push(one.step.id);
    if (one.is === 'step' || one.is === 'progress') {
      assert.ok(
        one.progress.done >= percent - 0.001,
        `${one.progress.what}: ${one.progress.done} after ${percent}`,
      );
      percent = Math.max(percent, one.progress.done);
    }
  }
  assert.deepEqual(
    passed,
    plan.steps.map(({ id }) => id),
  );
  assert.equal(await live, await terminalOf(app, run.id));
});

test('a plan that is not the one shown is refused', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const ask = await installAsk(app);
  const { digest } = await app.calls['run.plan']({ ask }, context());
  const other = { ...ask, options: { ...ask.options, nodeName: 'another-name' } };
  assert.equal(
    (await failing('refused', () => app.calls['run.start']({ ask: other, digest }, context()))).untouched,
    'Nothing was begun.',
  );
  assert.deepEqual(await app.calls['run.list']({}, context()), []);
  // the same question asked again gives the same plan
  assert.equal((await app.calls['run.plan']({ ask }, context())).digest, digest);
});

test('changed options are said, written and answered by one restart; what can never change is refused', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const ask = await installAsk(app);
  assert.equal((await runThrough(app, ask)).state, 'passed');

  const more = { ...ask, options: { ...ask.options, snapshotRetention: 30 } };
  const plan = await app.calls['run.plan']({ ask: more }, context());
  assert.match(plan.warnings.join(' '), /etcd-snapshot-retention: 16 → 30/);
  const changed = await runThrough(app, more);
  assert.equal(changed.state, 'passed', standings(changed));
  assert.equal(changed.unchanged, false);
  const passed = changed.steps.filter(({ standing }) => standing === 'passed').map(({ id }) => id);
  assert.ok(passed.includes('config') && passed.includes('start'), standings(changed));
  assert.ok(!passed.includes('images') && !passed.includes('service'));

  const never = { ...ask, options: { ...ask.options, clusterCidr: '10.60.0.0/16' } };
  const failure = await failing('refused', () => app.calls['run.plan']({ ask: never }, context()));
  assert.match(failure.says, /cluster-cidr/);
});

for (const [what, scenario, says] of [
  ['a clock a year off', { clockOffsetMs: -365 * 86_400_000 }, /days behind/],
  ['a disk too small', { disk: 'full' }, /free/],
  ['a port that is taken', { portsTaken: [6443] }, /6443/],
  ['no right to act as root', { sudo: 'none' }, /may not act as root/],
  ['a LAN inside the pods’ network', { lan: '10.42.0.11/24' }, /overlaps/],
  ['SELinux without its package', { selinux: true }, /k3s-selinux/],
  ['no memory cgroup', { cgroups: 'v2-without-memory' }, /without memory/],
  ['a read-only root file system', { readOnlyRoot: true }, /Read-only/],
  ['a data folder mounted noexec', { noExec: ['/var/lib'] }, /noexec/],
  ['no default route', { defaultRoute: false }, /There is none/],
] as const)
  test(`${what} blocks the install before anything is changed`, async t => {
    const site = await practiceSite(t, scenario);
    const app = await site.open();
    const ask = await installAsk(app);
    const failure = await failing('preflight-blocked', () => app.calls['run.plan']({ ask }, context()));
    assert.match(failure.says, says);
    assert.ok(failure.next);
    assert.equal(site.station.node.tree.peek('/usr/local/bin/k3s'), undefined);
  });

test('K3s that somebody else installed blocks the install and stays as it is', async t => {
  for (const [prepare, says] of [
    [(station: PracticeStation) => station.installK3s('sqlite'), /SQLite/],
    [(station: PracticeStation) => station.installK3s('etcd'), /somebody/],
  ] as const) {
    const site = await practiceSite(t);
    const app = await site.open();
    await prepare(site.station);
    const before = site.station.node.tree.peek('/var/lib/rancher/k3s/server/token');
    const ask = await installAsk(app);
    const failure = await failing('preflight-blocked', () => app.calls['run.plan']({ ask }, context()));
    assert.match(failure.says, says);
    assert.equal(site.station.node.tree.peek('/var/lib/rancher/k3s/server/token'), before);
  }
});

test('a login password that is a word of ours is masked in texts and breaks no journal', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const ask = await installAsk(app);
  for (const secret of ['passed', 'root', 'config'])
    await app.calls['node.secret']({ node: app.node, kind: 'passphrase', secret, keep: true }, context());
  const done = await runThrough(app, ask);
  assert.equal(done.state, 'passed', standings(done));
  assert.ok(done.steps.every(({ standing }) => standing === 'passed' || standing === 'already'));
  assert.ok(!(await terminalOf(app, done.id)).includes('/root'));
});

test('a bundle nobody vouches for asks for consent before anything is planned', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const unsigned = join(site.home, 'unsigned');
  cpSync(join(resourcesFolder(), 'practice', 'bundle'), unsigned, { recursive: true });
  for (const name of ['coldstart-bundle.txt', 'coldstart-bundle.txt.minisig']) rmSync(join(unsigned, name));
  const { id: bundle } = await app.calls['bundle.import']({ path: unsigned }, context());
  const options = await app.calls['install.defaults']({ node: app.node }, context());
  await failing('consent-needed', () =>
    app.calls['run.plan']({ ask: { is: 'install-single', node: app.node, bundle, options } }, context()),
  );
});

test('an ARM node gets the ARM binary and images', async t => {
  const site = await practiceSite(t, { arch: 'arm64' });
  const app = await site.open();
  const done = await runThrough(app, await installAsk(app));
  assert.equal(done.state, 'passed', standings(done));
  assert.ok(site.station.node.tree.peek('/var/lib/rancher/k3s/agent/images/k3s-airgap-images-arm64.tar.zst'));
});

test('a run that is stopped says where, leaves no temporary file, and can be continued', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const { run } = await begin(app, await installAsk(app));
  for await (const news of app.handlers.feeds['run.news']({ run: run.id }, stopless))
    if (news.is === 'step' && news.step.id === 'service' && news.step.standing === 'applying') break;
  const stopped = await app.calls['run.cancel']({ run: run.id }, context());
  assert.equal(stopped.state, 'cancelled', standings(stopped));
  assert.match(stopped.failure?.says ?? '', /Set up the service/);
  assert.match(stopped.failure?.untouched ?? '', /Bring the K3s binary/);
  const { tree } = site.station.node;
  for (const path of ['/run/coldstart', '/var/lib/rancher/k3s/.coldstart'])
    assert.equal(tree.peek(path), undefined, path);
  await app.calls['run.continue']({ run: run.id }, context());
  const done = await ended(app, run.id);
  assert.equal(done.state, 'passed', standings(done));
});

test('a second run on a node that is being worked on is refused, on this laptop and on another', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const ask = await installAsk(app);
  const { run } = await begin(app, ask);
  const { digest } = await app.calls['run.plan']({ ask: { is: 'preflight', node: app.node } }, context());
  await failing('held-elsewhere', () =>
    app.calls['run.start']({ ask: { is: 'preflight', node: app.node }, digest }, context()),
  );
  assert.equal((await ended(app, run.id)).state, 'passed');

  const { tree } = site.station.node;
  tree.makeFolders('/run/coldstart/lock', 0o755, rootCred);
  const foreign = '99999999-2222-3333-4444-555555555555';
  tree.write(
    '/run/coldstart/lock/holder',
    Buffer.from(`run=${foreign}\nowner=Ada\nsince=2026-01-01T00:00:00Z\n`),
  );
  const held = await runThrough(app, ask);
  assert.equal(held.state, 'failed');
  assert.equal(held.failure?.code, 'held-elsewhere');
  assert.equal(held.failure.facts?.['run'], foreign);
  assert.ok(tree.peek('/run/coldstart/lock/holder'));
  const taken = await runThrough(app, { ...ask, takeOver: foreign });
  assert.equal(taken.state, 'passed', standings(taken));
});
