import type {
  Conflict,
  MachineKind,
  MachineService,
  MarkKind,
  ScanPace,
} from '../../../preload/contract/scan.ts';
import type { Span } from '../../ui/format.ts';
import type { Expiry, Filter, Health } from '../../features/map/machines.ts';
import type { Hindrance } from '../../features/map/choice.ts';
import { spanText } from './ui.ts';

const kinds: Record<MachineKind, string> = {
  'k3s-server': 'K3s server',
  'k3s-agent': 'K3s agent',
  k3s: 'Part of K3s',
  rke2: 'RKE2',
  kubernetes: 'Kubernetes, not K3s',
  talos: 'Talos',
  registry: 'Image registry',
  ssh: 'Machine with SSH',
  serial: 'Serial console',
  other: 'Other machine',
  closed: 'Answers on no port',
};
const healths: Record<Health, string> = {
  missing: 'Missing',
  bad: 'Trouble',
  warn: 'Look at this',
  here: 'Answers',
  noticed: 'Is there',
  plugged: 'Plugged in',
};
const paces: Record<ScanPace, { readonly name: string; readonly says: string }> = {
  polite: {
    name: 'Gentle',
    says: 'At most 10 new addresses a second. Some industrial switches shut a port when they hear more.',
  },
  fast: {
    name: 'Fast',
    says: 'Many addresses at once. Only where no switch or controller of a plant could mind it.',
  },
  listen: {
    name: 'Only listen',
    says: 'Sends nothing. Shows what tells of itself, and goes on until you stop it.',
  },
};
const services: Record<MachineService['what'], string> = {
  ssh: 'SSH',
  'k3s-api': 'K3s API',
  'kube-api': 'Kubernetes API',
  'rke2-supervisor': 'RKE2 supervisor',
  kubelet: 'kubelet',
  'etcd-client': 'etcd, for clients',
  'etcd-peer': 'etcd, for its peers',
  'node-exporter': 'node_exporter',
  registry: 'Image registry',
  talos: 'Talos API',
  ser2net: 'Serial port on the network',
  other: 'Something else',
};
const marks: Record<MarkKind, string> = {
  'host-key': 'SSH host key',
  'machine-id': 'Machine id',
  mac: 'MAC address',
  kubelet: 'Name in its cluster',
  serial: 'Serial adapter',
};
const conflicts: Record<Conflict['what'], string> = {
  'one-address-two-machines': 'One address, two machines',
  'one-name-two-machines': 'One name, two machines',
  'one-key-two-machines': 'One host key, two machines',
  'one-machine-id-two-machines': 'One machine id, two machines',
  'another-machine': 'Another machine answers here',
};
const filters: Record<Filter, string> = {
  site: 'This site',
  all: 'All',
  unknown: 'Of no site',
};
const hindrances: Record<Hindrance, string> = {
  'nothing-chosen': 'Tick a network, or type one.',
  wide: 'A network wider than /20 has to be typed again below.',
  fast: 'Say for each network that fast is right there, or choose Gentle.',
};
const expiries: Record<Expiry, (span: Span, day: string) => string> = {
  expired: span => `Expired ${spanText(span)} ago`,
  'ends-soon': span => `Ends in ${spanText(span)}`,
  'not-yet': span => `Not valid yet, for ${spanText(span)} more: check the clocks`,
  good: (_, day) => `Good until ${day}`,
};

function ofThemNew(found: number, fresh: number): string {
  if (fresh === 0) return '';
  if (found === 1) return ', and new';
  return fresh === found ? ', all of them new' : `, ${fresh} of them new`;
}
const named = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
/** What was measured is told as it was, not rounded up as a remaining time is. */
const took = (seconds: number): string =>
  seconds < 120 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
const machines = (n: number): string => (n === 1 ? '1 machine' : `${n} machines`);

