import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ShellId } from '../../../preload/contract/ids.ts';
import type { ShellNews } from '../../../preload/contract/domain.ts';
import { sh } from '../../../main/core/sh.ts';
import { sshLinks } from '../../../main/links/ssh/links.ts';
import { systemChance } from '../../../main/machine/chance.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import { shellService } from '../../../main/services/shells/service.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';
import { needs } from '../../support/needs.ts';
import { aNode, context, made, stopless } from '../../support/sites.ts';
import { startSshd } from '../../support/sshd.ts';

/** A site service with one node that is a real OpenSSH server, its host key not yet trusted. */
async function atSshd(t: TestContext) {
  const sshd = await startSshd(t);
  const knownHostsFile = join(folder(t), 'known_hosts');
  const links = sshLinks({ knownHostsFile, userSshFolder: undefined, clock: systemClock });
  const { sites, store } = made(t, { links });
  const node = await aNode(sites, { port: sshd.port, user: sshd.user, login: { is: 'key', path: sshd.key } });
  const fingerprint = async () => {
    const { facts } = await failing('host-key-unknown', () =>
      sites.calls['node.look']({ node: node.id }, context()),
    );
    return String(facts?.['fingerprint']);
  };
  const trust = async () => {
    await sites.calls['node.trust']({ node: node.id, fingerprint: await fingerprint() }, context());
  };
  return { sshd, sites, store, node, knownHostsFile, fingerprint, trust };
}

test('a new node is looked at once its host key was compared and trusted', needs('sshd'), async t => {
  const { sites, node, knownHostsFile, fingerprint } = await atSshd(t);
  const shown = await fingerprint();
  assert.match(shown, /^SHA256:/);
  await failing('refused', () =>
    sites.calls['node.trust']({ node: node.id, fingerprint: `SHA256:${'A'.repeat(43)}` }, context()),
  );
  const trusted = await sites.calls['node.trust']({ node: node.id, fingerprint: shown }, context());
  assert.equal(trusted.hostKey, shown);
  assert.match(readFileSync(knownHostsFile, 'utf8'), /ssh-ed25519/);
  const seen = await sites.calls['node.look']({ node: node.id }, context());
  assert.equal(seen.hostKey, shown);
  assert.match(seen.kernel, /^Linux /);
  const known = sites.nodes.get(node.id);
  assert.equal(known.machineId ?? '', seen.machineId);
});

test(
  'all users of a node share one login, and a stopped server is met with a new one',
  needs('sshd'),
  async t => {
    const { sshd, sites, node, trust } = await atSshd(t);
    await trust();
    const hello = () =>
      sites.nodes.withLink(
        node.id,
        stopless,
        async link => (await link.exec(sh`echo hello`, { signal: stopless })).stdout,
      );
    assert.deepEqual(await Promise.all([hello(), hello(), hello()]), ['hello\n', 'hello\n', 'hello\n']);
    const logins = (await sshd.log()).match(/Accepted publickey/g)?.length;
    assert.equal(logins, 1);
    await sites.close();
    await failing('cancelled', hello);
  },
);

test('a shell on a node keeps no history and logs out by itself', needs('sshd'), async t => {
  const { sites, node, trust } = await atSshd(t);
  await trust();
  const shells = shellService({ nodes: sites.nodes, chance: systemChance });
  const stop = new AbortController();
  const feed = shells.feeds['shell.open']({ node: node.id, cols: 90, rows: 33 }, stop.signal)[
    Symbol.asyncIterator
  ]();
  const next = async () => (await feed.next()).value as ShellNews;
  const opened = await next();
  assert.ok(opened.is === 'opened');
  const shell: ShellId = opened.shell;
  const type = (text: string) => shells.calls['shell.send']({ shell, bytes: Buffer.from(text) }, context());
  await type('printf "[%s %s %s]\\n" "$HISTFILE" "$TMOUT" "$(stty size)"\n');
  let screen = '';
  while (!screen.includes('[/dev/null 600 33 90]')) {
    const news = await next();
    assert.ok(news.is === 'bytes', JSON.stringify(news));
    screen += Buffer.from(news.bytes).toString();
  }
  await type('exit\n');
  let news = await next();
  while (news.is === 'bytes') news = await next();
  assert.equal(news.is, 'closed');
  assert.equal((await feed.next()).done, true);
});
