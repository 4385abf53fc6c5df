import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resourcesFolder } from '../../../main/version.ts';
import { k3sVersion } from '../field-site.ts';
import { standInK3s } from './k3s.ts';
import type { RealNode } from './node.ts';
import { openssh } from './openssh.ts';

const token = '0123456789abcdef0123456789abcdef';

/** Writes a file on the node, as root, over OpenSSH: some are too long for a command. */
const send = (node: RealNode, path: string, content: Uint8Array | string, mode: string): Promise<string> =>
  openssh(node, `cat >'${path}' && chmod ${mode} '${path}'`, { user: 'root', input: content });

/** Until the service says it is up; fails when it takes longer than a minute. */
export const untilUp =
  'for n in $(seq 300); do systemctl is-active -q k3s && exit 0; sleep 0.2; done; journalctl -u k3s -n 20 -o cat; exit 1';

export interface RunningOptions {
  /** Further lines of config.yaml. */
  readonly config?: readonly string[];
  /** Default: the node's own address on its network. */
  readonly nodeIp?: string;
  /** Address of the server it joins; default: it founds the cluster. */
  readonly joins?: string;
}

/** A node with K3s as an agent of this server's cluster. */
export async function runningAgent(node: RealNode, server: string): Promise<void> {
  await send(node, '/usr/local/bin/k3s', readFileSync(standInK3s(k3sVersion)), '755');
  const config = [`token: "${token}"`, `server: "https://${server}:6443"`, `node-name: "${node.name}"`];
  await node.done('mkdir -p /etc/rancher/k3s');
  await send(node, '/etc/rancher/k3s/config.yaml', `${config.join('\n')}\n`, '600');
  await send(
    node,
    '/etc/systemd/system/k3s-agent.service',
    '[Service]\nType=exec\nExecStart=/usr/local/bin/k3s agent\nKillMode=process\nRestart=always\nRestartSec=5s\n[Install]\nWantedBy=multi-user.target\n',
    '644',
  );
  await node.done('systemctl enable -q --now k3s-agent');
}

/** Puts a running stand-in K3s on a node by hand, as fast as that goes; it runs under its unit with an etcd of its own. */
export async function runningK3s(node: RealNode, options: RunningOptions = {}): Promise<void> {
  await send(node, '/usr/local/bin/k3s', readFileSync(standInK3s(k3sVersion)), '755');
  const script = readFileSync(join(resourcesFolder(), 'practice', 'bundle', 'install.sh'), 'utf8');
  await send(node, '/root/install.sh', script.replace(/^\[ -e \/etc\/coldstart-practice \].*\n/m, ''), '700');
  const address = await node.done(
    "ip -4 -o addr show scope global | awk '{print $4}' | cut -d / -f 1 | head -n 1",
  );
  const lines = [
    `token: "${token}"`,
    options.joins === undefined ? 'cluster-init: true' : `server: "https://${options.joins}:6443"`,
    `node-name: "${node.name}"`,
    `node-ip: "${options.nodeIp ?? address}"`,
    ...(options.config ?? []),
  ];
  await node.done('mkdir -p /etc/rancher/k3s');
  await send(node, '/etc/rancher/k3s/config.yaml', `${lines.join('\n')}\n`, '600');
  await node.done('INSTALL_K3S_SKIP_DOWNLOAD=true sh /root/install.sh server && rm /root/install.sh');
  await node.done(untilUp);
}
