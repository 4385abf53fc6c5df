import assert from 'node:assert/strict';
import Database from 'better-sqlite3';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { RunbookAsk } from '../../../../preload/contract/contract.ts';
import { Secret } from '../../../../main/core/secret.ts';
import { bootstrapKey, passwordOf, sealBootstrap } from '../../../../main/core/server-token.ts';
import { failing } from '../../../support/failing.ts';
import { folder } from '../../../support/folder.ts';
import { practiceSite, runThrough, standings } from '../../../support/practice-site.ts';
import type { OpenApp, PracticeSite } from '../../../support/practice-site.ts';
import { throughCuts } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

const server = '/var/lib/rancher/k3s/server';
const node = 'practice-node-1';
const json = (kind: string, name: string, more: object = {}): string =>
  JSON.stringify({
    apiVersion: kind === 'Node' ? 'v1' : 'apps/v1',
    kind,
    metadata: {
      name,
      ...(kind === 'Node'
        ? { labels: { 'node-role.kubernetes.io/control-plane': 'true' } }
        : { namespace: 'kube-system' }),
    },
    ...more,
  });

/** A database as K3s keeps it (kine `pkg/drivers/sqlite`): rows are only added, the newest of a name counts. */
function kine(path: string, token: string, extra: readonly (readonly [string, string])[] = []): void {
  const password = passwordOf(new Secret(token)).reveal();
  const db = new Database(path);
  db.exec(
    'create table kine (id integer primary key autoincrement, name integer, created integer, deleted integer, create_revision integer, prev_revision integer, lease integer, value blob, old_value blob)',
  );
  const add = db.prepare(
    'insert into kine (name, created, deleted, create_revision, prev_revision, lease, value) values (?, 1, ?, 0, 0, 0, ?)',
  );
  const put = (name: string, value: string, deleted = 0): unknown =>
    add.run(name, deleted, Buffer.from(value));
  put('compact_rev_key', '');
  put(
    bootstrapKey(password),
    sealBootstrap(password, Buffer.from('{}'), 'a1b2c3d4e5f60708', Buffer.alloc(12, 7)),
  );
  put(`/registry/minions/${node}`, json('Node', node));
  put('/registry/minions/hut-9', json('Node', 'hut-9'));
  put('/registry/minions/hut-9', json('Node', 'hut-9'), 1);
  put('/registry/deployments/kube-system/coredns', json('Deployment', 'coredns', { spec: { replicas: 1 } }));
  for (const [name, value] of extra) put(name, value);
  db.close();
}

interface OnSqlite {
  readonly site: PracticeSite;
  readonly app: OpenApp;
  readonly path: string;
  readonly token: string;
}

/** A node whose K3s runs on SQLite, and a copy of its database on the laptop. */
async function onSqlite(
  t: TestContext,
  extra: readonly (readonly [string, string])[] = [],
): Promise<OnSqlite> {
  const site = await practiceSite(t);
  await site.station.installK3s('sqlite');
  const app = await site.open();
  const token = (await site.station.run(`cat ${server}/token`)).stdout.trim();
  const path = join(folder(t), 'state.db');
  kine(path, token, extra);
  return { site, app, path, token };
}

const ask = ({ app, path }: Pick<OnSqlite, 'app' | 'path'>): Extract<RunbookAsk, { is: 'restore' }> => ({
  is: 'restore',
  node: app.node,
  kind: 'sqlite',
  of: { is: 'file', path },
  choices: [],
  typedName: node,
});

async function restored({ site, app, path }: OnSqlite): Promise<void> {
  const { stdout } = await site.station.run(
    `sha256sum <${server}/db/state.db | cut -c 1-64; ls ${server}/db/sqlite-aside-*; systemctl is-enabled k3s; systemctl is-active k3s; ls -d /run/coldstart /var/lib/rancher/k3s/.coldstart ${server}/db/coldstart-* 2>/dev/null`,
  );
  const [, ...rest] = stdout.trim().split('\n');
  assert.deepEqual(rest, ['moved', 'state.db', 'enabled', 'active']);
  const { says } = await failing('refused', () =>
    app.calls['run.plan']({ ask: { ...ask({ app, path }), kind: 'single' } }, context()),
  );
  assert.match(says, /SQLite/);
}

