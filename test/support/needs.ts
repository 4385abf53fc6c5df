import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { finished } from './nodes/cache.ts';

/** System tools the tests drive, where Debian puts them, and the package that brings each. */
const tools = {
  sshd: { at: ['/usr/sbin/sshd'], from: 'openssh-server' },
  sftp: { at: ['/usr/bin/sftp'], from: 'openssh-client' },
  chromium: { at: ['/usr/bin/chromium'], from: 'chromium' },
  age: { at: ['/usr/bin/age'], from: 'age' },
  minisign: { at: ['/usr/bin/minisign'], from: 'minisign' },
  etcd: { at: ['/usr/bin/etcd', '/usr/sbin/etcd'], from: 'etcd-server etcd-client' },
  fish: { at: ['/usr/bin/fish'], from: 'fish' },
  zsh: { at: ['/usr/bin/zsh', '/bin/zsh'], from: 'zsh' },
  tcsh: { at: ['/usr/bin/tcsh', '/bin/tcsh'], from: 'tcsh' },
  busybox: { at: ['/bin/busybox', '/usr/bin/busybox'], from: 'busybox' },
  dash: { at: ['/bin/dash', '/usr/bin/dash'], from: 'dash' },
  sudo: { at: ['/usr/bin/sudo'], from: 'sudo' },
  socat: { at: ['/usr/bin/socat'], from: 'socat' },
  ser2net: { at: ['/usr/sbin/ser2net'], from: 'ser2net' },
  git: { at: ['/usr/bin/git'], from: 'git' },
  gcc: { at: ['/usr/bin/gcc'], from: 'gcc libc6-dev' },
  nspawn: { at: ['/usr/bin/systemd-nspawn'], from: 'systemd-container' },
  ip: { at: ['/usr/bin/ip', '/bin/ip', '/usr/sbin/ip', '/sbin/ip'], from: 'iproute2' },
  qemu: { at: ['/usr/bin/qemu-system-x86_64'], from: 'qemu-system-x86' },
  qemuImg: { at: ['/usr/bin/qemu-img'], from: 'qemu-utils' },
  prometheus: { at: ['/usr/bin/prometheus'], from: 'prometheus' },
  nodeExporter: { at: ['/usr/bin/prometheus-node-exporter'], from: 'prometheus-node-exporter' },
  openssl: { at: ['/usr/bin/openssl'], from: 'openssl' },
  curl: { at: ['/usr/bin/curl'], from: 'curl' },
  wget: { at: ['/usr/bin/wget'], from: 'wget' },
  zstd: { at: ['/usr/bin/zstd'], from: 'zstd' },
  dosfs: { at: ['/usr/sbin/mkfs.vfat', '/sbin/mkfs.vfat'], from: 'dosfstools' },
  setpriv: { at: ['/usr/bin/setpriv'], from: 'util-linux' },
  keygen: { at: ['/usr/bin/ssh-keygen'], from: 'openssh-client' },
  nmap: { at: ['/usr/bin/nmap'], from: 'nmap' },
  avahi: { at: ['/usr/sbin/avahi-daemon'], from: 'avahi-daemon' },
  nft: { at: ['/usr/sbin/nft', '/sbin/nft'], from: 'nftables' },
  tcpdump: { at: ['/usr/bin/tcpdump', '/usr/sbin/tcpdump'], from: 'tcpdump' },
  registry: { at: ['/usr/bin/docker-registry'], from: 'docker-registry' },
  ping: { at: ['/usr/bin/ping', '/bin/ping'], from: 'iputils-ping' },
  agetty: { at: ['/sbin/agetty', '/usr/sbin/agetty'], from: 'util-linux login' },
} as const;

export type Tool = keyof typeof tools;

/** Begins the reason of a skip that one Debian package would cure; the runner counts these under COLDSTART_REQUIRE_ALL. */
export const debianSkip = 'needs a Debian package: ';
/** Begins the reason of a skip for what Debian lacks (a real Electron, another system); never a failure. */
export const elsewhereSkip = 'needs what Debian lacks: ';

