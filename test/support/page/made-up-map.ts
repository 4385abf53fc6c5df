import type { MachineId, NodeId, SiteId } from '../../../preload/contract/ids.ts';
import type {
  Conflict,
  Inventory,
  LanNow,
  Machine,
  MachineCertificate,
  MachineMark,
  MachineService,
} from '../../../preload/contract/scan.ts';
import { cable } from './made-up-rescue.ts';
import { ago, nodes, sites } from './made-up.ts';

/** A believable site as a scan finds it: what is fine, what is wrong, and what is not its own. */
export const machineId = (n: number): MachineId =>
  `00000000-0000-4000-8000-${String(7000 + n).padStart(12, '0')}` as MachineId;
const day = 1440;
export const caOfNorth = 'b1946ac92492d2347c6235b4d2611184ab0c4f4c1f0d2c4e7b6f8a9012345678';
export const caOfStrangers = '5d41402abc4b2a76b9719d911017c592ae2b1c9d0e4f3a5b6c7d8e9f00112233';
const cloned = '5a1c0f3d2b4e4f5a8b9c0d1e2f3a4b5c';

const mark = (kind: MachineMark['kind'], value: string): MachineMark => ({
  kind,
  value,
  firstSeen: ago(40 * day),
  lastSeen: ago(2),
});
const service = (
  port: number,
  what: MachineService['what'],
  says: string,
  state: MachineService['state'] = 'open',
): MachineService => ({ port, what, says, state });

const ssh = service(22, 'ssh', 'SSH-2.0-OpenSSH_10.0p2 Debian-7');
const kubelet = service(10_250, 'kubelet', 'kubelet certificate, asks for a login');
const serverServices = [
  ssh,
  service(2379, 'etcd-client', 'asks for a certificate'),
  service(2380, 'etcd-peer', 'asks for a certificate'),
  service(6443, 'k3s-api', 'pong; certificate of k3s'),
  service(9100, 'node-exporter', 'closed', 'closed'),
  kubelet,
];

const certificate = (
  port: number,
  subject: string,
  endsInDays: number,
  issuer = 'CN=k3s-server-ca@1763000000',
): MachineCertificate => ({
  port,
  subject,
  issuer,
  sha256: `${port}`.padEnd(64, 'c'),
  notBefore: ago((365 - endsInDays) * day),
  notAfter: ago(-endsInDays * day),
});

export const machine = (n: number, name: string, more: Partial<Machine> = {}): Machine => ({
  id: machineId(n),
  name,
  kind: 'other',
  cluster: { is: 'none' },
  addresses: [{ address: `192.168.40.${10 + n}`, now: true, firstSeen: ago(40 * day), lastSeen: ago(2) }],
  marks: [mark('mac', `52:54:00:12:34:${String(10 + n).padStart(2, '0')}`)],
  services: [],
  certificates: [],
  names: [],
  firstSeen: ago(40 * day),
  lastSeen: ago(2),
  here: true,
  notes: [],
  events: [{ at: ago(40 * day), what: 'found', says: 'Found for the first time.' }],
  ...more,
});

const server = (n: number, name: string, more: Partial<Machine> = {}): Machine =>
  machine(n, name, {
    kind: 'k3s-server',
    cluster: { is: 'yours', site: sites.north, caHash: caOfNorth },
    ssh: { address: `192.168.40.${10 + n}`, port: 22 },
    marks: [
      mark('host-key', `SHA256:uNiVztksCsDhcc0u9e8BrrhkexZq4VtJc0OqU8mZb4${n}`),
      mark('mac', `52:54:00:12:34:1${n}`),
      mark('kubelet', name),
    ],
    services: serverServices,
    certificates: [certificate(6443, 'O=k3s, CN=k3s', 210), certificate(10_250, `CN=${name}`, 210)],
    names: [name, `${name}.local`],
    clockOffsetSeconds: 1,
    ...more,
  });

const agent = (n: number, name: string, more: Partial<Machine> = {}): Machine =>
  server(n, name, { kind: 'k3s-agent', services: [ssh, kubelet], certificates: [], ...more });

const lost = 6 * day;