test('a server on SQLite gets its database back, and the cluster is compared with what is in it', async t => {
  const at = await onSqlite(t);
  const plan = await at.app.calls['run.plan']({ ask: ask(at) }, context());
  assert.ok(plan.warnings.some(says => says.includes('state.db-wal')));
  const run = await runThrough(at.app, ask(at));
  assert.equal(run.state, 'passed', standings(run));
  assert.match(run.steps.find(({ id }) => id === 'compared')?.saw ?? '', /all 1 nodes and 1 workloads/);
  const [record] = await at.app.calls['restore.records']({}, context());
  assert.deepEqual([record?.kind, record?.snapshot, record?.verified], ['sqlite', 'state.db', true]);
  await restored(at);
});

for (const how of ['cut before', 'cut after'] as const)
  test(`the connection is ${how} every phase of it, and the database is moved and brought once`, async t => {
    const at = await onSqlite(t);
    const { run, cuts } = await throughCuts(at, ask(at), how);
    assert.equal(run.state, 'passed', `${standings(run)}\n${cuts.join('\n')}`);
    assert.ok(cuts.length > 15, cuts.join('\n'));
    await restored(at);
  });

test('what is no database of K3s, is damaged, or opens with no token is told before anything is done', async t => {
  const at = await onSqlite(t);
  const refusal = async (path: string): Promise<string> =>
    (await failing('check-failed', () => at.app.calls['run.plan']({ ask: ask({ ...at, path }) }, context())))
      .says;
  const elsewhere = folder(t);
  const text = join(elsewhere, 'text.db');
  writeFileSync(text, 'no database at all, only a long line of text\n'.repeat(100));
  assert.match(await refusal(text), /no database of K3s/);
  const other = join(elsewhere, 'other.db');
  const db = new Database(other);
  db.exec('create table holiday (photo blob)');
  db.close();
  assert.match(await refusal(other), /no table of K3s/);
  const foreign = join(elsewhere, 'foreign.db');
  kine(foreign, 'another-site-s-token');
  assert.match(await refusal(foreign), /No server token at hand opens/);
  // the token lies beside it: then it opens
  mkdirSync(join(elsewhere, 'server', 'db'), { recursive: true });
  const beside = join(elsewhere, 'server', 'db', 'state.db');
  kine(beside, 'another-site-s-token');
  writeFileSync(join(elsewhere, 'server', 'token'), 'another-site-s-token\n');
  const plan = await at.app.calls['run.plan']({ ask: ask({ ...at, path: beside }) }, context());
  assert.ok(plan.steps.some(({ id }) => id === 'token'));
  assert.ok(!JSON.stringify(plan).includes('another-site-s-token'));
  assert.equal((await at.site.station.run('systemctl is-active k3s')).stdout.trim(), 'active');
});

test('a workload of the copy that the cluster does not have keeps the run from a green tick', async t => {
  const at = await onSqlite(t, [
    [
      '/registry/deployments/shop/web',
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { replicas: 2 },
      }),
    ],
  ]);
  const plan = await at.app.calls['run.plan']({ ask: ask(at) }, context());
  const { run } = { run: await at.app.calls['run.start']({ ask: ask(at), digest: plan.digest }, context()) };
  const compared = async () =>
    (await at.app.calls['run.show']({ run: run.id }, context())).steps.find(({ id }) => id === 'compared');
  while ((await compared())?.standing === 'waiting') await new Promise(done => setTimeout(done, 100));
  await new Promise(done => setTimeout(done, 1500));
  const { progress } = await at.app.calls['run.show']({ run: run.id }, context());
  assert.match(JSON.stringify(progress), /shop\/web|Comparing/);
  assert.notEqual((await compared())?.standing, 'passed');
  await at.app.calls['run.cancel']({ run: run.id }, context());
});
