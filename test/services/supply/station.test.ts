import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { failureOf } from '../../../preload/contract/failure.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { work } from '../../../main/machine/work.ts';
import { openBag } from '../../../main/services/supply/open-bag.ts';
import { ageKey } from '../../support/age-key.ts';
import { needs } from '../../support/needs.ts';
import { installAsk, practiceSite, runThrough, standings } from '../../support/practice-site.ts';
import { context } from '../../support/sites.ts';

const signal = new AbortController().signal;

test(
  'from the practice station to headquarters: taken, pulled, exported, opened, the same',
  needs('etcd'),
  async t => {
    const site = await practiceSite(t);
    const app = await site.open();
    const run = await runThrough(app, await installAsk(app));
    assert.equal(run.state, 'passed', standings(run));

    const taken = await app.calls['snapshot.take']({ node: app.node }, context());
    assert.ok(taken.ready && taken.bytes > 0);
    const listed = await app.calls['snapshot.onNode']({ node: app.node }, context());
    assert.ok(listed.some(each => each.name === taken.name && each.bytes === taken.bytes));
    const pulled = await app.calls['snapshot.pull']({ node: app.node, name: taken.name }, context());
    assert.deepEqual([pulled.check.intact, pulled.bytes, pulled.practice], [true, taken.bytes, true]);
    assert.match(pulled.tokenHash, /^[0-9a-f]{12}$/);
    // A genuine etcd snapshot: etcd's own tool reads it.
    const status = execFileSync('etcdctl', ['snapshot', 'status', pulled.path, '-w', 'json'], {
      env: { ...process.env, ETCDCTL_API: '3' },
      encoding: 'utf8',
    });
    assert.ok((JSON.parse(status) as { totalKey: number }).totalKey > 0);

    const key = await ageKey();
    await app.calls['site.recipients']({ site: app.site, recipients: [key.recipient] }, context());
    const stick = join(site.home, '..', 'stick');
    mkdirSync(stick);
    const written = await app.calls['export.write']({ site: app.site, to: stick }, context());
    assert.deepEqual(
      [written.check.complete, written.practice, written.snapshots],
      [true, true, [pulled.id]],
    );
    execFileSync('sha256sum', ['-c', '--strict', 'manifest-sha256.txt'], { cwd: written.path });
    execFileSync('sha512sum', ['-c', '--strict', 'manifest-sha512.txt'], { cwd: written.path });

    const to = join(site.home, '..', 'opened');
    const opened = await openBag(written.path, key.identity, to, {
      files: localFiles(),
      work: work(),
      signal,
    });
    assert.ok(opened.some(file => file.sha256 === pulled.sha256));
    const audit = opened.find(file => file.path.startsWith('audit/run-'));
    const record = readFileSync(join(to, audit?.path ?? ''), 'utf8');
    const tokens = JSON.parse(readFileSync(join(to, 'config/server-tokens.json'), 'utf8')) as {
      tokens: readonly { token: string; tokenHash: string }[];
    };
    assert.ok(tokens.tokens.some(each => each.tokenHash === pulled.tokenHash));
    for (const { token } of tokens.tokens)
      assert.ok(!record.includes(token.replace(/^.*:/, '')), 'no token in an audit record');

    await assert.rejects(
      openBag(written.path, key.identity, `${to}2`, {
        files: localFiles(),
        work: work(),
        signal,
        world: 'real',
      }),
      thrown => failureOf(thrown).code === 'practice-only',
    );
  },
);

test('a pull cut by a pulled cable goes on and comes out intact', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const run = await runThrough(app, await installAsk(app));
  assert.equal(run.state, 'passed', standings(run));
  const taken = await app.calls['snapshot.take']({ node: app.node }, context());
  let cut = false;
  const cutting = {
    signal,
    progress: (progress: { what: string; done: number }) => {
      if (cut || !progress.what.startsWith('Pulling') || progress.done === 0) return;
      cut = true;
      site.station.cutConnections();
    },
  };
  const pull = async () => app.calls['snapshot.pull']({ node: app.node, name: taken.name }, cutting);
  const pulled = await pull().catch(pull);
  assert.equal(pulled.check.intact, true);
  writeFileSync(pulled.path, 'rotten');
  const verified = await app.calls['snapshot.verify']({ snapshot: pulled.id }, context());
  assert.equal(verified.check.intact, false);
  assert.equal((await pull()).check.intact, true);
});
