import { rootCred } from './disk/nodes.ts';
import type { DiskNode, FileNode, FolderNode } from './disk/nodes.ts';
import { programName } from './commands/process-list.ts';
import type { Tree } from './disk/tree.ts';
import { networkOf } from './network.ts';
import type { Station } from './station.ts';
import { tables } from './tables.ts';

const folders: readonly (readonly [path: string, mode: number])[] = [
  ['/boot', 0o755],
  ['/dev/pts', 0o755],
  ['/dev/shm', 0o1777],
  ['/etc/default', 0o755],
  ['/etc/rancher', 0o755],
  ['/etc/ssh', 0o755],
  ['/etc/sudoers.d', 0o750],
  ['/etc/systemd/system', 0o755],
  ['/home', 0o755],
  ['/media', 0o755],
  ['/mnt', 0o755],
  ['/opt', 0o755],
  ['/proc', 0o555],
  ['/root', 0o700],
  ['/run/systemd/system', 0o755],
  ['/run/lock', 0o1777],
  ['/srv', 0o755],
  ['/sys/fs/cgroup', 0o555],
  ['/tmp', 0o1777],
  ['/usr/bin', 0o755],
  ['/usr/sbin', 0o755],
  ['/usr/lib/systemd/system', 0o755],
  ['/usr/local/bin', 0o755],
  ['/usr/local/sbin', 0o755],
  ['/usr/share', 0o755],
  ['/var/lib', 0o755],
  ['/var/log', 0o755],
  ['/var/tmp', 0o1777],
  ['/var/spool/cron', 0o755],
  ['/var/cache', 0o755],
];

/** Programs that live in sbin on Debian; the others are in /usr/bin. */
const sbin = new Set([
  'sysctl',
  'modprobe',
  'lsmod',
  'swapon',
  'swapoff',
  'hwclock',
  'reboot',
  'shutdown',
  'poweroff',
  'visudo',
  'blkid',
  'update-grub',
]);

const users = (login: string): string => `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
${login}:x:1000:1000:Practice technician,,,:/home/${login}:/bin/bash
`;
const groups = (login: string): string => `root:x:0:
daemon:x:1:
adm:x:4:${login}
tty:x:5:
disk:x:6:
dialout:x:20:${login}
sudo:x:27:${login}
nogroup:x:65534:
${login}:x:1000:
`;

const osRelease = `PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
NAME="Debian GNU/Linux"
VERSION_ID="13"
VERSION="13 (trixie)"
VERSION_CODENAME=trixie
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`;

const units: Readonly<Record<string, string>> = {
  ssh: '[Unit]\nDescription=OpenBSD Secure Shell server\n[Service]\nType=notify\nExecStart=/usr/sbin/sshd -D\n[Install]\nWantedBy=multi-user.target\n',
  cron: '[Unit]\nDescription=Regular background program processing daemon\n[Service]\nExecStart=/usr/sbin/cron -f\n[Install]\nWantedBy=multi-user.target\n',
  'systemd-journald':
    '[Unit]\nDescription=Journal Service\n[Service]\nType=notify\nExecStart=/usr/lib/systemd/systemd-journald\n',
  'systemd-timesyncd':
    '[Unit]\nDescription=Network Time Synchronization\n[Service]\nType=notify\nExecStart=/usr/lib/systemd/systemd-timesyncd\n[Install]\nWantedBy=multi-user.target\n',
  'systemd-networkd':
    '[Unit]\nDescription=Network Configuration\n[Service]\nType=notify\nExecStart=/usr/lib/systemd/systemd-networkd\n[Install]\nWantedBy=multi-user.target\n',
  'getty@':
    '[Unit]\nDescription=Getty on %I\n[Service]\nExecStart=-/sbin/agetty - $TERM\n[Install]\nWantedBy=getty.target\n',
  'serial-getty@':
    '[Unit]\nDescription=Serial Getty on %I\n[Service]\nExecStart=-/sbin/agetty --keep-baud 115200,57600,38400,9600 - $TERM\n[Install]\nWantedBy=getty.target\n',
};
const startedAtBoot = [
  'ssh',
  'cron',
  'systemd-journald',
  'systemd-timesyncd',
  'systemd-networkd',
  'getty@tty1',
];

