import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recorderPaths } from '../../../../main/core/recorder/script.ts';
import { practiceSite, runThrough, standings, terminalOf } from '../../../support/practice-site.ts';
import { remedyAsk } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

const everywhere = `find /usr/local/lib /etc /var/lib /run -path '*coldstart*' 2>/dev/null | grep -v '/run/coldstart$' | sort`;

test('the recorder is put on a node as was chosen, changed, and taken away without a trace', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const before = (await site.station.run(everywhere)).stdout;
  const install = remedyAsk(app, 'recorder-install', [{ name: 'targets', value: '127.0.0.1:6443' }]);
  for (const [name, value, says] of [
    ['disk', '1', /from 4 to 4096/],
    ['disk', 'much', /from 4 to 4096/],
    ['write', '0.1', /from 0\.5 to 64/],
    ['targets', '$(reboot)', /no target/],
    ['targets', "a'b:443", /no target/],
  ] as const)
    await assert.rejects(
      app.calls['run.plan'](
        { ask: remedyAsk(app, 'recorder-install', [{ name, value }]) },
        context(),
      ) as Promise<unknown>,
      says,
    );
  const plan = await app.calls['run.plan']({ ask: install }, context());
  assert.match(plan.warnings.join('\n'), /A power cut may lose the last 75 minutes/);
  assert.match(plan.warnings.join('\n'), /Every 5 minutes the node asks 127\.0\.0\.1:6443/);
  const installed = await runThrough(app, install);
  assert.equal(installed.state, 'passed', `${standings(installed)}\n${await terminalOf(app, installed.id)}`);
  assert.equal((await site.station.run('systemctl is-active coldstart-recorder.timer')).stdout, 'active\n');
  assert.match((await site.station.run(`cat ${recorderPaths.run}/open`)).stdout, /^R \d+ /m);

  const form = await app.calls['remedy.form']({ node: app.node, remedy: 'recorder-install' }, context());
  assert.deepEqual(
    form.fields.map(({ name, value }) => [name, value]),
    [
      ['disk', '64'],
      ['write', '2'],
      ['targets', '127.0.0.1:6443'],
    ],
    'what was chosen is proposed again',
  );
  const changed = await runThrough(app, remedyAsk(app, 'recorder-install', [{ name: 'disk', value: '16' }]));
  assert.equal(changed.state, 'passed', standings(changed));
  assert.match((await site.station.run(`cat ${recorderPaths.settings}`)).stdout, /^disk_kib=16384$/m);

  const removed = await runThrough(app, remedyAsk(app, 'recorder-remove'));
  assert.equal(removed.state, 'passed', `${standings(removed)}\n${await terminalOf(app, removed.id)}`);
  assert.equal((await site.station.run(everywhere)).stdout, before);
  assert.equal((await site.station.run('systemctl is-enabled coldstart-recorder.timer')).status, 4);
});

test('a site of one node gets no guard of its way out', async t => {
  const site = await practiceSite(t);
  await site.station.installK3s('etcd');
  const app = await site.open();
  const ask = remedyAsk(app, 'wan-guard-install', [{ name: 'targets', value: '192.0.2.1' }]);
  await assert.rejects(
    app.calls['run.plan']({ ask }, context()) as Promise<unknown>,
    /This site has one node/,
  );
});
