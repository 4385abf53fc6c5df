import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { needs, needsNspawn } from '../support/needs.ts';
import {
  clusterCa,
  content,
  put,
  severalBook,
  severalLaptop,
  SeveralRun,
  strangers,
  threeServers,
  voters,
} from '../support/nodes/several.ts';

const needed = { ...needsNspawn(), ...needs('gcc', 'sftp') };
const one = '/registry/configmaps/default/one';

test(
  'the last server of three goes on alone with all its data, though its plug is pulled in the middle',
  needed,
  async t => {
    const { cp1, cp2, cp3, w1, all } = await threeServers(t);
    const laptop = await severalLaptop(t, all);
    await put(cp1, one, 'written');
    const ca = await clusterCa(cp1);
    const before = await content(cp1);
    await Promise.all([cp1.kill(), cp2.kill()]);
    const agent = await w1.done('systemctl show k3s-agent -p InvocationID');

    const book = await severalBook(laptop, 'cp3');
    const unnamed = book([{ name: 'fenced', value: 'cp1' }]);
    assert.throws(() => new SeveralRun(laptop, laptop.node('cp3'), unnamed), /cp2 does not answer/);

    const run = new SeveralRun(laptop, laptop.node('cp3'), book([{ name: 'fenced', value: 'cp1, cp2' }]));
    let pulled: Promise<unknown> | undefined;
    run.heard = news => {
      if (news.is !== 'step' || news.step.id !== 'reset' || news.step.standing !== 'applying' || pulled)
        return;
      pulled = setTimeout(700).then(() => cp3.kill().then(() => cp3.powerOn()));
    };
    const { end } = await run.toItsEnd(0).catch(async () => {
      await pulled;
      assert.deepEqual(await strangers([cp3], ca, one), []);
      assert.notEqual(await cp3.run('systemctl is-active k3s').then(({ stdout }) => stdout.trim()), 'active');
      return await run.toItsEnd();
    });
    assert.ok(pulled !== undefined, run.terminal);
    assert.equal(end.state, 'passed', `${JSON.stringify(end.failure)}\n${run.terminal}`);
    assert.deepEqual(await voters(cp3), ['cp3']);
    assert.equal(await clusterCa(cp3), ca);
    const now = await content(cp3);
    for (const [key, value] of before)
      if (!key.startsWith('/registry/minions/')) assert.equal(now.get(key), value, key);
    assert.notEqual(await w1.done('systemctl show k3s-agent -p InvocationID'), agent);
  },
);
