import type { Carried } from '../../../preload/contract/carry.ts';
import type {
  About,
  Bundle,
  BundleFile,
  Export,
  InstallOptions,
  NodeSnapshot,
  Plan,
  Preflight,
  Run,
  RunStep,
  Settings,
  Site,
  SiteNode,
  Snapshot,
  Stick,
} from '../../../preload/contract/domain.ts';
import type { KeysShown } from '../../../preload/contract/supply/keys.ts';
import type { BundleId, ExportId, NodeId, RunId, SiteId, SnapshotId } from '../../../preload/contract/ids.ts';

/** Values as a host would give them, with names and paths as long as they get, to look at screens with. */
const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
export const sites = { north: id(1) as SiteId, dome: id(2) as SiteId };
export const nodes = { summit: id(11) as NodeId, hut: id(12) as NodeId, long: id(13) as NodeId };
export const runs = {
  passed: id(21) as RunId,
  failed: id(22) as RunId,
  cut: id(23) as RunId,
  going: id(24) as RunId,
  remedied: id(25) as RunId,
};
const hash = 'b1946ac92492d2347c6235b4d2611184ab0c4f4c1f0d2c4e7b6f8a9012345678';
const now = Date.now();
export const ago = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();

export const about = (practice: boolean, vault: About['vault'], warnings: readonly string[]): About => ({
  version: '0.1.0',
  builtAt: ago(60 * 24 * 30),
  door: 'browser',
  practice,
  home: practice
    ? '/home/technician/.local/share/coldstart/practice'
    : '/home/technician/.local/share/coldstart',
  vault,
  canRemember: !practice,
  remembered: false,
  warnings,
});

export const settings: Settings = {
  theme: 'system',
  terminalFontSize: 14,
  technician: 'A. Nansen',
  supplyRunDays: 7,
  keepAwakeWhileRunning: true,
};

export const recipient = `age1${'q'.repeat(58)}`;

export const site = (which: SiteId, name: string, recipients: readonly string[], practice = false): Site => ({
  id: which,
  name,
  practice,
  createdAt: ago(60 * 24 * 90),
  recipients,
});

export const node = (which: NodeId, at: SiteId, name: string, more: Partial<SiteNode> = {}): SiteNode => ({
  id: which,
  site: at,
  name,
  address: '192.168.40.11',
  port: 22,
  user: 'tech',
  login: { is: 'auto' },
  over: 'ssh',
  practice: false,
  addedAt: ago(60 * 24 * 40),
  ...more,
});

const file = (
  name: string,
  role: BundleFile['role'],
  state: BundleFile['state'],
  bytes: number,
  saw?: string,
): BundleFile => ({
  name,
  role,
  state,
  bytes,
  ...(name.includes('amd64') || name === 'k3s' ? { arch: 'amd64' as const } : {}),
  sha256: hash,
  ...(saw === undefined ? {} : { saw }),
});

const files: readonly BundleFile[] = [
  file('k3s', 'binary', 'matches', 74_000_000),
  file('k3s-airgap-images-amd64.tar.zst', 'images', 'matches', 182_000_000),
  file('k3s-airgap-images-amd64.tar.gz', 'images', 'not-carried', 0),
  file('sha256sum-amd64.txt', 'checksums', 'matches', 312),
  file('install.sh', 'install-script', 'unlisted', 36_000),
  file('k3s-images.txt', 'images-list', 'unlisted', 512),
];

const bundle = (n: number, k3sVersion: string, more: Partial<Bundle>): Bundle => ({
  id: hash.replace(/^./, String(n)) as BundleId,
  k3sVersion,
  practice: false,
  complete: true,
  origin: {
    is: 'signed',
    keyId: 'E7620F1842B4E81F',
    comment: 'Coldstart HQ, weekly bundle',
    practice: false,
  },
  arches: ['amd64'],
  files,
  bytes: 256_036_824,
  importedAt: ago(60 * 26),
  verifiedAt: ago(12),
  source: '/media/technician/COLDSTART-STICK/bundles/v1.35.2+k3s1 (as downloaded)',
  ...more,
});

export const bundles: readonly Bundle[] = [
  bundle(1, 'v1.35.2+k3s1', {}),
  bundle(2, 'v1.34.6+k3s1', { origin: { is: 'unknown' } }),
  bundle(3, 'v1.33.9+k3s1', {
    complete: false,
    origin: { is: 'unknown' },
    files: [
      file('k3s', 'binary', 'altered', 74_000_000, 'Its SHA-256 begins 5d41402a, the list says b1946ac9.'),
      file(
        'k3s-airgap-images-amd64.tar.zst',
        'images',
        'short',
        100_000,
        '100000 of 182000000 bytes are there.',
      ),
      ...files.slice(3),
    ],
  }),
];

