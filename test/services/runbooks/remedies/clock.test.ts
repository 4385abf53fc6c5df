import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ahead, newest } from '../../../../main/core/runbook/remedies/time.ts';
import { failing } from '../../../support/failing.ts';
import { folder } from '../../../support/folder.ts';
import { begin, ended, practiceSite, runThrough, standings } from '../../../support/practice-site.ts';
import { installedSite, remedyAsk, throughCuts } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

const yes = [{ name: 'laptop-right', value: 'yes' }];
const off = (ms: number): boolean => Math.abs(ms) <= 2000;

test('a dead clock is set to the laptop’s, with K3s stopped meanwhile', async t => {
  const { site, app } = await installedSite(t);
  site.station.set({ clockOffsetMs: -20 * 365 * 86_400_000 });
  const form = await app.calls['remedy.form']({ node: app.node, remedy: 'set-clock' }, context());
  assert.equal(form.fields[0]?.value, 'no');
  assert.match(form.fields[0]?.says ?? '', /7300 days behind it/);
  const { plan, run } = await begin(app, remedyAsk(app, 'set-clock', yes));
  const order = plan.steps.map(({ id }) => id);
  assert.ok(
    order.indexOf('stop') < order.indexOf('clock') && order.indexOf('clock') < order.indexOf('start'),
  );
  const done = await ended(app, run.id);
  assert.equal(done.state, 'passed', standings(done));
  assert.ok(off(site.station.node.scenario.clockOffsetMs));
});

test('a clock that was set late on a slow line is set once more', async t => {
  const site = await practiceSite(t, { clockOffsetMs: 5_000_000 });
  const app = await site.open();
  let sets = 0;
  site.station.faults.atExec = command => {
    if (command.includes('set the clock, here and on the board')) sets++;
    // the first answer after it was set tells that setting took six seconds
    else if (sets === 1 && command.includes('date +%s')) {
      sets++;
      site.station.set({ clockOffsetMs: -6000 });
    }
    return 'go';
  };
  const done = await runThrough(app, remedyAsk(app, 'set-clock', yes));
  assert.equal(done.state, 'passed', standings(done));
  assert.ok(sets >= 3, String(sets));
  assert.ok(off(site.station.node.scenario.clockOffsetMs));
});

test('a clock is not late by what stopping the time services took', async t => {
  const site = await practiceSite(t, { clockOffsetMs: 5_000_000 });
  const app = await site.open();
  const { steps } = await app.calls['run.plan']({ ask: remedyAsk(app, 'set-clock', yes) }, context());
  const text =
    steps.flatMap(({ commands }) => commands).find(one => one.text.includes('SECONDS'))?.text ?? '';
  const tools = folder(t);
  const tool = (name: string, does: string): void =>
    writeFileSync(join(tools, name), `#!/bin/sh\n${does}\n`, { mode: 0o755 });
  for (const name of ['systemctl', 'rc-service', 'hwclock']) tool(name, 'exit 0');
  tool('timedatectl', 'sleep 2');
  tool('date', `echo "$*" >>${tools}/set`);
  const command = text.slice(text.indexOf('\n') + 1).replace('SECONDS', '1000');
  execFileSync('sh', ['-c', command], { env: { PATH: `${tools}:/usr/bin:/bin` } });
  const seconds = Number(/@(\d+)/.exec(readFileSync(join(tools, 'set'), 'utf8'))?.[1]);
  assert.ok(seconds >= 1002 && seconds < 1010, `set to ${seconds} two seconds after it was 1000`);
});

test('nothing is set until somebody says that the laptop’s clock is right', async t => {
  const { site, app } = await installedSite(t);
  site.station.set({ clockOffsetMs: 3_600_000 });
  await failing('consent-needed', () =>
    app.calls['run.plan']({ ask: remedyAsk(app, 'set-clock') }, context()),
  );
  assert.equal(site.station.node.scenario.clockOffsetMs, 3_600_000);
});

test('a clock that agrees is left alone', async t => {
  const { app } = await installedSite(t);
  const { says } = await failing('refused', () =>
    app.calls['remedy.form']({ node: app.node, remedy: 'set-clock' }, context()),
  );
  assert.match(says, /agree/);
});

test('a laptop whose own clock went back sets nothing', async t => {
  const { site, app } = await installedSite(t);
  await app.close();
  const back = Date.now() - 30 * 86_400_000;
  const slow = await site.open({
    now: () => new Date(back),
    monotonic: () => performance.now(),
    sleep: (ms, signal) =>
      new Promise(done => (setTimeout(done, ms), signal?.addEventListener('abort', () => done()))),
  });
  const { says } = await failing('refused', () =>
    slow.calls['remedy.form']({ node: slow.node, remedy: 'set-clock' }, context()),
  );
  assert.match(says, /The laptop says it is .* but /);
});

test('a node without K3s gets its clock set before an install', async t => {
  const site = await practiceSite(t, { clockOffsetMs: 5_000_000 });
  const app = await site.open();
  const done = await runThrough(app, remedyAsk(app, 'set-clock', yes));
  assert.equal(done.state, 'passed', standings(done));
  assert.ok(off(site.station.node.scenario.clockOffsetMs));
});

for (const how of ['cut before', 'cut after'] as const)
  test(`the connection is ${how} every phase of setting a clock, and K3s runs at its end`, async t => {
    const both = await installedSite(t);
    both.site.station.set({ clockOffsetMs: -86_400_000 });
    const { run } = await throughCuts(both, remedyAsk(both.app, 'set-clock', yes), how);
    assert.equal(run.state, 'passed', standings(run));
    assert.ok(off(both.site.station.node.scenario.clockOffsetMs));
    assert.equal(both.site.station.node.services.unit('k3s')?.active, 'active');
  });

test('how far a clock is off is said in words, and the newest dated fact counts', () => {
  assert.equal(ahead(-90), '90 s behind');
  assert.equal(ahead(400 * 86_400), '400 days ahead');
  assert.equal(
    newest([
      { what: 'a', at: 1 },
      { what: 'b', at: 3 },
      { what: 'c', at: Number.NaN },
    ])?.what,
    'b',
  );
  assert.equal(newest([]), undefined);
});
