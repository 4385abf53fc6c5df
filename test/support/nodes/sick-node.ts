import type { TestContext } from 'node:test';
import type { CommandLine } from '../coldstart.ts';
import { standInK3s, untilServing } from '../real-site.ts';
import { laptopAtTheConsole } from './laptop.ts';
import { qemuNode } from './qemu.ts';
import type { QemuNode } from './qemu.ts';

/** Where K3s keeps what a server has. */
export const server = '/var/lib/rancher/k3s/server';

/** A real machine with K3s, two snapshots and much that nobody needs, and a laptop that reaches its console alone. */
export async function sickNode(
  t: TestContext,
): Promise<{ readonly node: QemuNode; readonly cli: CommandLine }> {
  const node = await qemuNode(t, { name: 'cp1' });
  await standInK3s(node);
  // What starts every second leaves an emulated machine no time for anything else.
  await node.done(
    'mkdir /etc/systemd/system/k3s.service.d; printf "[Service]\\nRestartSec=5s\\n" >/etc/systemd/system/k3s.service.d/pace.conf; systemctl daemon-reload',
  );
  await untilServing(node);
  await node.done(`mkdir -p ${server}/db/snapshots ${server}/cred; cd ${server}
head -c 9000 /dev/urandom >db/snapshots/new-2; head -c 4000 /dev/urandom >db/snapshots/old-1; touch -d '3 days ago' db/snapshots/old-1
echo 'word,node' >cred/passwd
fallocate -l 900M /var/cache/apt/archives/old.deb; systemctl stop k3s; sync`);
  const cli = await laptopAtTheConsole(t, node);
  return { node, cli };
}