export const practiceBundle: Bundle = bundle(9, 'v1.35.2+k3s1', {
  practice: true,
  origin: { is: 'signed', keyId: 'PRACTICE0000', comment: 'Coldstart practice', practice: true },
  source: '/usr/share/coldstart/practice/bundle',
});

export const options: InstallOptions = {
  nodeName: 'summit-1',
  nodeIp: '192.168.40.11',
  tlsSan: ['summit-1', '192.168.40.11'],
  disable: [],
  secretsEncryption: true,
  clusterCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  flannelBackend: 'vxlan',
  snapshotCron: '0 */6 * * *',
  snapshotRetention: 30,
  labels: [],
  taints: [],
  rescuable: true,
  serialConsole: 'ttyS0',
};

const titles: readonly (readonly [id: string, title: string, why: string])[] = [
  ['prepare', 'Lock the node for this run', 'So that a second laptop cannot work on it at the same time.'],
  [
    'deliver',
    'Bring the bundle to the node',
    'The node needs the K3s program and its images; only what it lacks is sent.',
  ],
  ['config', 'Write the configuration', 'All settings stand in one file that only root can read.'],
  ['images', 'Put the images in place', 'K3s loads them at its first start, without any network.'],
  ['install', 'Run the installer', 'It makes the service and starts K3s.'],
  ['ready', 'Wait until the node is Ready', 'Only then does the cluster take work.'],
  [
    'rescue',
    'Make the node rescuable',
    'A login on the serial console and a journal that survives a power cut.',
  ],
  ['verify', 'Check certificates and datastore', 'So that the first snapshot is worth something.'],
];

export const plan = (practice: boolean): Plan => ({
  runbook: 'install-single',
  node: nodes.summit,
  nodeName: 'summit-1',
  title: 'Install K3s v1.35.2+k3s1',
  digest: hash,
  warnings: practice ? [] : ['The clock of the node is 40 s behind this laptop.'],
  steps: titles.map(([stepId, title, why], i) => ({
    id: stepId,
    title,
    why,
    weight: 1,
    commands: [
      {
        as: 'root' as const,
        text:
          stepId === 'install'
            ? 'env INSTALL_K3S_SKIP_DOWNLOAD=true INSTALL_K3S_SKIP_START=false sh /var/lib/coldstart/run/install.sh server'
            : `install -m 0600 /run/coldstart/${stepId} /etc/rancher/k3s/config.yaml.d/${stepId}.yaml && sha256sum -- /etc/rancher/k3s/config.yaml.d/${stepId}.yaml`,
      },
      ...(i % 2 === 0 ? [{ as: 'laptop' as const, text: 'write token ‹secret› to the vault' }] : []),
    ],
    ...(stepId === 'install' ? { mayLose: 'Iptables rules made by hand may be replaced.' } : {}),
  })),
});

export const step = (i: number, standing: RunStep['standing'], saw?: string): RunStep => {
  const [stepId = '', title = '', why = ''] = titles[i] ?? [];
  const began = standing === 'waiting' ? {} : { startedAt: ago(10 - i) };
  const ended = ['passed', 'already', 'failed'].includes(standing) ? { endedAt: ago(9.4 - i) } : {};
  return { id: stepId, title, why, standing, ...began, ...ended, ...(saw === undefined ? {} : { saw }) };
};

const steps = (at: number, standing: RunStep['standing'], saw?: string): readonly RunStep[] =>
  titles.map((_, i) =>
    i < at
      ? step(i, i === 0 ? 'already' : 'passed', 'As it should be.')
      : step(i, i === at ? standing : 'waiting', i === at ? saw : undefined),
  );

export const run = (which: RunId, state: Run['state'], more: Partial<Run> = {}): Run => ({
  id: which,
  runbook: 'install-single',
  title: 'Install K3s v1.35.2+k3s1',
  site: sites.north,
  node: nodes.summit,
  nodeName: 'summit-1',
  state,
  steps: steps(8, 'passed'),
  startedAt: ago(60 * 20),
  progress: { what: 'Done', done: 8, total: 8, unit: 'steps' },
  unchanged: false,
  practice: false,
  ...more,
});

