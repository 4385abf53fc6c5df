import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Run } from '../../../preload/contract/domain.ts';
import type { RunId } from '../../../preload/contract/ids.ts';
import { context, stopless } from '../../support/sites.ts';
import {
  begin,
  ended,
  installAsk,
  practiceSite,
  standings,
  terminalOf,
} from '../../support/practice-site.ts';
import type { OpenApp, PracticeSite } from '../../support/practice-site.ts';

/** Keeps an eye on where a run stands while it goes on. */
function watch(app: OpenApp, run: RunId): { at: string } {
  const seen = { at: '' };
  void (async () => {
    for await (const news of app.handlers.feeds['run.news']({ run }, stopless))
      if (news.is === 'step') seen.at = `${news.step.id} ${news.step.standing}`;
  })();
  return seen;
}

/** Continues a run until it ends in another way than by a broken link. */
async function untilDone(
  app: OpenApp,
  first: Run,
  before: (run: RunId) => void,
): Promise<{ readonly run: Run; readonly breaks: number }> {
  let run = first;
  let breaks = 0;
  while (run.state === 'interrupted') {
    breaks++;
    assert.ok(breaks < 120, 'it never ends');
    assert.match(run.failure?.next ?? '', /continue the run/i);
    await app.calls['run.continue']({ run: run.id }, context());
    before(run.id);
    run = await ended(app, run.id);
  }
  return { run, breaks };
}

for (const how of ['cut before', 'cut after'] as const)
  test(`the connection is ${how} the first command of every step’s every phase, and the install still ends green`, async t => {
    const site = await practiceSite(t);
    const app = await site.open();
    const done = new Set<string>();
    let seen = { at: '' };
    site.station.faults.atExec = () => {
      if (seen.at === '' || done.has(seen.at) || / (already|passed)$/.test(seen.at)) return 'go';
      done.add(seen.at);
      return how;
    };
    const { run } = await begin(app, await installAsk(app));
    seen = watch(app, run.id);
    const end = await untilDone(app, await ended(app, run.id), id => {
      seen = watch(app, id);
    });
    assert.equal(end.run.state, 'passed', standings(end.run));
    assert.equal(end.run.unchanged, false);
    assert.ok(end.breaks >= 15, `${end.breaks} breaks: ${[...done].join(', ')}`);
    await provenClean(site);
  });

/** One cluster, installed once, nothing of ours left. */
async function provenClean({ station }: PracticeSite): Promise<void> {
  const { tree } = station.node;
  for (const path of ['/run/coldstart', '/var/lib/rancher/k3s/.coldstart', '/usr/local/bin/.k3s.coldstart'])
    assert.equal(tree.peek(path), undefined, path);
  assert.ok(tree.peek('/var/lib/rancher/k3s/server/db/etcd/member'));
  assert.equal(tree.peek('/var/lib/rancher/k3s/server/db/state.db'), undefined);
  await Promise.resolve();
}

test('the plug of the node is pulled in the middle of every longer step, and the install still ends green', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const pulled = new Set<string>();
  const steps = [
    'images applying',
    'binary verifying',
    'config applying',
    'service applying',
    'start verifying',
    'ready verifying',
    'record applying',
  ];
  let seen = { at: '' };
  site.station.faults.atExec = () => {
    if (!steps.includes(seen.at) || pulled.has(seen.at)) return 'go';
    pulled.add(seen.at);
    site.station.reboot();
    return 'cut before';
  };
  const { run } = await begin(app, await installAsk(app));
  seen = watch(app, run.id);
  const end = await untilDone(app, await ended(app, run.id), id => {
    seen = watch(app, id);
  });
  assert.equal(end.run.state, 'passed', standings(end.run));
  assert.deepEqual([...pulled], steps);
  await provenClean(site);
});

const killable = fileURLToPath(new URL('../../support/killable-app.ts', import.meta.url));

/** Runs the app in a process of its own and kills it (SIGKILL) at the first line that is wanted; gives the lines seen. */
async function killedAt(site: PracticeSite, wanted: string): Promise<readonly string[]> {
  const { home, port, user, name, hostKey, password } = site;
  const at = JSON.stringify({ home, port, user, name, hostKey, password });
  const app = spawn(process.execPath, [killable, at], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  for await (const line of createInterface({ input: app.stdout })) {
    lines.push(line);
    if (line === wanted) app.kill('SIGKILL');
  }
  return lines;
}

test('the app is killed at one journal entry after the other; each restart goes on, and it ends green', async t => {
  const site = await practiceSite(t);
  let jobs = 0;
  site.station.faults.atExec = command => {
    if (/INSTALL_K3S_SKIP_DOWNLOAD/.test(command)) jobs++;
    return 'go';
  };
  for (const wanted of [
    'token applying',
    'images applying',
    'config verifying',
    'service applying',
    'start applying',
    'record applying',
    'tidy applying',
  ]) {
    const lines = await killedAt(site, wanted);
    // An entry or two may be written between the one that is waited for and the death.
    assert.ok(lines.slice(-3).includes(wanted), lines.join('\n'));
  }
  const app = await site.open();
  const [left] = await app.calls['run.list']({}, context());
  assert.equal(left?.state, 'interrupted', left && standings(left));
  assert.match(left.failure?.says ?? '', /Coldstart ended/);
  await app.calls['run.continue']({ run: left.id }, context());
  const done = await ended(app, left.id);
  assert.equal(done.state, 'passed', standings(done));
  assert.equal(done.unchanged, false);
  assert.ok(jobs <= 2, `the install script was started ${jobs} times`);
  assert.match(await terminalOf(app, done.id), /Keep the server token/);
  assert.equal((await app.calls['run.list']({}, context())).length, 1);
  await provenClean(site);
});

test('another machine on the same address stops the run before anything is sent to it', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const { run } = await begin(app, await installAsk(app));
  for await (const news of app.handlers.feeds['run.news']({ run: run.id }, stopless))
    if (news.is === 'step' && news.step.id === 'config' && news.step.standing === 'probing') break;
  site.station.cutConnections();
  assert.equal((await ended(app, run.id)).state, 'interrupted');
  await site.station.reset();
  await app.calls['run.continue']({ run: run.id }, context());
  const stopped = await ended(app, run.id);
  assert.notEqual(stopped.state, 'passed');
  assert.equal(stopped.failure?.code, 'another-node', standings(stopped));
  assert.equal(site.station.node.tree.peek('/run/coldstart'), undefined);
});
