import type { Evidence, Examination, Finding, RemedyForm } from '../../../preload/contract/doctor.ts';
import type { Plan } from '../../../preload/contract/domain.ts';
import type { ConsoleId, ExaminationId } from '../../../preload/contract/ids.ts';
import { usualLine } from '../../../preload/contract/serial.ts';
import type {
  BlackBoxLine,
  ConsoleState,
  ConsoleStateName,
  Detected,
  SerialPort,
} from '../../../preload/contract/serial.ts';
import { ago, nodes } from './made-up.ts';

/** Ports, consoles and examinations as a host would give them. */
export const consoleId = '00000000-0000-4000-8000-000000000051' as ConsoleId;
const examinationId = '00000000-0000-4000-8000-000000000061' as ExaminationId;
export const cable = '/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0';

export const ports: readonly SerialPort[] = [
  {
    port: cable,
    device: '/dev/ttyUSB0',
    kind: 'usb',
    title: 'FTDI FT232R USB UART',
    vendorId: '0403',
    productId: '6001',
    serialNumber: 'A50285BI',
    standing: { is: 'free' },
    node: nodes.summit,
  },
  {
    port: '/dev/serial/by-id/usb-Prolific_Technology_Inc._USB-Serial_Controller_D-if00-port0',
    device: '/dev/ttyUSB1',
    kind: 'usb',
    title: 'Prolific Technology Inc. USB-Serial Controller D',
    standing: {
      is: 'busy',
      by: 'minicom (process 4711)',
      says: 'minicom (process 4711) has this port open.',
      next: 'Close it, or type sudo kill 4711. To see all who use the port, type sudo fuser -v /dev/ttyUSB1',
    },
  },
  {
    port: '/dev/ttyS0',
    device: '/dev/ttyS0',
    kind: 'built-in',
    title: 'ttyS0',
    standing: {
      is: 'no-permission',
      says: 'Your account may not use /dev/ttyS0: it belongs to the group dialout.',
      next: 'Type sudo usermod -aG dialout "$USER" and log out and in again. To go on now, type sudo chmod a+rw /dev/ttyS0',
    },
  },
];

const says: Partial<Record<ConsoleStateName, string>> = {
  login: 'The machine is up and waits for a name. Log in, or let the doctor do it.',
  shell: 'A shell waits for a command.',
  maintenance:
    'The start stopped and the machine waits for the root password. Most often a line of /etc/fstab names a disk that is not there.',
  silent:
    'Nothing came since the port was opened. The machine may be off, or the console is on another port.',
  running: 'A command is running.',
};
const doable: Partial<Record<ConsoleStateName, ConsoleState['doable']>> = {
  login: ['log-in', 'wake', 'break', 'sysrq'],
  shell: ['log-out', 'break', 'sysrq'],
  maintenance: ['enter-maintenance', 'continue-boot', 'sysrq'],
  silent: ['wake', 'break', 'sysrq'],
};
const saw: Partial<Record<ConsoleStateName, string>> = {
  login: 'Debian GNU/Linux 13 summit-1 ttyS0\n\nsummit-1 login: ',
  shell: 'root@summit-1:~# ',
  maintenance:
    'You are in emergency mode. …\nGive root password for maintenance\n(or press Control-D to continue): ',
};

export const consoleState = (is: ConsoleStateName, more: Partial<ConsoleState> = {}): ConsoleState => ({
  is,
  since: ago(2),
  saw: saw[is] ?? '',
  says: says[is] ?? '',
  doable: doable[is] ?? ['wake'],
  ...more,
});

export const detected: Detected = {
  port: cable,
  settings: usualLine,
  by: 'answered',
  says: 'A login prompt came readable at 115200 after one Enter.',
  saw: 'summit-1 login: ',
  seconds: 6.4,
};

