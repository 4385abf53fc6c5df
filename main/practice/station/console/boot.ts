import { release } from '../seed.ts';
import { missingDevice } from './boot-problem.ts';
import { grub } from './grub.ts';
import type { ConsoleSide, Stage } from './side.ts';

const ok = '[\x1b[0;32m  OK  \x1b[0m]';
const bold = (text: string): string => `\x1b[0;1;39m${text}\x1b[0m`;

/** Seconds since power on, and what the kernel prints then. */
const kernelLines: readonly (readonly [at: number, text: string])[] = [
  [
    0,
    'Command line: BOOT_IMAGE=/boot/vmlinuz root=UUID=6f1c9d3a-0d5c-4b0e-9c0e-3a7b8f1d2c4e ro console=tty0 console=ttyS0,115200n8',
  ],
  [0, 'BIOS-provided physical RAM map:'],
  [0, 'BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable'],
  [0.004, 'tsc: Detected 806.400 MHz processor'],
  [0.062, 'Memory: 8041372K/8388080K available (16384K kernel code, 2486K rwdata)'],
  [0.21, 'smp: Brought up 1 node, 4 CPUs'],
  [0.402, 'PCI: Using configuration type 1 for base access'],
  [0.733, 'serial8250: ttyS0 at I/O 0x3f8 (irq = 4, base_baud = 115200) is a 16550A'],
  [0.741, 'printk: legacy console [ttyS0] enabled'],
  [0.902, 'rtc_cmos 00:00: registered as rtc0'],
  [1.318, 'scsi 0:0:0:0: Direct-Access     ATA      PRACTICE DISK    1.0  PQ: 0 ANSI: 5'],
  [1.325, 'sd 0:0:0:0: [sda] Attached SCSI disk'],
  [1.611, 'Freeing unused kernel image (initmem) memory: 4084K'],
  [1.622, 'Run /init as init process'],
];
const afterRoot: readonly (readonly [number, string])[] = [
  [
    2.204,
    'EXT4-fs (sda1): mounted filesystem 6f1c9d3a-0d5c-4b0e-9c0e-3a7b8f1d2c4e ro with ordered data mode. Quota mode: none.',
  ],
  [2.553, 'systemd[1]: systemd 257.8-1~deb13u2 running in system mode (+PAM +AUDIT +SELINUX +APPARMOR)'],
  [2.561, 'systemd[1]: Detected architecture x86-64.'],
];

const stamped = ([at, text]: readonly [number, string]): string =>
  `[${at.toFixed(6).padStart(12)}] ${text}\n`;

/** Power on: from the firmware to where the boot ends. */
export async function boot(side: ConsoleSide, signal: AbortSignal): Promise<Stage> {
  const { station } = side;
  const { boot: how } = station.scenario;
  const lines = async (list: readonly string[], ms = 40): Promise<void> => {
    for (const line of list) {
      side.tty.print(line);
      await side.pause(ms, signal);
    }
  };
  side.tty.print('\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS (version 1.16.3-debian-1.16.3-2)\n\n\n');
  await side.pause(400, signal);
  await lines(['Booting from Hard Disk...\n', 'GRUB loading.\n', 'Welcome to GRUB!\n\n'], 120);
  const entry = await grub(side, signal, how === 'grub');
  side.tty.print('\x1b[?25h\x1b[0m\x1b[2J\x1b[1;1H');
  await lines(['Loading Linux ...\n', 'Loading initial ramdisk ...\n'], 80);
  await lines([
    `[    0.000000] Linux version ${release(station)} (debian-kernel@lists.debian.org)\n`,
    ...kernelLines.map(stamped),
  ]);
  await lines(['Loading, please wait...\n', 'Starting systemd-udevd version 257.8-1~deb13u2\n']);
  if (how === 'initramfs') return 'initramfs';
  if (how === 'fsck') return 'fsck';
  if (how === 'panic') return 'panic';
  await lines([
    'Begin: Running /scripts/init-premount ... done.\n',
    `/dev/sda1: clean, 61204/2097152 files, 841220/8388608 blocks\n`,
  ]);
  if (entry.init !== undefined) return 'bare';
  await lines(afterRoot.map(stamped));
  if (how === 'loop') {
    await lines([
      stamped([3.02, 'Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009']),
      stamped([3.04, 'Rebooting in 1 seconds..']),
    ]);
    await side.pause(1000, signal);
    return 'boot';
  }
  station.sulogin = entry.sulogin;
  return userland(side, signal);
}

/** What systemd prints from its first target to the login, or to where it gives up. */
export async function userland(side: ConsoleSide, signal: AbortSignal): Promise<Stage> {
  const { station, tty } = side;
  const started = async (text: string): Promise<void> => {
    tty.print(`${ok} ${text}\n`);
    await side.pause(45, signal);
  };
  tty.print(`\nWelcome to \x1b[1mDebian GNU/Linux 13 (trixie)\x1b[0m!\n\n`);
  await started(`Created slice ${bold('system-getty.slice')} - Slice /system/getty.`);
  await started(`Listening on ${bold('systemd-journald.socket')} - Journal Sockets.`);
  await started(`Started ${bold('systemd-journald.service')} - Journal Service.`);
  await started(`Finished ${bold('systemd-remount-fs.service')} - Remount Root and Kernel File Systems.`);
  const missing = missingDevice(station);
  if (missing) {
    for (let second = 1; second <= 4; second += 1) {
      tty.print(
        `\r\x1b[K[\x1b[0;31m*\x1b[0;1;31m*\x1b[0m\x1b[0;31m*\x1b[0m   ] Job ${missing.unit}/start running (${second}s / 1min 30s)`,
      );
      await side.pause(600, signal);
    }
    tty.print(
      `\r\x1b[K[\x1b[0;1;31m TIME \x1b[0m] Timed out waiting for device ${bold(missing.unit)} - ${missing.device}.\n`,
    );
    const depend = '[\x1b[0;1;38:5:185mDEPEND\x1b[0m]';
    tty.print(`${depend} Dependency failed for ${bold(missing.mount)} - ${missing.at}.\n`);
    tty.print(`${depend} Dependency failed for ${bold('local-fs.target')} - Local File Systems.\n`);
    await started(`Stopped ${bold('ssh.service')} - OpenBSD Secure Shell server.`);
    await started(`Started ${bold('emergency.service')} - Emergency Shell.`);
    await started(`Reached target ${bold('emergency.target')} - Emergency Mode.`);
    return 'emergency';
  }
  await started(`Reached target ${bold('local-fs.target')} - Local File Systems.`);
  await started(`Started ${bold('systemd-networkd.service')} - Network Configuration.`);
  await started(`Reached target ${bold('network.target')} - Network.`);
  await started(`Started ${bold('cron.service')} - Regular background program processing daemon.`);
  await started(`Started ${bold('ssh.service')} - OpenBSD Secure Shell server.`);
  if (station.services.enabled('k3s'))
    tty.print(`         Starting ${bold('k3s.service')} - Lightweight Kubernetes...\n`);
  await started(`Started ${bold('serial-getty@ttyS0.service')} - Serial Getty on ttyS0.`);
  await started(`Reached target ${bold('multi-user.target')} - Multi-User System.`);
  return 'up';
}