/** Options for a test that drives system tools: skips it by name, with the command that installs what is missing. */
export function needs(...names: readonly Tool[]): { skip?: string } {
  const missing = names.filter(name => !tools[name].at.some(existsSync));
  if (missing.length === 0) return {};
  return { skip: `${debianSkip}sudo apt-get install ${missing.map(name => tools[name].from).join(' ')}` };
}

/** Options for a test that only root can run (it mounts, or makes system users). */
export function needsRoot(): { skip?: string } {
  return process.getuid?.() === 0 ? {} : { skip: `${elsewhereSkip}root, to mount and to make users` };
}

/** Options for a test of something Debian does not have. */
export function needsElsewhere(there: boolean, what: string): { skip?: string } {
  return there ? {} : { skip: `${elsewhereSkip}${what}` };
}

/** What builds the nodes once all packages are there; see `.ci/run` for the packages. */
const buildNodes = 'npm run nodes build';

/** Why containers cannot run here at all; undefined when they can. */
function containersForbidden(): string | undefined {
  if (process.getuid?.() !== 0) return 'root, to start containers';
  const tried = spawnSync(
    'unshare',
    ['--mount', '--net', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'tried', '/mnt'],
    { encoding: 'utf8' },
  );
  if (tried.status !== 0) return `a kernel that lets us make containers (${tried.stderr.trim()})`;
  const groups = ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup'].find(at => existsSync(`${at}/cgroup.procs`));
  if (groups === undefined) return 'cgroups, to run systemd in a container';
  const made = spawnSync('sh', ['-c', 'mkdir "$1" && rmdir "$1"', 'sh', `${groups}/csn-try-${process.pid}`]);
  return made.status === 0 ? undefined : 'cgroups that can be written';
}

/** Options for a test with real nodes in containers (`nspawnNode`). */
export function needsNspawn(): { skip?: string } {
  if (process.platform !== 'linux' || process.arch !== 'x64') return needsElsewhere(false, 'Linux on x86-64');
  const missing = needs('nspawn', 'socat', 'ip', 'keygen');
  if (missing.skip !== undefined) return missing;
  const forbidden = containersForbidden();
  if (forbidden !== undefined) return needsElsewhere(false, forbidden);
  return finished('root') === undefined ? { skip: debianSkip + buildNodes } : {};
}

/** Options for a test with real machines in QEMU (`qemuNode`). */
export function needsQemu(): { skip?: string } {
  if (process.platform !== 'linux' || process.arch !== 'x64') return needsElsewhere(false, 'Linux on x86-64');
  const missing = needs('qemu', 'qemuImg', 'zstd', 'setpriv', 'keygen');
  if (missing.skip !== undefined) return missing;
  return finished('root') === undefined || finished('vm') === undefined
    ? { skip: debianSkip + buildNodes }
    : {};
}

/** Why no network of namespaces can be made here; undefined when one can. */
function networksForbidden(): string | undefined {
  const made =
    'ip link add br0 type bridge && ip link add veth1 type veth peer name veth2 && nft list tables';
  const tried = spawnSync('unshare', ['--net', 'sh', '-c', made], { encoding: 'utf8' });
  return tried.status === 0
    ? undefined
    : `a kernel that lets us make networks (${(tried.error?.message ?? tried.stderr).trim()})`;
}

/** Options for a test with a network of real hosts in namespaces (`lanOf`). */
export function needsLan(): { skip?: string } {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch))
    return needsElsewhere(false, 'Linux on x86-64 or arm64');
  if (process.getuid?.() !== 0) return needsElsewhere(false, 'root, to make networks');
  const missing = needs(
    ...(['ip', 'nft', 'sshd', 'keygen', 'socat', 'openssl', 'avahi', 'nodeExporter', 'registry'] as const),
    ...(['nmap', 'tcpdump', 'ping', 'curl'] as const),
  );
  if (missing.skip !== undefined) return missing;
  const why = networksForbidden();
  return why === undefined ? {} : needsElsewhere(false, why);
}