const hashed = '$y$j9T$practice$answersOnlyOnThePracticeStation';
const shadow = ({ scenario, loginUser }: Station): string =>
  `root:${scenario.root === 'locked' ? '*' : hashed}:20000:0:99999:7:::\n${loginUser}:${hashed}:20000:0:99999:7:::\n`;

/** Lays out the disk of a fresh Debian node. */
export function seed(station: Station): void {
  const { tree, loginUser: login, identity } = station;
  for (const [path, mode] of folders) {
    tree.makeFolders(path, 0o755, rootCred);
    tree.chmod(path, mode, rootCred);
  }
  for (const [name, target] of [
    ['bin', 'usr/bin'],
    ['sbin', 'usr/sbin'],
    ['lib', 'usr/lib'],
  ] as const)
    if (!tree.peek(`/${name}`, rootCred, false)) tree.makeLink(target, `/${name}`, rootCred);
  tree.makeLink('/run', '/var/run', rootCred);
  for (const path of ['/run', '/run/systemd', '/run/systemd/system', '/run/lock', '/dev/shm'])
    tree.find(path, rootCred).volatile = true;
  devices(tree);
  const { hostname } = station;
  const files: Readonly<Record<string, string>> = {
    '/etc/hostname': `${hostname}\n`,
    '/etc/hosts': `127.0.0.1\tlocalhost\n127.0.1.1\t${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n`,
    '/etc/machine-id': `${identity.machineId}\n`,
    '/etc/passwd': users(login),
    '/etc/group': groups(login),
    '/etc/os-release': osRelease,
    '/etc/debian_version': '13.1\n',
    '/etc/resolv.conf': 'nameserver 192.168.50.1\n',
    '/etc/fstab': 'UUID=6f1c9d3a-0d5c-4b0e-9c0e-3a7b8f1d2c4e / ext4 errors=remount-ro 0 1\n',
    '/etc/issue': 'Debian GNU/Linux 13 \\n \\l\n\n',
    '/etc/systemd/network/10-lan.network': '[Match]\nName=eth0\n\n[Network]\nDHCP=yes\n',
    '/etc/timezone': 'Etc/UTC\n',
    '/etc/shells': '/bin/sh\n/bin/bash\n/bin/dash\n',
    '/etc/coldstart-practice': 'This is a pretended node of the Coldstart practice station.\n',
    [`/usr/lib/modules/${release(station)}/modules.dep`]: [
      'overlayfs/overlay',
      'bridge/br_netfilter',
      'vxlan/vxlan',
      'wireguard/wireguard',
    ]
      .map(name => `kernel/${name}.ko:\n`)
      .join(''),
    '/etc/systemd/journald.conf': '[Journal]\n#Storage=auto\n',
    '/etc/motd': 'This is the Coldstart practice station. Nothing you do here touches a real machine.\n',
    '/boot/config-6.12.48+deb13-amd64':
      'CONFIG_NAMESPACES=y\nCONFIG_CGROUPS=y\nCONFIG_OVERLAY_FS=m\nCONFIG_VXLAN=m\nCONFIG_BRIDGE_NETFILTER=m\n',
    [`/home/${login}/.profile`]: '# Practice\n',
    '/root/.profile': '# Practice\n',
  };
  for (const [path, text] of Object.entries(files)) tree.write(path, text);
  tree.write('/etc/shadow', shadow(station), 0o640);
  tree.write(
    '/etc/sudoers',
    'Defaults env_reset,secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n',
    0o440,
  );
  tree.write('/etc/ssh/ssh_host_ed25519_key.pub', `${station.hostKey} root@${hostname}\n`);
  tree.chown(`/home/${login}`, 1000, 1000, rootCred);
  tree.chown(`/home/${login}/.profile`, 1000, 1000, rootCred);
  tree.chmod(`/home/${login}`, 0o700, rootCred);
  for (const [name, text] of Object.entries(units))
    tree.write(`/usr/lib/systemd/system/${name}.service`, text);
  for (const name of startedAtBoot) {
    station.services.enable(name);
    const unit = station.services.unit(name);
    if (unit)
      Object.assign(unit, {
        active: 'active',
        sub: 'running',
        pid: 200 + startedAtBoot.indexOf(name) * 17,
        since: identity.bootedAt,
      });
  }
  station.keepJournal();
  refresh(station);
}

