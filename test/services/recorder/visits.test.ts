import assert from 'node:assert/strict';
import { test } from 'node:test';
import { practiceSite, runThrough, standings } from '../../support/practice-site.ts';
import { remedyAsk } from '../../support/remedies.ts';
import { context, stopless } from '../../support/sites.ts';

test('what a node logged and how its way out was come among the site’s metrics', async t => {
  const app = await (await practiceSite(t)).open();
  const { calls, node, site } = app;
  assert.equal((await calls['recorder.pull']({ node }, context())).there, false);
  const installed = await runThrough(app, remedyAsk(app, 'recorder-install'));
  assert.equal(installed.state, 'passed', standings(installed));
  const pulled = await calls['recorder.pull']({ node }, context());
  assert.deepEqual([pulled.there, pulled.samples, pulled.left], [true, 1, []]);
  assert.equal((await calls['recorder.pull']({ node }, context())).samples, 0, 'each sample once');
  const now = Date.now();
  const span = { from: now - 600_000, to: now + 600_000, points: 100 };
  const ask = { site, series: 'node_load1', as: { is: 'value' }, job: 'recorder', ...span } as const;
  const { lines } = await calls['metrics.query'](ask, context());
  assert.deepEqual(
    lines.map(line => [line.job, line.values.filter(value => value !== null).length]),
    [['recorder', 1]],
  );

  assert.deepEqual(await calls['wan.targets']({ site }, context()), { targets: '' });
  await assert.rejects(
    async () => await calls['wan.targets']({ site, targets: '$(id)' }, context()),
    /is no target/,
  );
  const targets = '127.0.0.1 192.0.2.9';
  assert.deepEqual(await calls['wan.targets']({ site, targets: ` ${targets} ` }, context()), { targets });
  await calls['recorder.start']({ site, everySeconds: 5 }, context());
  for await (const state of app.handlers.feeds['recorder.watch']({ site }, stopless))
    if (state.targets.some(({ job, samples }) => job === 'wan' && samples !== undefined)) break;
  await calls['recorder.stop']({ site }, context());
  const [seen, ...more] = await calls['wan.seen']({ site, from: now - 60_000, to: now + 600_000 }, context());
  assert.equal(more.length, 0);
  assert.deepEqual(
    seen?.targets.map(({ target, isUp }) => [target, isUp]),
    [
      ['127.0.0.1', true],
      ['192.0.2.9', false],
    ],
  );
  assert.equal(seen?.any.isUp, true);
});