export const bootText = [
  '[    0.000000] Linux version 6.12.41+deb13-amd64 (debian-kernel@lists.debian.org)',
  '[    0.412088] printk: legacy console [ttyS0] enabled',
  '[    3.104771] EXT4-fs (mmcblk0p2): mounted filesystem 7c1f r/w with ordered data mode.',
  '[  \u001b[0;32mOK\u001b[0m  ] Started \u001b[0;1;39msystemd-journald.service\u001b[0m - Journal Service.',
  '[\u001b[0;1;31mFAILED\u001b[0m] Failed to start \u001b[0;1;39mk3s.service\u001b[0m - Lightweight Kubernetes.',
  '',
  'Debian GNU/Linux 13 summit-1 ttyS0',
  '',
  'summit-1 login: ',
].join('\r\n');

const asked = (id: string, title: string, command: string, more: Partial<Evidence> = {}): Evidence => ({
  id,
  title,
  command,
  standing: 'whole',
  bytes: 3_120,
  ...more,
});

export const evidence: readonly Evidence[] = [
  asked('clock', 'Clock and its synchronisation', 'date -u +%s; timedatectl show', { bytes: 210 }),
  asked('df', 'Free space', 'df -PkT', { bytes: 912 }),
  asked('inodes', 'Free inodes', 'df -Pi', { bytes: 870 }),
  asked('mounts', 'Mounted file systems', 'cat /proc/mounts', { bytes: 2_044 }),
  asked(
    'k3s-unit',
    'The K3s service',
    'systemctl show k3s -p ActiveState,SubState,NRestarts,ExecMainStatus',
    {
      bytes: 96,
    },
  ),
  asked('k3s-journal', 'K3s journal of this boot', 'journalctl -u k3s -b --no-pager -o cat -q -n 2000', {
    bytes: 65_536,
    standing: 'cut',
    says: 'Only the newest 64 KiB were fetched.',
  }),
  asked('dmesg', 'Kernel messages', 'dmesg', { bytes: 18_411 }),
  asked('smart', 'Health of the disks', 'smartctl -H -A /dev/mmcblk0', {
    standing: 'failed',
    bytes: 0,
    says: 'smartctl is not on this node.',
  }),
  asked('etcd', 'etcd over its own door', 'curl -s http://127.0.0.1:2381/health', {
    standing: 'timed-out',
    bytes: 0,
    says: 'No answer within 5 s.',
  }),
];

export const findings: readonly Finding[] = [
  {
    cause: 'certificate-expired',
    says: 'The certificates of K3s have expired.',
    lines: [
      {
        evidence: 'k3s-journal',
        text: 'x509: certificate has expired or is not yet valid: current time 2026-11-22T18:53:07Z is after 2026-11-19T07:12:44Z',
        at: ago(3),
      },
    ],
    sure: 'likely',
    not: 'Not a wrong clock: the node’s time agrees with this laptop to 2 s.',
    next: 'Restart K3s: it renews them at every start. This only works once the disk has room.',
    remedies: [{ remedy: 'renew-certificates', title: 'Restart with renewed certificates' }],
    order: 40,
  },
  {
    cause: 'disk-full',
    says: 'The disk that holds K3s is full.',
    lines: [
      { evidence: 'df', text: '/dev/mmcblk0p2 ext4 30298176 30298176 0 100% /' },
      {
        evidence: 'k3s-journal',
        text: 'level=fatal msg="failed to save Raft hard state and entries" error="write /var/lib/rancher/k3s/server/db/etcd/member/wal/0.tmp: no space left on device"',
        at: ago(4),
      },
    ],
    sure: 'certain',
    not: 'Not the inodes: 93 % of them are free.',
    next: 'Free space first; everything else needs it.',
    remedies: [
      {
        remedy: 'free-disk',
        title: 'Free disk space',
        mayLose:
          'Old logs, and directories that were moved aside by earlier resets. They are copied to the laptop first.',
      },
    ],
    order: 20,
  },
];