function devices(tree: Tree): void {
  for (const [name, device] of [
    ['null', 'null'],
    ['zero', 'zero'],
    ['full', 'full'],
    ['random', 'random'],
    ['urandom', 'random'],
    ['tty', 'tty'],
    ['ttyS0', 'null'],
    ['rtc0', 'null'],
    ['console', 'null'],
    ['sda', 'null'],
    ['kmsg', 'kmsg'],
  ] as const)
    tree.makeDevice(`/dev/${name}`, device, name === 'sda' ? 0o660 : 0o666);
  for (const [name, target] of [
    ['stdin', '0'],
    ['stdout', '1'],
    ['stderr', '2'],
  ] as const)
    tree.makeLink(`/proc/self/fd/${target}`, `/dev/${name}`, rootCred);
}

/** Programs that only some nodes have, by the scenario that brings them. */
const optional: Readonly<Record<string, (station: Station) => boolean>> = {
  getenforce: ({ scenario }) => scenario.selinux,
  ufw: ({ scenario }) => scenario.firewall === 'ufw',
};

/** Makes the disk agree with the scenario. */
export function conform(station: Station): void {
  const { tree, scenario } = station;
  for (const [name, wanted] of Object.entries(optional)) {
    const path = `/usr/sbin/${name}`;
    if (!wanted(station)) tree.removeAll(path);
    else tree.write(path, `\x7fELF practice ${name}\n`, 0o755).program = name;
  }
  const folder = '/sys/fs/cgroup/cgroup.controllers';
  if (scenario.cgroups === 'v1') tree.removeAll(folder);
  else if (!tree.peek(folder)) refresh(station);
  if (tree.read('/etc/shadow') !== shadow(station)) tree.write('/etc/shadow', shadow(station), 0o640);
  if (scenario.selinux) tree.write('/sys/fs/selinux/enforce', '1');
  else tree.removeAll('/sys/fs/selinux');
  if (tree.read('/etc/hostname').trim() !== scenario.hostname)
    tree.write('/etc/hostname', `${scenario.hostname}\n`);
}

/** Puts in place what is never stored: programs and the live files of /proc and /sys. */
export function refresh(station: Station): void {
  showProcesses(station);
  for (const name of station.programs.keys()) {
    // The binary of K3s is brought; what a scenario adds, `conform` installs.
    if (name === 'k3s' || name in optional) continue;
    const path = `${sbin.has(name) ? '/usr/sbin' : '/usr/bin'}/${name}`;
    if (station.tree.peek(path)) continue;
    const node = station.tree.write(path, `\x7fELF practice ${name}\n`, name === 'sudo' ? 0o4755 : 0o755);
    node.program = name;
  }
  for (const [path, show] of Object.entries(live(station))) {
    const node: FileNode =
      station.tree.peek(path)?.kind === 'file'
        ? (station.tree.peek(path) as FileNode)
        : station.tree.write(path, '', 0o444);
    node.live = typeof show === 'function' ? show : show.read;
    if (typeof show !== 'function') {
      node.written = show.write;
      node.mode = 0o644;
    }
  }
}

type Live = (() => string) | { read: () => string; write: (text: string) => void };

