import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recorderPaths } from '../../../main/core/recorder/script.ts';
import { practiceSite, runThrough, standings } from '../../support/practice-site.ts';
import { remedyAsk } from '../../support/remedies.ts';
import { context, stopless } from '../../support/sites.ts';

test('what a node logged and how its way out was come among the site’s metrics', async t => {
  const practice = await practiceSite(t);
  const app = await practice.open();
  const { calls, node, site } = app;
  const pull = async () => await calls['recorder.pull']({ node }, context());
  assert.equal((await pull()).there, false);
  const installed = await runThrough(app, remedyAsk(app, 'recorder-install'));
  assert.equal(installed.state, 'passed', standings(installed));

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
  const now = Date.now();
  const span = { from: now - 600_000, to: now + 600_000 };
  const [seen, ...more] = await calls['wan.seen']({ site, ...span }, context());
  assert.equal(more.length, 0);
  assert.deepEqual(
    seen?.targets.map(({ target, isUp }) => [target, isUp]),
    [
      ['127.0.0.1', true],
      ['192.0.2.9', false],
    ],
  );
  assert.equal(seen?.any.isUp, true);

  const logged = async (): Promise<number> => {
    const ask = { site, series: 'node_load1', as: { is: 'value' }, job: 'recorder', points: 500 } as const;
    const { lines } = await calls['metrics.query']({ ...ask, ...span }, context());
    return lines.flatMap(({ values }) => values).filter(value => value !== null).length;
  };
  assert.equal(await logged(), 1, 'the first scrape of a visit brings it');
  assert.deepEqual([(await pull()).samples, await logged()], [0, 1], 'each sample once');
  await practice.station.run(`${recorderPaths.script} sample`);
  const pulled = await pull();
  assert.deepEqual([pulled.there, pulled.samples, pulled.left], [true, 1, []]);
});