export const northMachines: readonly Machine[] = [
  server(1, 'summit-1', { node: nodes.summit, serial: cable, vip: '192.168.40.100' }),
  server(2, 'summit-2'),
  server(3, 'summit-3', {
    certificates: [certificate(6443, 'O=k3s, CN=k3s', -12), certificate(10_250, 'CN=summit-3', 18)],
    notes: [
      {
        tone: 'bad',
        says: 'The certificate on port 6443 expired 12 days ago.',
        next: 'Restart k3s on this server: it makes new certificates when they are close to their end. Look at its clock first.',
      },
    ],
  }),
  agent(4, 'hut-2', {
    node: nodes.hut,
    clockOffsetSeconds: -10_812,
    notes: [
      {
        tone: 'warn',
        says: 'Its clock is 3 h behind this laptop’s.',
        next: 'Look at both clocks. A node with a wrong clock does not trust good certificates.',
      },
    ],
  }),
  agent(5, 'mast-3', {
    here: false,
    lastSeen: ago(lost),
    addresses: [{ address: '192.168.40.15', now: false, firstSeen: ago(40 * day), lastSeen: ago(lost) }],
    notes: [
      {
        tone: 'warn',
        says: 'It has not been seen since Tuesday.',
        next: 'Look at its power and its cable, or open its serial console.',
      },
    ],
    events: [
      { at: ago(2), what: 'missing', says: 'Not found where it was last seen, at 192.168.40.15.' },
      { at: ago(20 * day), what: 'address-changed', says: 'Its address changed from 192.168.40.31.' },
      { at: ago(40 * day), what: 'found', says: 'Found for the first time.' },
    ],
  }),
  machine(6, 'registry', {
    kind: 'registry',
    cluster: { is: 'known', site: sites.north },
    ssh: { address: '192.168.40.16', port: 22 },
    services: [ssh, service(5000, 'registry', 'answers as a registry, 41 repositories')],
  }),
];

const besides: readonly Machine[] = [
  machine(7, 'switch-hall.station.example', {
    services: [
      service(22, 'ssh', 'SSH-2.0-Switch_4.1'),
      { ...service(80, 'other', 'It talks something else.'), strange: true },
    ],
    notes: [{ tone: 'info', says: 'It calls itself a switch.' }],
  }),
  machine(8, 'k3s-lab', {
    kind: 'k3s-server',
    cluster: { is: 'unknown', caHash: caOfStrangers },
    ssh: { address: '192.168.40.18', port: 22 },
    services: serverServices,
    certificates: [certificate(6443, 'O=k3s, CN=k3s', 340)],
  }),
  machine(9, 'k3s-lab-worker', {
    kind: 'k3s-agent',
    cluster: { is: 'unknown', caHash: caOfStrangers },
    ssh: { address: '192.168.40.19', port: 2222 },
    services: [ssh, kubelet],
  }),
  ...[10, 11].map(n =>
    machine(n, `camera-${n - 9}`, {
      kind: 'ssh',
      ssh: { address: `192.168.40.${10 + n}`, port: 22 },
      marks: [mark('machine-id', cloned), mark('mac', `52:54:00:12:35:${n}`)],
      services: [ssh],
    }),
  ),
  machine(12, 'fe80::5054:ff:fe12:9901%enx001122334455', {
    kind: 'ssh',
    addresses: [
      {
        address: 'fe80::5054:ff:fe12:9901%enx001122334455',
        now: true,
        firstSeen: ago(2),
        lastSeen: ago(2),
      },
    ],
    ssh: { address: 'fe80::5054:ff:fe12:9901%enx001122334455', port: 22 },
    services: [ssh],
    firstSeen: ago(2),
  }),
  machine(13, 'weather-box login:', {
    kind: 'serial',
    addresses: [],
    serial: '/dev/serial/by-id/usb-Prolific_Technology_Inc._USB-Serial_Controller-if00-port0',
    marks: [mark('serial', 'Prolific USB-Serial')],
  }),
  machine(14, '192.168.40.24', {
    kind: 'k3s-server',
    cluster: { is: 'claims', site: sites.north, caHash: caOfNorth },
    ssh: { address: '192.168.40.24', port: 22 },
    services: [ssh, service(6443, 'k3s-api', 'shows the CA of your site, but holds no certificate of it')],
    notes: [
      {
        tone: 'bad',
        says: 'It shows the CA of North station but could not prove that it belongs to it.',
        next: 'Do not log in there. Find out what machine it is before you go on.',
      },
    ],
  }),
];

const conflicts: readonly Conflict[] = [
  {
    what: 'one-machine-id-two-machines',
    about: cloned,
    machines: [machineId(10), machineId(11)],
    says: 'camera-1 and camera-2 have the same machine id: one was cloned from the other.',
    next: 'Give one of them a new machine id before K3s comes onto it: systemd-machine-id-setup after removing /etc/machine-id.',
  },
];

export const noInventory = (): Inventory => ({ at: ago(0), machines: [], conflicts: [], topologies: [] });

/** The inventory of North station; `known` machines of it are there from earlier visits. */
export const northInventory = (more: Partial<Inventory> = {}): Inventory => ({
  at: ago(2),
  machines: [...northMachines, ...besides],
  conflicts,
  topologies: [
    {
      caHash: caOfStrangers,
      servers: [machineId(8)],
      agents: [machineId(9)],
      quorum: { members: 1, here: 1, needed: 1 },
    },
    {
      site: sites.north,
      caHash: caOfNorth,
      servers: [machineId(1), machineId(2), machineId(3)],
      agents: [machineId(4), machineId(5)],
      vip: '192.168.40.100',
      quorum: { members: 3, here: 3, needed: 2 },
    },
  ],
  ...more,
});

