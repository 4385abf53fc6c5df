import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { TestContext } from 'node:test';
import { sh } from '../../../main/core/sh.ts';
import type { Link } from '../../../main/ports.ts';
import { startCutter } from '../../support/cutter.ts';
import type { Cutter } from '../../support/cutter.ts';
import { needs } from '../../support/needs.ts';
import { failureOf, lonelyLinks, openTrusting, patience, targetOf, textOf } from '../../support/ssh.ts';
import { startSshd, testFolder } from '../../support/sshd.ts';

const sshd = needs('sshd');

/** A node whose machine-id and boot id can be changed, behind a cable that can be cut. */
async function node(
  t: TestContext,
): Promise<{ link: Link; cable: Cutter; folder: string; be(machine: string, boot: string): Promise<void> }> {
  const folder = await testFolder(t);
  const machine = join(folder, 'machine-id');
  const boot = join(folder, 'boot-id');
  const be = async (m: string, b: string): Promise<void> => {
    await writeFile(machine, `${m}\n`);
    await writeFile(boot, `${b}\n`);
  };
  await be('machine-1', 'boot-1');
  const loginShell = `exec sh -c "$(printf %s "$SSH_ORIGINAL_COMMAND" | sed 's,/etc/machine-id,${machine},; s,/proc/sys/kernel/random/boot_id,${boot},')"`;
  const server = await startSshd(t, { loginShell });
  const cable = await startCutter(t, server.port);
  const link = await openTrusting(t, await lonelyLinks(t), targetOf(server, { port: cable.port }));
  return { link, cable, folder, be };
}

test('a link that was lost connects again for the next command', sshd, async t => {
  const { link, cable } = await node(t);
  assert.deepEqual([link.who.machineId, link.who.bootId], ['machine-1', 'boot-1']);
  const lost = link.lost;
  cable.cut();
  await lost;
  assert.equal((await link.exec(sh`echo back`, { signal: patience() })).stdout, 'back\n');
  cable.cut();
  await link.lost;
  const both = [link.exec(sh`echo 1`, { signal: patience() }), link.exec(sh`echo 2`, { signal: patience() })];
  assert.deepEqual(
    (await Promise.all(both)).map(exit => exit.stdout),
    ['1\n', '2\n'],
  );
});

test('a command that ran when the link was lost is not sent again, and is no success', sshd, async t => {
  const { link, cable, folder } = await node(t);
  const count = join(folder, 'count');
  const running = failureOf(
    link.exec(sh`echo once >>${count}; echo started; sleep 5`, {
      signal: patience(),
      onOutput: () => cable.cut(),
    }),
  );
  assert.equal((await running)?.code, 'link-lost');
  await link.exec(sh`true`, { signal: patience() });
  assert.equal(await textOf(count), 'once\n');
});

test('another machine behind the same address and host key stops everything', sshd, async t => {
  const { link, cable, ...it } = await node(t);
  await it.be('machine-2', 'boot-1');
  cable.cut();
  await link.lost;
  const failure = await failureOf(link.exec(sh`echo never`, { signal: patience() }));
  assert.equal(failure?.code, 'another-node');
  assert.deepEqual(failure.facts, { expected: 'machine-1', found: 'machine-2' });
});

test('a node that restarted in between is not simply gone on with', sshd, async t => {
  const { link, cable, ...it } = await node(t);
  await it.be('machine-1', 'boot-2');
  cable.cut();
  await link.lost;
  const failure = await failureOf(link.exec(sh`echo never`, { signal: patience() }));
  assert.equal(failure?.code, 'link-lost');
  assert.equal(failure.facts?.['restarted'], true);
});

test('a closed link stays closed and leaves nothing running', sshd, async t => {
  const { link } = await node(t);
  const running = failureOf(link.exec(sh`sleep 20`, { signal: patience() }));
  await link.close();
  assert.equal((await running)?.code, 'link-lost');
  await link.lost;
  assert.equal((await failureOf(link.exec(sh`true`, { signal: patience() })))?.code, 'link-lost');
  await link.close();
});
