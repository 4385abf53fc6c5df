import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failureOf } from '../../../../preload/contract/failure.ts';
import { settingIn } from '../../../../main/core/runbook/remedies/config-line.ts';
import { runThrough, terminalOf } from '../../../support/practice-site.ts';
import { installedSite, remedyAsk } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

const secret = 'wJalrXUtnFEMI/K7MDENG';
const choices = [
  { name: 'endpoint', value: 's3.example.net:9000' },
  { name: 'bucket', value: 'coldstart' },
  { name: 'folder', value: 'dome-c' },
];
const config = '/etc/rancher/k3s/config.yaml';

test('the settings for an S3 store are written, and the secret key shows nowhere but in the file', async t => {
  const { site, app } = await installedSite(t);
  const form = async () => app.calls['remedy.form']({ node: app.node, remedy: 'snapshot-s3' }, context());
  const without = await form().catch((thrown: unknown) => failureOf(thrown));
  assert.ok('code' in without && without.code === 'refused');
  const give = async (credentials: string) =>
    app.calls['site.s3']({ site: app.site, credentials }, context());
  for (const wrong of ['one line', 'a b\nc', 'abc\ndef\nghi'])
    assert.equal(failureOf(await give(wrong).catch((thrown: unknown) => thrown)).code, 'bad-ask');
  await give(`AKIAEXAMPLE\n${secret}\n`);
  await form();
  const ask = remedyAsk(app, 'snapshot-s3', choices);
  const plan = await app.calls['run.plan']({ ask }, context());
  assert.doesNotMatch(JSON.stringify(plan), new RegExp(secret));
  const run = await runThrough(app, ask);
  assert.equal(run.state, 'passed', await terminalOf(app, run.id));
  const { stdout } = await site.station.run(`cat ${config}`);
  assert.deepEqual(
    [
      'etcd-s3',
      'etcd-s3-endpoint',
      'etcd-s3-bucket',
      'etcd-s3-folder',
      'etcd-s3-access-key',
      'etcd-s3-secret-key',
    ].map(key => settingIn(stdout, key)),
    [true, 's3.example.net:9000', 'coldstart', 'dome-c', 'AKIAEXAMPLE', secret],
  );
  assert.doesNotMatch(await terminalOf(app, run.id), new RegExp(secret));
  for (const entry of readdirSync(site.home, { recursive: true, withFileTypes: true }))
    if (entry.isFile())
      assert.ok(!readFileSync(join(entry.parentPath, entry.name)).includes(secret), entry.name);
});

test('what no store takes is refused before anything is planned', async t => {
  const { app } = await installedSite(t);
  await app.calls['site.s3']({ site: app.site, credentials: `AKIA\n${secret}` }, context());
  for (const [name, value] of [
    ['endpoint', 'https://s3.example.net/'],
    ['endpoint', ''],
    ['bucket', 'Not A Bucket'],
    ['folder', '../up'],
    ['region', 'x y'],
  ] as const) {
    const ask = remedyAsk(app, 'snapshot-s3', [
      ...choices.filter(each => each.name !== name),
      { name, value },
    ]);
    const told = await (async () => app.calls['run.plan']({ ask }, context()))().catch((thrown: unknown) =>
      failureOf(thrown),
    );
    assert.ok('code' in told && told.code === 'bad-ask', `${name} ${value}`);
  }
});
