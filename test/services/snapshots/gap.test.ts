import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GapWatch } from '../../../preload/contract/snapshots/gap.ts';
import { failing } from '../../support/failing.ts';
import { runThrough, standings } from '../../support/practice-site.ts';
import type { OpenApp } from '../../support/practice-site.ts';
import { installedSite, remedyAsk } from '../../support/remedies.ts';
import { context } from '../../support/sites.ts';

const gapOf = async (app: OpenApp): Promise<GapWatch> =>
  await app.calls['snapshot.gap']({ node: app.node }, context());
const config = '/etc/rancher/k3s/config.yaml';

test('with what K3s keeps by default two of seven days are covered, and the remedy covers them all', async t => {
  const { site, app } = await installedSite(t);
  await site.station.run(`sed -i '/^etcd-snapshot-/d' ${config} && systemctl restart k3s`);
  const before = await gapOf(app);
  assert.deepEqual(before.schedule, { cron: '0 */12 * * *', retention: 5 });
  assert.deepEqual(before.reaches, { leastHours: 48, mostHours: 60 });
  assert.deepEqual([before.verdict, before.daysCovered, before.daysWanted], ['gap', 2, 7]);
  assert.equal(
    before.says,
    '5 snapshots of “0 */12 * * *” are kept: the oldest is 48 to 60 hours old. Of the 7 days between two supply runs 2 are covered.',
  );
  assert.deepEqual([before.proposal?.cron, before.proposal?.retention], ['0 */12 * * *', 16]);
  assert.ok((before.freeBytes ?? 0) > 0);

  const done = await runThrough(app, remedyAsk(app, 'snapshot-schedule'));
  assert.equal(done.state, 'passed', standings(done));
  const after = await gapOf(app);
  assert.deepEqual([after.verdict, after.daysCovered, after.proposal], ['covered', 7, undefined]);
  assert.deepEqual(after.schedule, { cron: '0 */12 * * *', retention: 16 });
  const { stdout } = await site.station.run(`grep -c '^token:' ${config}`);
  assert.equal(stdout.trim(), '1', 'the rest of the configuration is as it was');
});

test('it is said when no good copy is off the node, and how old the newest is', async t => {
  const { app } = await installedSite(t);
  const first = await gapOf(app);
  if (!first.newestCopy)
    assert.ok(first.warnings.some(says => says.startsWith('No good copy is off the node')));
  const taken = await app.calls['snapshot.take']({ node: app.node }, context());
  await app.calls['snapshot.pull']({ node: app.node, name: taken.name }, context());
  const then = await gapOf(app);
  assert.equal(then.newestCopy?.name, taken.name);
  assert.ok((then.newestCopy?.ageHours ?? 99) < 0.2);
  assert.ok(!then.warnings.some(says => says.startsWith('No good copy')));
  assert.ok(then.onNode >= 1);
});

test('a schedule that is set in another file is told, and the remedy leaves it alone', async t => {
  const { site, app } = await installedSite(t);
  await site.station.run(
    `mkdir -p ${config}.d && echo 'etcd-snapshot-retention: 3' >${config}.d/20-site.yaml`,
  );
  const gap = await gapOf(app);
  assert.deepEqual([gap.schedule?.retention, gap.verdict], [3, 'gap']);
  assert.ok(gap.warnings.some(says => says.includes(`${config}.d/20-site.yaml`)));
  const { says } = await failing('refused', () =>
    app.calls['remedy.form']({ node: app.node, remedy: 'snapshot-schedule' }, context()),
  );
  assert.match(says, /20-site\.yaml, which wins over config\.yaml/);
});

test('schedules that K3s would refuse are not written', async t => {
  const { app } = await installedSite(t);
  const plan = (schedule: string, retention: string): Promise<unknown> =>
    app.calls['run.plan'](
      {
        ask: remedyAsk(app, 'snapshot-schedule', [
          { name: 'schedule', value: schedule },
          { name: 'retention', value: retention },
        ]),
      },
      context(),
    ) as Promise<unknown>;
  await failing('bad-ask', () => plan('often', '16'));
  await failing('bad-ask', () => plan('0 0 30 2 *', '16'));
  await failing('bad-ask', () => plan('0 */12 * * *', '0'));
  await failing('bad-ask', () => plan('0 */12 * * *', '1e9'));
});
