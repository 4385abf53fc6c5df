import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { RunbookAsk } from '../../../../preload/contract/contract.ts';
import type { Snapshot } from '../../../../preload/contract/domain.ts';
import { failing } from '../../../support/failing.ts';
import { folder } from '../../../support/folder.ts';
import { ended, runThrough, standings, terminalOf } from '../../../support/practice-site.ts';
import type { OpenApp, PracticeSite } from '../../../support/practice-site.ts';
import { installedSite, throughCuts } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

const server = '/var/lib/rancher/k3s/server';
const config = '/etc/rancher/k3s/config.yaml';
const node = 'practice-node-1';
const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

const readyNode = async ({ station }: PracticeSite): Promise<string> =>
  (await station.run('k3s kubectl get nodes --no-headers 2>&1')).stdout;

/** The disk loses the log of etcd, so K3s does not come up with the database that is there. */
async function spoil({ station }: PracticeSite): Promise<void> {
  await station.run(`systemctl stop k3s; rm -r ${server}/db/etcd/member/wal`);
  await station.run('systemctl start --no-block k3s');
}

const restore = (app: OpenApp, path: string): RunbookAsk & { is: 'restore' } => ({
  is: 'restore',
  node: app.node,
  kind: 'raw-db',
  of: { is: 'file', path },
  choices: [],
  typedName: node,
});

interface Dead {
  readonly site: PracticeSite;
  readonly app: OpenApp;
  readonly copy: Snapshot;
  /** The raw database on the laptop, in folders as on the disk it was copied from. */
  readonly db: string;
}

/** A node whose database lies on the laptop as a raw copy, and whose own nobody can read any more. */
async function rawCopy(t: TestContext): Promise<Dead> {
  const { site, app } = await installedSite(t);
  const taken = await app.calls['snapshot.take']({ node: app.node }, context());
  const copy = await app.calls['snapshot.pull']({ node: app.node, name: taken.name }, context());
  await spoil(site);
  assert.doesNotMatch(await readyNode(site), / Ready /);
  const db = join(folder(t), 'disk', 'server', 'db', 'etcd', 'member', 'snap', 'db');
  mkdirSync(dirname(db), { recursive: true });
  // a snapshot is the database with its SHA-256 behind
  writeFileSync(db, readFileSync(copy.path).subarray(0, -32));
  return { site, app, copy, db };
}

test('the raw database of a dead disk comes back, though the old one cannot be read; the file that was given stays as it is', async t => {
  const { site, app, copy, db } = await rawCopy(t);
  const given = hashOf(db);
  const ask = restore(app, db);
  const plan = await app.calls['run.plan']({ ask }, context());
  assert.ok(plan.warnings.some(says => says.includes('Nobody recorded the hash')));
  assert.ok(!plan.steps.some(({ id }) => id === 'token'));

  const run = await runThrough(app, ask);
  assert.equal(run.state, 'passed', standings(run));
  assert.match(await readyNode(site), / Ready /);
  assert.equal(hashOf(db), given);
  const made = /to (\S+raw-db\.snapshot)/.exec(await terminalOf(app, run.id))?.[1] ?? '';
  // what was made of it is the snapshot it once was, byte for byte
  assert.equal(hashOf(made), copy.sha256);
  const { stdout } = await site.station.run(
    `ls -d ${server}/db/etcd-aside-* /run/coldstart ${server}/db/coldstart-* 2>/dev/null`,
  );
  assert.match(stdout, /^\S+etcd-aside-[0-9a-f]{8}\n$/);
  assert.match(
    (await site.station.run('systemctl is-enabled k3s; systemctl is-active k3s')).stdout,
    /^enabled\nactive/,
  );
});

test('a machine set up anew has another token: the one the vault keeps is put in, and never shown', async t => {
  const { site, app, db } = await rawCopy(t);
  const token = (await site.station.run(`cat ${server}/token`)).stdout.trim();
  const password = token.split(':').at(-1) ?? '';
  await site.station.run(
    `sed -i '/^token:/d' ${config}; printf 'token: "another-one"\\n' >>${config}; printf 'K10aa::server:another-one\\n' >${server}/token`,
  );
  const run = await runThrough(app, restore(app, db));
  assert.equal(run.state, 'passed', standings(run));
  assert.match(await readyNode(site), / Ready /);
  assert.ok((await site.station.run(`cat ${config}`)).stdout.includes(password));
  assert.ok(!(await terminalOf(app, run.id)).includes(password), 'the token stands in the terminal');
});

test('the connection is cut after every phase of a restore of a raw database, and it is restored once', async t => {
  const { site, app, db } = await rawCopy(t);
  const { run, cuts } = await throughCuts({ site, app }, restore(app, db), 'cut after');
  assert.equal(run.state, 'passed', `${standings(run)}\n${cuts.join('\n')}`);
  assert.match(await readyNode(site), / Ready /);
  const { stdout } = await site.station.run(`ls -d ${server}/db/etcd-aside-* ${server}/db/etcd-old-*`);
  assert.equal(stdout.trim().split('\n').length, 1, stdout);
});

test('what is no sound database of this site is refused, and so is one that changed after the plan was made', async t => {
  const { site, app, copy, db } = await rawCopy(t);
  const planned = (of: RunbookAsk & { is: 'restore' }) => () => app.calls['run.plan']({ ask: of }, context());
  const whole = await failing('check-failed', planned(restore(app, copy.path)));
  assert.match(whole.says, /whole snapshot/);
  const kept = { ...restore(app, db), of: { is: 'kept', snapshot: copy.id } } as const;
  assert.match((await failing('refused', planned(kept))).next ?? '', /member\/snap\/db/);
  await failing('no-such-thing', planned(restore(app, `${db}-other`)));

  const bytes = readFileSync(db);
  writeFileSync(db, bytes.subarray(0, -100));
  assert.match((await failing('check-failed', planned(restore(app, db)))).says, /cut short/);
  writeFileSync(db, bytes);

  const ask = restore(app, db);
  await failing('consent-needed', () =>
    app.calls['run.start']({ ask: { ...ask, typedName: 'node' }, digest: '' }, context()),
  );
  assert.doesNotMatch(await readyNode(site), / Ready /);

  // changed only after the plan was made: the run finds it, and sends nothing
  const plan = await app.calls['run.plan']({ ask }, context());
  bytes.writeUInt8(bytes.readUInt8(9000) ^ 1, 9000);
  writeFileSync(db, bytes);
  const { id } = await app.calls['run.start']({ ask, digest: plan.digest }, context());
  const run = await ended(app, id);
  assert.equal(run.state, 'failed', standings(run));
  assert.match(run.failure?.says ?? '', /not what it was when the plan was made/);
  const { stdout } = await site.station.run(
    `ls -d ${server}/db/etcd ${server}/db/coldstart-restore-* 2>/dev/null`,
  );
  assert.equal(stdout.trim(), `${server}/db/etcd`);
});