function live(station: Station): Record<string, Live> {
  const kib = () => station.scenario.memoryMiB * 1024;
  const memory = () => `MemTotal:       ${kib()} kB
MemFree:        ${Math.round(kib() * 0.71)} kB
MemAvailable:   ${Math.round(kib() * 0.86)} kB
Buffers:           41236 kB
Cached:           912344 kB
SwapTotal:      ${station.scenario.swap ? 1048572 : 0} kB
SwapFree:       ${station.scenario.swap ? 1048572 : 0} kB
`;
  const uptime = () => ((station.now() - station.bootedAt) / 1000).toFixed(2);
  const switches: Record<string, string> = {
    'net/ipv4/ip_forward': '0',
    'net/bridge/bridge-nf-call-iptables': '1',
    'vm/overcommit_memory': '0',
    'vm/panic_on_oom': '0',
    'kernel/panic': '0',
    'kernel/panic_on_oops': '0',
    'kernel/osrelease': release(station),
    'fs/inotify/max_user_instances': '128',
    'fs/inotify/max_user_watches': '65536',
    'fs/file-max': '9223372036854775807',
    'kernel/keys/root_maxkeys': '1000000',
    'net/core/somaxconn': '4096',
    'net/ipv6/conf/all/disable_ipv6': '0',
  };
  const sysctl = Object.fromEntries(
    Object.entries(switches).map(([name, value]) => {
      let now = value;
      return [
        `/proc/sys/${name}`,
        { read: () => `${now}\n`, write: (text: string) => void (now = text.trim()) },
      ];
    }),
  );
  const printk = {
    read: () => `${station.consoleLevel}\t4\t1\t7\n`,
    write: (text: string) => void (station.consoleLevel = Number(text.trim().split(/\s+/)[0]) || 1),
  };
  const sysrq = {
    read: () => `${station.sysrqAll ? 1 : 438}\n`,
    write: (text: string) => void (station.sysrqAll = text.trim() === '1'),
  };
  const v2 = () => station.scenario.cgroups !== 'v1';
  return {
    ...sysctl,
    '/proc/sys/kernel/printk': printk,
    '/proc/sys/kernel/sysrq': sysrq,
    '/proc/sysrq-trigger': { read: () => '', write: text => station.sysrq(text.trim().charAt(0)) },
    ...tables(station),
    '/proc/meminfo': memory,
    '/proc/mounts': () =>
      station
        .mounts()
        .map(m => `${m.device} ${m.at} ${m.type} ${m.options} 0 0\n`)
        .join(''),
    '/proc/self/mounts': () =>
      station
        .mounts()
        .map(m => `${m.device} ${m.at} ${m.type} ${m.options} 0 0\n`)
        .join(''),
    '/proc/self/mountinfo': () =>
      station
        .mounts()
        .map(
          (m, i) =>
            `${22 + i} 1 8:1 / ${m.at} ${m.options.split(',')[0] ?? 'rw'},relatime shared:${i + 1} - ${m.type} ${m.device} ${m.options}\n`,
        )
        .join(''),
    '/proc/swaps': () =>
      `Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n${station.scenario.swap ? '/swapfile                               file\t\t1048572\t\t0\t\t-2\n' : ''}`,
    '/proc/sys/kernel/random/boot_id': () => `${station.identity.bootId}\n`,
    '/proc/sys/kernel/random/uuid': () => `${station.chance.uuid()}\n`,
    '/proc/sys/kernel/hostname': () => `${station.hostname}\n`,
    '/proc/uptime': () => `${uptime()} ${uptime()}\n`,
    '/proc/loadavg': () => '0.08 0.03 0.01 1/143 912\n',
    '/proc/stat': () => {
      // Hundredths of a second: a twentieth of the time in programs, the rest idle.
      const ticks = Math.floor(Number(uptime()) * 100);
      const cpu = [ticks / 25, 0, ticks / 100, ticks * 0.94, ticks / 100, 0, 0, 0, 0, 0]
        .map(Math.floor)
        .join(' ');
      return `cpu  ${cpu}\ncpu0 ${cpu}\nbtime ${Math.floor(station.bootedAt / 1000)}\n`;
    },
    '/proc/vmstat': () => 'nr_free_pages 612345\noom_kill 0\n',
    '/proc/version': () =>
      `Linux version ${release(station)} (debian-kernel@lists.debian.org) #1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1 (2025-09-20)\n`,
    '/proc/cmdline': () =>
      'BOOT_IMAGE=/boot/vmlinuz root=UUID=6f1c9d3a-0d5c-4b0e-9c0e-3a7b8f1d2c4e ro console=tty0 console=ttyS0,115200n8\n',
    '/proc/cpuinfo': () =>
      [0, 1, 2, 3]
        .map(n => `processor\t: ${n}\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) N100\n\n`)
        .join(''),
    '/proc/filesystems': () =>
      'nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tcgroup2\nnodev\toverlay\n\text4\n',
    '/proc/modules': () =>
      'overlay 212992 0 - Live 0x0\nbr_netfilter 36864 0 - Live 0x0\nvxlan 155648 0 - Live 0x0\n',
    '/proc/cgroups': () =>
      `#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t0\t71\t1\ncpu\t0\t71\t1\n${station.scenario.cgroups === 'v2-without-memory' ? '' : 'memory\t0\t71\t1\n'}pids\t0\t71\t1\n`,
    '/sys/fs/cgroup/cgroup.controllers': () =>
      v2()
        ? `cpuset cpu io ${station.scenario.cgroups === 'v2-without-memory' ? '' : 'memory '}hugetlb pids rdma misc\n`
        : '',
    '/proc/net/route': () => networkOf(station).procRoute(),
    '/proc/net/tcp': () => networkOf(station).procTcp(),
    '/proc/net/tcp6': () =>
      '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n',
    '/sys/class/net/eth0/address': () => `${station.identity.mac}\n`,
    '/sys/class/tty/console/active': () => 'tty0 ttyS0\n',
    '/sys/class/tty/ttyS0/type': () => '4\n',
    '/proc/net/udp': () =>
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n',
    '/proc/net/udp6': () =>
      '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n',
    '/sys/class/net/eth0/operstate': () => 'up\n',
    '/sys/class/dmi/id/product_name': () => 'Coldstart practice node\n',
  };
}

