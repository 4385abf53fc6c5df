import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersTo } from '../../main/core/runbook/remedies/answers.ts';
import { severalFields, severalSteps } from '../../main/services/runbooks/restore/several/book.ts';
import { lookAtOthers, standingOf } from '../../main/services/runbooks/restore/several/look.ts';
import { lookerOn } from '../../main/services/runbooks/remedies/look.ts';
import { tidyMemory } from '../../main/services/runbooks/remedies/tidy.ts';
import { unlock } from '../../main/services/runbooks/lock.ts';
import type { RemedyChoice } from '../../preload/contract/doctor.ts';
import type { Book } from '../../main/services/runbooks/book.ts';
import { needs, needsNspawn } from '../support/needs.ts';
import {
  clusterCa,
  content,
  put,
  severalLaptop,
  SeveralRun,
  threeServers,
  voters,
} from '../support/nodes/several.ts';
import type { SeveralLaptop } from '../support/nodes/several.ts';
import { stopless } from '../support/sites.ts';

const needed = { ...needsNspawn(), ...needs('gcc', 'sftp') };

/** The book of a restore (or, without a snapshot, a reset) that begins on this node. */
async function bookOn(
  { parts, node }: SeveralLaptop,
  name: string,
  choices: readonly RemedyChoice[] = [],
  snapshot?: string,
): Promise<(run: SeveralRun) => Book> {
  const own = await parts.nodes.withLink(node(name).id, stopless, async link =>
    standingOf(await lookerOn(link, node(name), stopless), parts),
  );
  const ground = { own, others: await lookAtOthers(parts, node(name), stopless) };
  return run => ({
    title: 'restore',
    warnings: [],
    steps: severalSteps(
      parts,
      {
        node: node(name),
        ground,
        answers: answersTo(severalFields(ground), choices),
        run: run.id,
        owner: 'test',
        whose: () => 'ours',
        takeOver: undefined,
      },
      { bring: [], ...(snapshot !== undefined && { snapshot }) },
    ),
    release: async (hands, why) => {
      await hands.exec(why === 'cancelled' ? tidyMemory(run.id) : unlock(run.id), { as: 'root' });
    },
  });
}

test(
  'three servers get their snapshot back, every key as it was, and every agent is restarted',
  needed,
  async t => {
    const { cp1, cp2, cp3, w1, servers, all } = await threeServers(t);
    const laptop = await severalLaptop(t, all);
    await put(cp1, '/registry/configmaps/default/one', 'before');
    const ca = await clusterCa(cp1);
    await cp2.done('k3s etcd-snapshot save');
    const snapshot = await cp2.done('ls /var/lib/rancher/k3s/server/db/snapshots/*');
    const before = await content(cp1);
    await put(cp1, '/registry/configmaps/default/one', 'after');
    await put(cp1, '/registry/configmaps/default/two', 'new');
    const agentBefore = await w1.done('systemctl show k3s-agent -p InvocationID');

    // cp2 holds the snapshot; cp1, which founded the cluster, rejoins empty.
    const run = new SeveralRun(laptop, laptop.node('cp2'), await bookOn(laptop, 'cp2', [], snapshot));
    const { end } = await run.toItsEnd();
    assert.equal(end.state, 'passed', `${JSON.stringify(end.failure)}\n${run.terminal}`);
    for (const one of servers) assert.deepEqual(await voters(one), ['cp1', 'cp2', 'cp3'], one.name);
    const now = await content(cp2);
    for (const [key, value] of before)
      if (!key.startsWith('/registry/minions/')) assert.equal(now.get(key), value, key);
    assert.equal(now.has('/registry/configmaps/default/two'), false);
    assert.deepEqual(await content(cp1), await content(cp3));
    for (const one of servers) {
      assert.equal(await clusterCa(one), ca, `${one.name} is in another cluster`);
      assert.equal(await one.done('systemctl is-enabled k3s; systemctl is-active k3s'), 'enabled\nactive');
    }
    assert.notEqual(await w1.done('systemctl show k3s-agent -p InvocationID'), agentBefore);
    assert.equal(await cp1.done('grep -c cluster-init /etc/rancher/k3s/config.yaml || true'), '0');
    for (const one of all)
      assert.equal(await one.done('ls -d /run/coldstart 2>/dev/null || true'), '', one.name);
    assert.match(await cp1.done('ls -d /var/lib/rancher/k3s/server/db/etcd-aside-*'), /etcd-aside-/);
    console.log(run.terminal, cp3.name);
  },
);