/** One server is gone, and so many agents that the picture wraps; for a crowd, so many that the table has pages. */
export function crowded(agents: number): Inventory {
  const [first, second, third] = northMachines;
  if (!first || !second || !third) throw new Error('The made-up site has three servers.');
  const missing = { ...third, here: false, lastSeen: ago(lost), notes: [] };
  const more = Array.from({ length: agents }, (_, i) => agent(100 + i, `mast-${i + 1}`));
  return {
    ...northInventory(),
    machines: [first, second, missing, ...more],
    conflicts: [],
    topologies: [
      {
        site: sites.north,
        caHash: caOfNorth,
        servers: [first.id, second.id, missing.id],
        agents: more.map(({ id }) => id),
        vip: '192.168.40.100',
        quorum: { members: 3, here: 2, needed: 2 },
      },
    ],
  };
}

/** The same machine after it was said whose cluster it is. */
export const joined = (inventory: Inventory, which: MachineId, site: SiteId): Inventory => ({
  ...inventory,
  machines: inventory.machines.map(each =>
    each.id === which ? { ...each, cluster: { is: 'yours', site, caHash: caOfStrangers } } : each,
  ),
});

/** The same machines once a node was added at the address of one. */
export const noded = (inventory: Inventory, address: string, node: NodeId): Inventory => ({
  ...inventory,
  machines: inventory.machines.map(each => (each.ssh?.address === address ? { ...each, node } : each)),
});

const wired = { wire: 'eth0', fast: false, exclude: ['192.168.40.60'] };

export const lan: LanNow = {
  wires: [
    { name: 'eth0', mac: '00:11:22:33:44:55', kind: 'cable', plugged: true, addresses: ['192.168.40.7/24'] },
    { name: 'docker0', kind: 'virtual', addresses: ['172.17.0.1/16'] },
  ],
  networks: [
    { ...wired, cidr: '192.168.40.0/24', address: '192.168.40.7', hosts: 254, proposed: true },
    { ...wired, cidr: 'fe80::/64%eth0', address: 'fe80::7', hosts: 1, proposed: true, exclude: [] },
    {
      wire: 'docker0',
      cidr: '172.17.0.0/16',
      address: '172.17.0.1',
      hosts: 65_534,
      proposed: false,
      why: 'A network inside this laptop, or a tunnel: no node of a site is plugged in there.',
      fast: false,
      exclude: [],
    },
  ],
  advice: [],
};

export const lanOfDirectCable: LanNow = {
  wires: [{ name: 'eth0', kind: 'cable', plugged: true, addresses: ['fe80::7/64'] }],
  networks: [{ ...wired, cidr: 'fe80::/64%eth0', address: 'fe80::7', hosts: 1, proposed: true, exclude: [] }],
  advice: [
    {
      wire: 'eth0',
      says: 'Nobody gave this laptop an address on eth0: the cable leads straight to a node, or to a network without DHCP.',
      steps: [
        {
          says: 'Scan fe80::/64%eth0 first. Every machine with IPv6 answers there whatever addresses it has, and nothing has to be changed.',
        },
        {
          says: 'If the node is known to have a fixed address in 192.168.254.0/24, give this laptop an address beside it.',
          command: 'sudo ip address add 192.168.254.1/24 dev eth0',
        },
        { says: 'If nothing answers, use the serial console: it needs no address at all.' },
      ],
      undo: 'sudo ip address del 192.168.254.1/24 dev eth0',
    },
  ],
};

export const lanOfNothing: LanNow = {
  wires: [
    { name: 'eth0', kind: 'cable', plugged: false, addresses: [] },
    { name: 'wlan0', kind: 'wireless', addresses: [] },
  ],
  networks: [],
  advice: [],
};

/** What a stranger on the network can make of his own name, his certificate and his banner; the services cut it at 200. */
export function hostile(): Inventory {
  const name = `<script>alert(1)</script>${'W'.repeat(175)}`;
  const stranger = machine(30, name, {
    kind: 'k3s-server',
    cluster: { is: 'unknown', caHash: caOfStrangers },
    names: [name, name.toLowerCase()],
    ssh: { address: '192.168.40.40', port: 22 },
    services: [service(22, 'ssh', name), service(6443, 'k3s-api', name)],
    certificates: [certificate(6443, name, 20, name)],
    marks: [mark('kubelet', name)],
    notes: [{ tone: 'bad', says: name, next: name }],
    events: [{ at: ago(2), what: 'found', says: name }],
  });
  return {
    ...noInventory(),
    machines: [stranger, { ...stranger, id: machineId(31) }],
    conflicts: [
      {
        what: 'one-name-two-machines',
        about: name,
        machines: [machineId(30), machineId(31)],
        says: name,
        next: name,
      },
    ],
    topologies: [{ caHash: caOfStrangers, servers: [machineId(30), machineId(31)], agents: [], vip: name }],
  };
}
