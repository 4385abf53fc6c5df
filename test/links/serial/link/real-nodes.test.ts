import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { usualLine } from '../../../../preload/contract/serial.ts';
import { Secret } from '../../../../main/core/secret.ts';
import { sh } from '../../../../main/core/sh.ts';
import { baudDetection } from '../../../../main/links/serial/baud/detect.ts';
import { consoles } from '../../../../main/links/serial/console/consoles.ts';
import { serialLinks } from '../../../../main/links/serial/links.ts';
import { noBlackBoxes } from '../../../../main/links/serial/none.ts';
import { serialPorts } from '../../../../main/links/serial/ports/ports.ts';
import { systemChance } from '../../../../main/machine/chance.ts';
import { systemClock } from '../../../../main/machine/clock.ts';
import type { Link } from '../../../../main/ports.ts';
import { needsNspawn, needsQemu } from '../../../support/needs.ts';
import type { RealNode } from '../../../support/nodes/node.ts';
import { nspawnNode } from '../../../support/nodes/nspawn.ts';
import { qemuNode } from '../../../support/nodes/qemu.ts';
import { sha256 } from '../../../support/serial-proof.ts';
import { failureOf } from '../../../support/ssh.ts';

const soon = (ms = 60_000): AbortSignal => AbortSignal.timeout(ms);

/** A link over a node's console, as the app opens it. */
async function linkTo(t: TestContext, node: RealNode & { readonly console: string }): Promise<Link> {
  const all = consoles({
    ports: serialPorts({ clock: systemClock, known: () => [] }),
    detect: baudDetection({ clock: systemClock }),
    blackBoxes: noBlackBoxes,
    clock: systemClock,
  });
  let link: Link | undefined;
  t.after(async () => {
    await link?.close();
    await all.close();
  });
  const links = serialLinks({ consoles: all, clock: systemClock, chance: systemChance });
  link = await links.open(
    {
      name: node.name,
      address: '',
      port: 22,
      user: node.user,
      login: { is: 'password' },
      cable: { port: `unix:${node.console}`, settings: usualLine },
      secret: () => new Secret(node.password),
    },
    soon(120_000),
  );
  return link;
}

test(
  'a node is worked over its getty: commands, root, files, and it is left logged out',
  needsNspawn(),
  async t => {
    const node = await nspawnNode(t, { name: 'cp1' });
    const link = await linkTo(t, node);
    assert.equal(link.who.machineId, (await node.done('cat /etc/machine-id')).trim());
    const exit = await link.exec(sh`id -un; systemctl is-system-running; exit 3`, { signal: soon() });
    assert.deepEqual([exit.stdout.split('\n')[0], exit.code], [node.user, 3]);
    const root = await link.exec(sh`id -u`, { signal: soon(), as: 'root' });
    assert.equal(root.stdout, '0\n');
    const content = randomBytes(60_000);
    await link.upload(
      { bytes: content.length, read: async (at, n) => content.subarray(at, at + n) },
      '/root/it',
      { signal: soon(), mode: 0o600, as: 'root', sha256: sha256(content) },
    );
    assert.match(await node.done('sha256sum /root/it'), new RegExp(sha256(content)));
    assert.ok(Buffer.from(await link.readFile('/root/it', { signal: soon(), as: 'root' })).equals(content));
    await link.close();
    assert.doesNotMatch(await node.done('ls /run /dev/shm /tmp'), /coldstart/);
    assert.equal((await node.run('pgrep -t console -x bash')).code, 1, 'nobody is logged in on the console');
  },
);

test('a real machine: results stay right while its kernel prints', needsQemu(), async t => {
  const node = await qemuNode(t);
  const link = await linkTo(t, node);
  await node.done('dmesg -n 8');
  await node.done(
    '(for i in $(seq 300); do echo "<3>usb 1-1: message $i" >/dev/kmsg; sleep 0.1; done) >/dev/null 2>&1 &',
  );
  for (let i = 0; i < 3; i++) {
    const exit = await link.exec(sh`seq 1 200; exit ${i}`, { signal: soon() });
    assert.equal(exit.stdout, Array.from({ length: 200 }, (_, n) => `${n + 1}\n`).join(''));
    assert.equal(exit.code, i);
  }
  const content = randomBytes(3000);
  await link.writeFile('/tmp/it', content, { signal: soon(), mode: 0o600 });
  assert.match(await node.done('sha256sum /tmp/it'), new RegExp(sha256(content)));
  await node.done('pkill -f "message" || :; dmesg -n 4');
});

test('a real machine that restarts in mid-command ends the link', needsQemu(), async t => {
  const node = await qemuNode(t);
  const link = await linkTo(t, node);
  const running = failureOf(link.exec(sh`echo ran >>/var/tmp/witness; sleep 120`, { signal: soon(220_000) }));
  await new Promise(done => setTimeout(done, 1500));
  // It does not live to answer this.
  node.run('sync; echo b >/proc/sysrq-trigger').catch(() => undefined);
  assert.equal((await running)?.code, 'link-lost');
  await link.lost;
});