export const examination = (more: Partial<Examination> = {}): Examination => ({
  id: examinationId,
  node: nodes.summit,
  nodeName: 'summit-1',
  at: ago(3),
  endedAt: ago(2),
  over: 'serial',
  state: 'done',
  evidence,
  findings,
  verdict: 'findings',
  says: 'Treat the full disk first, then examine again.',
  practice: false,
  ...more,
});

export const form: RemedyForm = {
  remedy: 'free-disk',
  title: 'Free disk space',
  says: 'What can go without harm was measured on the node. Snapshots and the running version’s images are never touched.',
  fields: [
    {
      name: 'what',
      label: 'What to clear away',
      says: 'Directories are copied to this laptop first.',
      kind: 'many',
      options: [
        { value: 'journal', label: 'Old system logs', says: '1.9 GiB; the newest 200 MB stay.' },
        { value: 'etcd-old', label: 'db/etcd-old-1794768000', says: '412 MiB, left by a reset 11 days ago.' },
        {
          value: 'tars',
          label: 'Image archives of K3s v1.34.6',
          says: '180 MiB; the running version is v1.35.2.',
        },
      ],
      value: 'journal\netcd-old',
    },
    {
      name: 'keep',
      label: 'Keep system logs of the last',
      says: '',
      kind: 'choice',
      options: [
        { value: '2d', label: '2 days' },
        { value: '14d', label: '14 days', says: 'Enough for headquarters to read along.' },
      ],
      value: '14d',
    },
    { name: 'restart', label: 'Start K3s afterwards', says: '', kind: 'flag', value: 'yes' },
    {
      name: 'margin',
      label: 'Leave free at least (MiB)',
      says: 'Below this the kubelet evicts pods.',
      kind: 'text',
      value: '2048',
    },
  ],
  typedName: true,
};

export const remedyPlan = (plan: Plan): Plan => ({
  ...plan,
  runbook: 'remedy',
  title: 'Free disk space',
  warnings: [],
  steps: [
    {
      id: 'measure',
      title: 'Measure what is there',
      why: 'So that only what was shown is cleared away.',
      weight: 1,
      commands: [{ as: 'root', text: 'df -PkT /var/lib/rancher/k3s && du -sk /var/log/journal' }],
    },
    {
      id: 'copy',
      title: 'Copy db/etcd-old-1794768000 to this laptop',
      why: 'Nothing is deleted before a copy exists.',
      weight: 5,
      commands: [{ as: 'root', text: 'tar -C /var/lib/rancher/k3s/server/db -cf - etcd-old-1794768000' }],
    },
    {
      id: 'clear',
      title: 'Clear it away',
      why: 'The disk gets room again.',
      weight: 2,
      mayLose: 'Old logs, and directories that were moved aside by earlier resets.',
      commands: [
        { as: 'root', text: 'journalctl --vacuum-size=200M' },
        { as: 'root', text: 'rm -rf -- /var/lib/rancher/k3s/server/db/etcd-old-1794768000' },
      ],
    },
  ],
});

const recorded = [
  'U-Boot 2025.01 (Mar 04 2026 - 09:11:02 +0000)',
  'Hit any key to stop autoboot:  0',
  'Starting kernel ...',
  '[    0.000000] Booting Linux on physical CPU 0x0',
  '[    3.104771] EXT4-fs (mmcblk0p2): mounted filesystem 7c1f r/w with ordered data mode.',
  '[   41.221034] EXT4-fs error (device mmcblk0p2): ext4_find_entry:1683: inode #131073: comm k3s: reading directory lblock 0',
  '[   41.221088] Remounting filesystem read-only',
  'summit-1 login: ',
];
/** A black box of a few hundred lines. */
export const boxLines: readonly BlackBoxLine[] = Array.from({ length: 420 }, (_, i) => ({
  at: new Date(Date.parse(ago(420)) + i * 60_000 + (i % 7) * 1_300).toISOString(),
  offset: i * 64,
  text: recorded[i % recorded.length] ?? '',
}));
