import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { sh } from '../../main/core/sh.ts';
import type { Link, Links } from '../../main/ports.ts';
import { followJob, jobState, startJob } from '../../main/services/runbooks/job.ts';
import type { JobState } from '../../main/services/runbooks/job.ts';
import { needsNspawn } from '../support/needs.ts';
import { targetNode } from '../support/nodes/link.ts';
import { nspawnNode } from '../support/nodes/nspawn.ts';
import { lonelyLinks, openTrusting, patience } from '../support/ssh.ts';

const run = '11111111-2222-3333-4444-555555555555';
const unit = 'coldstart-11111111-install-1.service';
const work = sh`echo begun; while [ ! -e /run/go ]; do sleep 0.1; done; echo ended; exit 7`;
const root = { as: 'root' } as const;

async function started(t: TestContext) {
  const node = await nspawnNode(t);
  const links: Links = await lonelyLinks(t);
  const link = await openTrusting(t, links, targetNode(node));
  const said = await link.exec(startJob(run, 'install.1', work), { ...root, signal: patience() });
  assert.equal(said.stdout.trim(), 'started', said.stderr);
  return { node, links, link };
}

const state = async (link: Link, offset = 0): Promise<JobState | undefined> =>
  jobState((await link.exec(followJob(run, 'install.1', offset), { ...root, signal: patience() })).stdout);

test(
  'under systemd detached work outlives its session, sshd and the connection, and its end is found',
  needsNspawn(),
  async t => {
    const { node, links, link } = await started(t);
    assert.equal(await node.done(`systemctl is-active ${unit}`), 'active');
    // It stands outside every login session, so ending those does not end it.
    assert.equal(await node.done(`systemctl show -p Slice --value ${unit}`), 'system.slice');
    await node.done(
      `loginctl terminate-user ${node.user} || true; systemctl restart ssh; pkill -9 -u ${node.user} || true`,
    );
    await link.close();

    const again = await links.open(targetNode(node), patience());
    t.after(() => again.close());
    assert.deepEqual(await state(again), { is: 'running', log: 'begun\n', bytes: 6 });
    const twice = await again.exec(startJob(run, 'install.1', work), { ...root, signal: patience() });
    assert.equal(twice.stdout.trim(), 'claimed');
    await node.done('touch /run/go');
    let seen = await state(again, 6);
    while (seen?.is === 'running') seen = await state(again, 6);
    assert.deepEqual(seen, { is: 'done', code: 7, log: 'ended\n', bytes: 6 });
    assert.equal((await node.run(`systemctl is-failed ${unit}`)).stdout.trim(), 'inactive');
  },
);

for (const [how, end] of [
  ['restarts', 'reboot'],
  ['loses its power', 'kill'],
] as const)
  test(
    `after the node ${how} in the middle, detached work is told as not there, never as done`,
    needsNspawn(),
    async t => {
      const { node, links, link } = await started(t);
      if (end === 'reboot') await node.reboot();
      else {
        await node.kill();
        await node.powerOn();
      }
      await link.close();
      const again = await links.open(targetNode(node), patience());
      t.after(() => again.close());
      assert.deepEqual(await state(again), { is: 'none', log: '', bytes: 0 });
    },
  );

test('work whose process is killed is told as gone, never as done', needsNspawn(), async t => {
  const { node, link } = await started(t);
  await node.done(`systemctl kill -s KILL ${unit}`);
  let seen = await state(link);
  for (let tries = 0; seen?.is === 'running' && tries < 50; tries++) seen = await state(link);
  assert.deepEqual(seen, { is: 'gone', log: 'begun\n', bytes: 6 });
});
