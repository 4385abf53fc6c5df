import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Run } from '../../preload/contract/domain.ts';
import type { PracticeStation } from '../../main/practice/station.ts';
import { failureIn, harmless } from '../support/coldstart.ts';
import type { CommandLine, Said } from '../support/coldstart.ts';
import { fieldSite, withBundle } from '../support/field-site.ts';
import type { FieldSite } from '../support/field-site.ts';

/** A site ready to install, with the small bundle. */
async function ready(t: Parameters<typeof fieldSite>[0]): Promise<FieldSite> {
  const site = await fieldSite(t);
  await withBundle(site);
  return site;
}

const runs = async (cli: CommandLine): Promise<readonly Run[]> => (await cli.done('run', 'list')).runs;

/** One cluster on etcd, whole, and nothing of ours left on the node. */
async function whole({ node, cli }: FieldSite): Promise<void> {
  const { tree } = node.node;
  for (const path of ['/run/coldstart', '/var/lib/rancher/k3s/.coldstart', '/usr/local/bin/.k3s.coldstart'])
    assert.equal(tree.peek(path), undefined, path);
  assert.ok(tree.peek('/var/lib/rancher/k3s/server/db/etcd/member'));
  assert.equal(tree.peek('/var/lib/rancher/k3s/server/db/state.db'), undefined);
  const again = await cli.done('install', 'cp1', '--yes');
  assert.equal(again.unchanged, true, 'a second install changes nothing');
}

/** How often K3s' install script was started. */
function countInstalls(node: PracticeStation): { times: number } {
  const seen = { times: 0 };
  node.faults.atExec = command => {
    if (/INSTALL_K3S_SKIP_DOWNLOAD/.test(command)) seen.times++;
    return 'go';
  };
  return seen;
}

const goneOn = (said: Said): void => {
  assert.equal(said.status, 0, said.stdout + said.stderr);
  assert.equal(said.json.state, 'passed');
  harmless(said);
};

test('Ctrl-C in the middle of an install stops at a safe point, frees the node, and the run can be continued', async t => {
  const site = await ready(t);
  const { cli, node } = site;
  const installing = cli.start('install', 'cp1', '--yes');
  await installing.until(/✓ Bring the images/);
  installing.child.kill('SIGINT');
  const said = await installing.ended;
  const stopped = failureIn(said, 'cancelled');
  assert.equal(stopped.about, 'cp1');
  assert.match(stopped.untouched ?? '', /Bring the images/);
  assert.match(said.stderr, /safe point/);
  assert.equal(said.json.state, 'cancelled');
  assert.equal(node.node.tree.peek('/run/coldstart'), undefined, 'the node is free');
  const [left] = await runs(cli);
  assert.equal(left?.state, 'cancelled');
  goneOn(await cli.run('run', 'continue', String(left?.id)));
  assert.equal((await runs(cli)).length, 1);
  await whole(site);
});

test('the command is killed in the middle of an install: the run stands as interrupted and is continued to its end', async t => {
  const site = await ready(t);
  const { cli, node } = site;
  const installs = countInstalls(node);
  const installing = cli.start('install', 'cp1', '--yes');
  await installing.until(/✓ Set up the service/);
  installing.child.kill('SIGKILL');
  assert.equal((await installing.ended).signal, 'SIGKILL');

  const [left] = await runs(cli);
  assert.equal(left?.state, 'interrupted');
  assert.match(left?.failure?.says ?? '', /Coldstart ended/);
  assert.match(left?.failure?.next ?? '', /Continue/);
  const shown = await cli.run('run', 'show', left.id);
  assert.equal(shown.status, 0, 'to look is no failure');
  goneOn(await cli.run('run', 'continue', left.id));
  assert.equal(installs.times, 1, 'the install script ran once');
  await whole(site);
  const done = failureIn(await cli.run('run', 'continue', left.id), 'refused');
  assert.match(done.says, /ended well/);
});

test('the connection is cut again and again, in every part of an install; continued each time it ends whole', async t => {
  const site = await ready(t);
  const { cli, node } = site;
  let patience = 0;
  let commands = 0;
  const installs = countInstalls(node);
  const counted = node.faults.atExec;
  const cutting = (command: string): 'go' | 'cut before' | 'cut after' => {
    counted(command);
    commands++;
    return commands === patience ? (patience % 2 === 0 ? 'cut before' : 'cut after') : 'go';
  };
  const stoppedAt = new Set<string>();
  // Planning meets a cut too: nothing was begun then.
  node.faults.atExec = () => 'cut before';
  failureIn(await cli.run('install', 'cp1', '--yes'), 'link-lost');
  assert.deepEqual(await runs(cli), []);
  node.faults.atExec = cutting;
  patience = 14;
  let said = await cli.run('install', 'cp1', '--yes');
  for (let sittings = 0; said.json?.state === 'interrupted'; sittings++) {
    assert.ok(sittings < 40, 'it never ends');
    const failure = failureIn(said, said.json.failure.code);
    assert.equal(failure.about, 'cp1');
    assert.match(failure.next ?? '', /continue/i);
    const run: Run = said.json;
    const at = run.steps.find(step => !['passed', 'already'].includes(step.standing));
    stoppedAt.add(at?.id ?? '');
    commands = 0;
    patience = 6 + 3 * sittings;
    said = await cli.run('run', 'continue', run.id);
  }
  goneOn(said);
  // How many steps are met depends on how often the node was asked; every step one by one is cut in services/runbooks.
  assert.ok(stoppedAt.size >= 2, [...stoppedAt].join(', '));
  assert.equal(installs.times, 1, 'the install script ran once');
  node.faults.atExec = () => 'go';
  await whole(site);
});

test('a second command line sees the run of the first, is kept from its node, and can stop it', async t => {
  const site = await ready(t);
  const { cli } = site;
  const installing = cli.start('install', 'cp1', '--yes');
  await installing.until(/✓ Bring the images/);
  const [running] = await runs(cli);
  assert.equal(running?.state, 'running', 'the home is held, so the first answers for the second');
  const busy = failureIn(await cli.run('install', 'cp1', '--yes'), 'held-elsewhere');
  assert.equal(busy.about, 'cp1');
  failureIn(await cli.run('remove', 'cp1', '--typed-name', 'cp1', '--yes'), 'held-elsewhere');
  const cancel = await cli.run('run', 'cancel', String(running?.id));
  assert.equal(cancel.status, 0, cancel.stdout);
  assert.equal(cancel.json.state, 'cancelled');
  failureIn(await installing.ended, 'cancelled');
  goneOn(await cli.run('run', 'continue', String(running?.id)));
  await whole(site);
});

test('Ctrl-C before the plan was agreed to begins nothing', async t => {
  const site = await ready(t);
  const { cli, node } = site;
  let asked = (): void => undefined;
  const asking = new Promise<void>(resolve => (asked = resolve));
  node.faults.atExec = () => {
    asked();
    return 'go';
  };
  const installing = cli.start('install', 'cp1', '--yes');
  await asking;
  installing.child.kill('SIGINT');
  failureIn(await installing.ended, 'cancelled');
  assert.deepEqual(await runs(cli), []);
});