export const allRuns: readonly Run[] = [
  run(runs.passed, 'passed'),
  run(runs.failed, 'failed', {
    startedAt: ago(60 * 3),
    steps: steps(
      4,
      'failed',
      'install.sh ended with status 1: k3s-selinux is missing and SELinux is enforcing.',
    ),
    failure: {
      code: 'step-failed',
      says: 'The installer ended with status 1: SELinux is enforcing and the package k3s-selinux is missing.',
      about: 'summit-1, step “Run the installer”',
      untouched: 'The service was not enabled; the configuration and images are in place and do no harm.',
      next: 'Install k3s-selinux from the bundle’s packages, then continue the run.',
    },
  }),
  run(runs.cut, 'interrupted', {
    startedAt: ago(50),
    steps: steps(5, 'unsure', 'The laptop went away while it waited.'),
    failure: {
      code: 'link-lost',
      says: 'The connection to the node was lost while waiting for it to become Ready.',
      about: 'summit-1',
      untouched: 'Nothing was sent again.',
      next: 'Check the cable, then continue: the node is looked at first.',
    },
  }),
  run(runs.going, 'running', {
    startedAt: ago(4),
    steps: steps(3, 'applying', 'k3s-airgap-images-amd64.tar.zst: 96 of 174 MiB'),
    progress: {
      what: 'Putting the images in place',
      done: 96_000_000,
      total: 182_000_000,
      unit: 'bytes',
      remainingSeconds: 95,
    },
  }),
];

export const remedied: Run = run(runs.remedied, 'passed', {
  runbook: 'remedy',
  title: 'Free disk space',
  startedAt: ago(6),
});

export const preflight: Preflight = {
  node: nodes.summit,
  at: ago(0),
  verdict: 'warned',
  checks: [
    { id: 'arch', title: 'Processor', verdict: 'passed', saw: 'x86_64, the bundle carries amd64' },
    { id: 'os', title: 'System', verdict: 'passed', saw: 'Debian GNU/Linux 13' },
    {
      id: 'cgroup',
      title: 'cgroup v2 with memory',
      verdict: 'passed',
      saw: 'cgroup2, controllers cpu memory pids',
    },
    {
      id: 'clock',
      title: 'Clock against this laptop',
      verdict: 'warned',
      saw: '40 s behind',
      next: 'Set the clock before the install: the certificates are dated.',
    },
    {
      id: 'disk',
      title: 'Disk and inodes',
      verdict: 'passed',
      saw: '41 GiB and 93 % of inodes free on /var/lib',
    },
    { id: 'serial', title: 'Serial console', verdict: 'unknown', saw: '/proc/consoles could not be read' },
  ],
};

export const nodeSnapshots: readonly NodeSnapshot[] = [
  {
    name: 'etcd-snapshot-summit-1.north-station.example-1795372800',
    nodeName: 'summit-1',
    location: 'file:///var/lib/rancher/k3s/server/db/snapshots/etcd-snapshot-summit-1-1795372800',
    bytes: 4_800_512,
    createdAt: ago(190),
    ready: true,
    pulled: id(31) as SnapshotId,
  },
  {
    name: 'on-demand-summit-1-1795380000',
    nodeName: 'summit-1',
    location: 'file:///var/lib/rancher/k3s/server/db/snapshots/on-demand-summit-1-1795380000',
    bytes: 4_804_608,
    createdAt: ago(2),
    ready: true,
  },
];

const snapshot = (n: number, more: Partial<Snapshot>): Snapshot => ({
  id: id(n) as SnapshotId,
  site: sites.north,
  node: nodes.summit,
  nodeName: 'summit-1',
  name: 'etcd-snapshot-summit-1.north-station.example-1795372800',
  bytes: 4_800_512,
  sha256: hash,
  savedAt: ago(190),
  pulledAt: ago(30),
  k3sVersion: 'v1.35.2+k3s1',
  tokenHash: 'b1946ac92492',
  check: {
    at: ago(30),
    trailer: 'holds',
    reference: 'equal',
    intact: true,
    says: 'The copy is the file the node saved.',
  },
  path: '/home/technician/.local/share/coldstart/snapshots/etcd-snapshot-summit-1-1795372800',
  practice: false,
  ...more,
});

export const snapshots: readonly Snapshot[] = [
  snapshot(31, {}),
  snapshot(32, {
    name: 'etcd-snapshot-summit-1-1794768000',
    savedAt: ago(60 * 24 * 7),
    check: {
      at: ago(30),
      trailer: 'broken',
      reference: 'none',
      intact: false,
      says: 'The checksum at its end does not fit its content. Pull it again while the node still has it.',
    },
  }),
];
export const pulledNow: Snapshot = snapshot(33, {
  name: 'on-demand-summit-1-1795380000',
  savedAt: ago(2),
  pulledAt: ago(0),
});