/** `/proc/PID` for as long as a process runs. */
function showProcesses(station: Station): void {
  const { processes, tree } = station;
  const entries = (): Map<string, DiskNode> => tree.folder('/proc', rootCred).entries;
  processes.onStart = process => {
    const meta = { mode: 0o444, uid: process.uid, gid: process.uid, modified: process.startedAt, links: 1 };
    const file = (ino: number, live: () => string): FileNode => ({
      ...meta,
      kind: 'file',
      ino,
      content: nothing,
      size: 0,
      live,
    });
    const { pid, parent } = process;
    const state = (): string =>
      `${pid} (${programName(process.command)}) S ${parent} ${process.group} ${process.group} 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0\n`;
    const folder: FolderNode = {
      ...meta,
      kind: 'folder',
      mode: 0o555,
      ino: 1_000_000 + pid * 8,
      links: 2,
      passing: true,
      entries: new Map<string, DiskNode>([
        ['stat', file(1_000_001 + pid * 8, state)],
        ['comm', file(1_000_002 + pid * 8, () => `${programName(process.command)}\n`)],
        ['cmdline', file(1_000_003 + pid * 8, () => `${process.command.replaceAll(' ', '\0')}\0`)],
      ]),
    };
    entries().set(String(pid), folder);
  };
  processes.onEnd = ({ pid }) => void entries().delete(String(pid));
}

const nothing = new Uint8Array(0);

/** Kernel release of the node. */
export const release = (station: Station): string => `6.12.48+deb13-${station.arch}`;