/** Words of "Find nodes". */
export const map = {
  title: 'Find nodes',
  says: 'What is on the network and on the serial cables, what it is, and what is missing since last time.',
  link: 'Find nodes',
  scan: 'Scan',
  scanAgain: 'Scan again',
  listen: 'Listen',
  stop: 'Stop',
  scanning: 'Scanning',
  listening: 'Listening',
  listeningSays: 'Nothing is sent. It goes on until you stop it.',
  where: {
    title: 'Where to look',
    summary: (networks: string, pace: string): string => `Where to look: ${networks} · ${pace}`,
    nowhere: 'nowhere yet',
    networks: 'Networks of this laptop',
    network: (wire: string, hosts: number, told: string): string =>
      hosts > 1 ? `${wire}, ${told} addresses` : `${wire}, all machines on the cable at once`,
    typed: 'Another network or address',
    typedHint: 'Such as 10.0.1.0/24 or 10.0.1.7. Several with a space between.',
    again: (cidr: string): string => `Type ${cidr} again`,
    againHint: 'It is wider than /20. Asked gently, that takes hours. Better name the part the site uses.',
    pace: 'Pace',
    paces,
    fastHere: (cidr: string): string => `Fast is right in ${cidr}`,
    fastHint: 'No industrial switch, PLC or drive is in it. This is kept for the network.',
    never: 'Never ask these addresses',
    neverHint: 'Controllers of a plant (PLCs), drives, cameras. One address or network on each line.',
    keep: 'Keep this list',
    keeping: 'Keeping it',
    hindrances,
  },
  foundSoFar: (found: number, fresh: number, listens: boolean): string =>
    found === 0
      ? `Nothing was ${listens ? 'heard' : 'found'} yet.`
      : `${machines(found)} ${listens ? 'heard' : 'found'} so far${ofThemNew(found, fresh)}.`,
  summary: (found: number, fresh: number, missing: readonly string[], seconds: number): string =>
    [
      found === 0
        ? `Nothing was found in ${took(seconds)}.`
        : `${machines(found)} found in ${took(seconds)}${ofThemNew(found, fresh)}.`,
      missing.length > 0 && `Missing: ${named(missing)}.`,
    ]
      .filter(Boolean)
      .join(' '),
  nothingMissing: 'Nothing is missing that was there before.',
  stopped: (found: number, fresh: number, listened: boolean): string => {
    const how = listened ? 'heard' : 'found';
    return found === 0
      ? `Stopped. Nothing was ${how}.`
      : `Stopped. ${machines(found)} ${how}${ofThemNew(found, fresh)}. What was ${how} is kept.`;
  },
  stoppedSays: 'What is missing can only be told after a whole scan.',
  left: 'What was not asked',
  moreTroubles: (n: number): string => (n === 1 ? 'and one trouble more' : `and ${n} troubles more`),
  noNetwork: 'This laptop is in no network',
  noNetworkSays: 'Nothing can be found over the network before that.',
  whatToCheck: 'What to check',
  noNetworkChecks: [
    'Is the cable plugged in at both ends? A light at the socket should be on.',
    'Is the network adapter plugged into this laptop?',
    'Has the machine at the other end got power?',
    'No cable fits? A serial cable is enough: open “Rescue a node”.',
  ],
  wires: 'Adapters of this laptop',
  wire: {
    kinds: { cable: 'cable', wireless: 'Wi-Fi', virtual: 'inside the laptop' },
    plugged: 'plugged in, no address',
    unplugged: 'nothing plugged in',
    untold: 'no address',
  },
  lookAgain: 'Look again',
  nothingYet: 'Nothing was looked for yet',
  nothingYetSays:
    'Press Scan. Only the networks ticked above are asked, gently. Nothing is changed on any machine.',
  cable: {
    title: (wire: string): string => `Direct cable on ${wire}`,
    undo: 'Afterwards, to put the laptop back as it was',
    serial: 'Use a serial cable',
  },
  conflicts,
  conflictsLabel: 'What cannot both be true',
  open: (machine: string): string => `Look at ${machine}`,
  view: { label: 'Show as', picture: 'Picture', table: 'Table' },
  picture: {
    label: 'Picture of the network',
    laptop: 'This laptop',
    cluster: (site: string): string => `Cluster of ${site}`,
    unknownCluster: 'Unknown cluster',
    unknownMark: (hash: string): string => `Its mark begins ${hash}. No site of this laptop has it.`,
    nodesOf: (site: string): string => `Nodes of ${site}`,
    beside: 'Other machines',
    servers: 'Servers',
    agents: 'Agents',
    others: 'Others',
    holds: (here: number, members: number): string =>
      `${here} of ${members} servers here: the cluster holds.`,
    lastOne: 'If one more goes, it stops.',
    holdsNot: (here: number, members: number, needed: number): string =>
      `${here} of ${members} servers here, ${needed} are needed: the cluster takes no changes.`,
    single: 'The only server is here.',
    vip: 'Shared address',
    holdsVip: 'answers at the shared address',
    ssh: 'SSH',
    serial: 'Serial cable',
    noWay: 'no SSH',
    more: (n: number): string => (n === 1 ? 'One more in the table' : `${n} more in the table`),
    legend: 'How this laptop reaches them',
  },
  table: {
    caption: 'All machines',
    show: 'Show',
    filters,
    search: 'Name, address or MAC',
    columns: {
      machine: 'Machine',
      standing: 'Cluster',
      address: 'Address',
      ways: 'Ways in',
      health: 'Health',
      seen: 'Last seen',
    },
    none: 'No machine fits.',
    range: (from: number, to: number, all: number): string => `${from} to ${to} of ${all}`,
    before: 'Earlier ones',
    after: 'More',
    moreAddresses: (n: number): string => (n === 1 ? 'and one more' : `and ${n} more`),
  },
  kinds,
  healths,
  standing: {
    server: (site: string): string => `Your server of ${site}`,
    agent: (site: string): string => `Your agent of ${site}`,
    yours: (site: string): string => `Yours, of ${site}`,
    known: (site: string): string => `Node of ${site}, no cluster seen`,
    unknown: 'Unknown cluster',
    claims: (site: string): string => `Claims to be ${site}, does not prove it`,
    none: 'Not part of a cluster',
    untold: 'Cannot be told from here',
    goneSite: 'a site that was removed',
  },
  ways: { ssh: 'SSH', serial: 'Serial', none: 'none' },
  machine: {
    addNode: 'Add as node',
    connect: 'Connect',
    look: 'Look',
    install: 'Set up K3s',
    rescue: 'Doctor and rescue',
    console: 'Open the serial console',
    join: (site: string): string => `This cluster is ${site}`,
    forget: 'Forget',
    addFirst: 'Add it as a node to log in, look at it or set up K3s.',
    serialFirst: 'Its console needs no address. Add it as a node once it has one.',
    siteFirst: 'Create a site first; then this machine can be added to it.',
    toSites: 'To sites and nodes',
    facts: {
      what: 'What it is',
      standing: 'Cluster',
      answers: 'Answers at',
      ssh: 'SSH',
      serial: 'Serial port',
      vip: 'Shared address',
      names: 'Calls itself',
      clock: 'Its clock',
      seen: 'Last seen',
      first: 'First seen',
    },
    sshAt: (address: string, port: number): string => `${address}, port ${port}`,
    clock: (seconds: number): string => {
      const far = Math.abs(seconds);
      if (far <= 2) return 'as this laptop’s';
      const how = far < 120 ? `${far} s` : far < 7200 ? `${Math.round(far / 60)} min` : hours(far);
      return `${how} ${seconds > 0 ? 'ahead of' : 'behind'} this laptop’s`;
    },
    notes: 'What was noticed',
    tones: { good: 'Good', info: 'To know', warn: 'Look at this', bad: 'Trouble' },
    services: 'What answers',
    port: 'Port',
    service: 'Service',
    state: 'State',
    told: 'What it says',
    speaks: services,
    open: 'open',
    strange: 'open, but strange',
    others: (state: 'closed' | 'silent', ports: string): string =>
      state === 'closed' ? `Closed: ${ports}.` : `No answer: ${ports}.`,
    certificates: 'Certificates',
    subject: 'For',
    issuer: 'Issued by',
    expiry: 'Validity',
    expiries,
    addresses: 'Addresses',
    address: 'Address',
    now: 'now',
    earlier: 'earlier',
    firstSeen: 'First seen',
    lastSeen: 'Last seen',
    marksTitle: 'By what it is known again',
    marks,
    mark: 'Mark',
    value: 'Value',
    events: 'What happened to it',
  },
  joining: {
    title: (machine: string, site: string): string => `Is the cluster of ${machine} really ${site}?`,
    says: (site: string): string =>
      `From then on Coldstart calls every machine of this cluster yours, and counts it as ${site}. Say so only when you know it: by the label on the machine, or because you set it up.`,
    mark: 'Mark of the cluster (SHA-256 of its CA)',
    go: (site: string): string => `Yes, it is ${site}`,
    audited: 'It is written into the record of this laptop. Nothing is sent to the machine.',
  },
  forgetting: {
    title: (machine: string): string => `Forget ${machine}?`,
    says: 'Its history here goes: addresses, marks, what happened. Nothing is changed on the machine, and a node you added stays. The next scan finds it as a new one.',
    go: 'Forget it',
  },
};

function hours(seconds: number): string {
  const h = Math.round(seconds / 3600);
  return h < 48 ? `${h} h` : `${Math.round(h / 24)} days`;
}