const stick = (label: string, more: Partial<Stick>): Stick => ({
  path: `/media/technician/${label}`,
  device: '/dev/sdb1',
  label,
  model: 'SanDisk Ultra Fit',
  serial: '4C5300',
  fileSystem: 'exfat',
  bytes: 62_000_000_000,
  free: 41_000_000_000,
  removable: true,
  writable: true,
  warnings: [],
  ...more,
});

export const sticks: readonly Stick[] = [
  stick('COLDSTART-STICK', { lastExportAt: ago(2 * 1440) }),
  stick('KINGSTON', {
    device: '/dev/sdc1',
    model: 'DataTraveler 3.0',
    serial: '60A44C',
    fileSystem: 'vfat',
    warnings: [
      { is: 'fat32', says: 'FAT32 holds no file of 4 GiB or more: larger ones are split.' },
      { is: 'write-errors', says: 'The kernel logged 3 write errors of this drive. Take another stick.' },
    ],
  }),
  stick('OLD', {
    device: '/dev/sr0',
    model: 'Live CD',
    fileSystem: 'iso9660',
    bytes: 700_000_000,
    free: 0,
    writable: false,
    warnings: [{ is: 'read-only', says: 'It can only be read.' }],
  }),
  stick('', {
    path: '',
    device: '/dev/sdd1',
    free: 0,
    writable: false,
    warnings: [
      {
        is: 'not-mounted',
        says: 'It is plugged in but not mounted, so nothing can be written to it. Mount it with: udisksctl mount -b /dev/sdd1',
      },
    ],
  }),
];

export const safeRecipient = `age1${'z'.repeat(58)}`;

/** The keys of a laptop: all in order but the drill, or none at all. */
export const keys = (none: boolean): KeysShown =>
  none
    ? {
        earlierLaptopKeys: [],
        sites: [],
        missing: [
          'This laptop has no key yet to sign its bags with. Make it before you travel.',
          'The root key of headquarters is not known here, so its receipts cannot be checked.',
        ],
      }
    : {
        laptop: {
          id: '7D4C1A9B0E55F310',
          key: 'RWQQ81UOmxpMfeYV4mDd0kJ9nN1vC3sG5tH7uJ8wK0xL2yM4zN6bP8qR',
          since: ago(90 * 1440),
        },
        earlierLaptopKeys: [],
        root: { id: '00C0FFEE00C0FFEE', key: `RWTu${'A'.repeat(52)}`, since: ago(91 * 1440) },
        list: {
          serial: 7,
          at: ago(100 * 1440),
          bundleKeys: [{ id: '3333333333333333', key: `RWQ${'B'.repeat(53)}`, name: 'bundles' }],
          receiptKeys: [
            {
              id: '0123456789ABCDEF',
              key: `RWQ${'C'.repeat(53)}`,
              name: 'receipts 2026',
              until: ago(-40 * 1440),
            },
          ],
          recipients: [{ id: recipient, key: recipient, name: 'headquarters' }],
        },
        sites: [
          {
            site: sites.north,
            name: 'North station',
            recipients: [recipient],
            breakGlass: { recipient: safeRecipient, madeAt: ago(80 * 1440) },
          },
          { site: sites.dome, name: 'Dome C, telescope hut', recipients: [] },
        ],
        missing: ['Dome C, telescope hut: there is no key for its safe.'],
      };

export const exported = (to: string, practice: boolean): Export => ({
  id: id(41) as ExportId,
  site: sites.north,
  at: ago(0),
  path: `${to}/coldstart-00000000-20261122T185300Z`,
  bytes: 4_900_000,
  files: 4,
  snapshots: [id(31) as SnapshotId],
  manifestSha256: hash,
  check: {
    path: `${to}/coldstart-00000000-20261122T185300Z`,
    complete: true,
    files: 4,
    bytes: 4_900_000,
    readBack: 're-read',
    problems: [],
  },
  copies: [],
  state: 'written',
  practice,
});

/** The same plan where its files would take six hours over the cable. */
export const overLongCable = (plan: Plan, byStick: boolean): Plan => ({
  ...plan,
  digest: plan.digest.replace(/^./, byStick ? '1' : '2'),
  warnings: [byStick ? '200 MiB come by stick.' : '200 MiB go over the serial cable: about 6 h.'],
  carry: { files: ['k3s-airgap-images-amd64.tar.zst'], bytes: 200 * 2 ** 20, seconds: 21_600, byStick },
});

export const carried = (to: string): Carried => ({
  path: `${to}/coldstart-carry`,
  files: [
    {
      name: 'k3s-airgap-images-amd64.tar.zst',
      bytes: 200 * 2 ** 20,
      sha256: 'ab'.repeat(32),
      written: true,
    },
  ],
  bytes: 200 * 2 ** 20,
  readBack: 'from-medium',
});
