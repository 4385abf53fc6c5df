import { config, failing, freshJoiner, serverFolder, stopK3s, writeConfig } from './bring.ts';
import type { Trouble } from './bring.ts';

const join = (token: string): string => `server: https://192.168.50.12:6443\ntoken: ${token}\n`;

export const identityTroubles: readonly Trouble[] = [
  {
    exercise: 'bad-token',
    async bring(node) {
      await stopK3s(node);
      const { tree, chance } = node.station;
      const right = tree.read(`${serverFolder}/token`).trim();
      const other = `K10${Buffer.from(chance.bytes(32)).toString('hex')}${right.slice(67)}`;
      freshJoiner(node, join(other));
      tree.write('/root/token-of-this-site.txt', `${right}\n`, 0o600);
      await failing(node);
    },
  },
  {
    exercise: 'token-differs',
    async bring(node) {
      await stopK3s(node);
      const other = Buffer.from(node.station.chance.bytes(16)).toString('hex');
      writeConfig(node, `${config(node)}token: ${other}\n`);
      await failing(node);
    },
  },
  {
    exercise: 'duplicate-name',
    async bring(node) {
      await stopK3s(node);
      const { tree } = node.station;
      const right = tree.read(`${serverFolder}/token`).trim();
      const password = tree.read('/etc/rancher/node/password').trim();
      freshJoiner(node, join(right));
      // The node was installed anew: the cluster remembers its name with the password it had before.
      node.k3s.site.kept.nodes[node.station.hostname] = password;
      tree.write('/root/backup/etc-rancher-node-password', `${password}\n`, 0o600);
      tree.write(
        '/etc/rancher/node/password',
        `${Buffer.from(node.station.chance.bytes(16)).toString('hex')}\n`,
        0o600,
      );
      await failing(node);
    },
  },
  {
    exercise: 'config-typo',
    async bring(node) {
      await stopK3s(node);
      writeConfig(node, `${config(node)}tls-san:\n  - k3s.site\n - 192.168.50.11\n`);
      await failing(node);
    },
  },
  {
    exercise: 'ip-changed',
    async bring(node) {
      await stopK3s(node);
      node.set({ lan: '192.168.50.77/24' });
      node.station.log(
        '',
        'systemd-networkd',
        'eth0: DHCPv4 address 192.168.50.77/24, gateway 192.168.50.1 acquired from 192.168.50.1',
      );
      await failing(node);
    },
  },
  {
    exercise: 'no-default-route',
    async bring(node) {
      await stopK3s(node);
      node.set({ defaultRoute: false });
      await failing(node);
    },
  },
  {
    exercise: 'port-taken',
    async bring(node) {
      await stopK3s(node);
      const { tree, services } = node.station;
      tree.write(
        '/usr/lib/systemd/system/haproxy.service',
        '[Unit]\nDescription=HAProxy Load Balancer\n[Service]\nType=notify\nExecStart=/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg\n[Install]\nWantedBy=multi-user.target\n',
      );
      tree.write(
        '/etc/haproxy/haproxy.cfg',
        'frontend k3s\n    bind *:6443\n    mode tcp\n    default_backend servers\n',
      );
      services.enable('haproxy');
      const haproxy = services.unit('haproxy');
      if (haproxy) await services.start(haproxy, services.closing.signal);
      await failing(node);
    },
  },
];
