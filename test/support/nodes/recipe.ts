import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the test nodes are made of. Any change here, in the build scripts, in Debian or in QEMU makes a new build. */
export const suite = 'bookworm';

/** Debian packages of a node: a small server with what a technician expects to find, and what the stand-in K3s calls. */
export const packages = [
  'systemd-sysv',
  'udev',
  'dbus',
  'libpam-systemd',
  'libnss-myhostname',
  'kmod',
  'openssh-server',
  'sudo',
  'iproute2',
  'iptables',
  'iputils-ping',
  'e2fsprogs',
  'dosfstools',
  'exfatprogs',
  'smartmontools',
  'procps',
  'nano',
  'less',
  'lrzsz',
  'busybox',
  'openssl',
  'ca-certificates',
  'curl',
  'zstd',
] as const;

/** Kernel modules of a QEMU node. The stock kernel, not the cloud one: that has no USB. */
export const modules = [
  'virtio_pci virtio_blk virtio_net virtio_rng vmgenid ext4 vfat exfat overlay loop fuse',
  'nls_ascii nls_cp437 nls_utf8 nls_iso8859_1 nvme ahci sd_mod sg scsi_debug',
  'xhci_pci xhci_hcd usb_storage uas usbserial ftdi_sio cdc_acm',
  'bridge br_netfilter veth vxlan dummy nf_tables ip_tables iptable_nat iptable_filter xt_conntrack xt_MASQUERADE',
  '9p 9pnet_virtio rtc_cmos button autofs4 configfs crc32c_intel af_packet i6300esb softdog',
].join(' ');

const here = import.meta.dirname;
const sha256 = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
const text = (path: string): string => readFileSync(join(here, path), 'utf8');

function installed(name: string): string {
  try {
    return execFileSync('dpkg-query', ['-W', '-f', '${Version}', name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}

/** Decided by the CPU's flags: /dev/kvm may be there and yet not run a stock kernel (a machine inside a machine). */
export const hasKvm = (): boolean =>
  existsSync('/dev/kvm') && /^flags.*\b(svm|vmx)\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));

/** A saved machine can only be woken on the same QEMU and the same kind of CPU. */
const machine = (): string =>
  `${installed('qemu-system-x86')} ${hasKvm() ? (/^model name.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0] ?? '') : 'tcg'}`;

/** Names what the root file system was made from, as far as this machine can tell without asking Debian. */
export const rootRecipe = (): string => sha256(suite, packages.join(), text('build/root.sh'));

/** The same for the QEMU machine. */
export const machineRecipe = (): string =>
  sha256(rootRecipe(), machine(), modules, text('build/vm.sh'), text('qemu/command.ts'));

/** The kernel package Debian has now. */
export function kernelPackage(): string {
  const depends = execFileSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' });
  const name = /Depends: (linux-image-[\w.-]+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error('apt knows no kernel: run `sudo apt-get update` first');
  return name;
}

/** Names the versions Debian would put in now; part of a build's name, so that an update makes a new build. */
export function versionsNow(): string {
  const told = execFileSync(
    'apt-cache',
    ['policy', ...packages, 'etcd-server', 'etcd-client', 'linux-image-amd64'],
    {
      encoding: 'utf8',
    },
  );
  return sha256([...told.matchAll(/^(\S+):|Candidate: (\S+)/gm)].map(([all]) => all).join());
}
