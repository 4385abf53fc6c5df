import { rightPassword, rootLocked } from './passwords.ts';
import { shellOn } from './login-shell.ts';
import { userland } from './boot.ts';
import type { ConsoleSide, Stage } from './side.ts';

/** Where a node can hang before it is up. */
export const stuckStages = ['grub', 'initramfs', 'fsck', 'panic', 'emergency', 'bare', 'silent'] as const;
export type Stuck = (typeof stuckStages)[number];

const inits: Readonly<Record<Stuck, (side: ConsoleSide, signal: AbortSignal) => Promise<Stage>>> = {
  grub: () => Promise.resolve('boot'),
  initramfs,
  fsck,
  panic,
  emergency,
  bare,
  silent,
};

/** Lives through one of these until something leads out of it. */
export const stuck = (side: ConsoleSide, stage: Stuck, signal: AbortSignal): Promise<Stage> =>
  inits[stage](side, signal);

const forEver = (side: ConsoleSide, signal: AbortSignal): Promise<never> =>
  side.station.pause(2 ** 30, signal).then(() => forEver(side, signal));

async function silent(side: ConsoleSide, signal: AbortSignal): Promise<Stage> {
  side.tty.set({ icanon: false, echo: false, isig: false });
  return forEver(side, signal);
}

async function panic(side: ConsoleSide, signal: AbortSignal): Promise<Stage> {
  side.tty.set({ icanon: false, echo: false, isig: false });
  for (const text of [
    'VFS: Cannot open root device "UUID=6f1c9d3a-0d5c-4b0e-9c0e-3a7b8f1d2c4e" or unknown-block(0,0): error -6',
    'Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
    'CPU: 1 UID: 0 PID: 1 Comm: swapper/0 Not tainted 6.12.48+deb13-amd64 #1  Debian 6.12.48-1',
    'Call Trace:',
    ' <TASK>',
    ' dump_stack_lvl+0x5d/0x80',
    ' panic+0x118/0x2f0',
    ' mount_root_generic+0x1c9/0x280',
    ' </TASK>',
    'Kernel Offset: disabled',
    '---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) ]---',
  ])
    side.kernelSays(text);
  return forEver(side, signal);
}

/** The shell of the initial RAM disk: the root file system was not found. */
async function initramfs(side: ConsoleSide, signal: AbortSignal): Promise<Stage> {
  side.tty.print(`Begin: Waiting for root file system ... done.
Gave up waiting for root file system device.  Common problems:
 - Boot args (cat /proc/cmdline)
   - Check rootdelay= (did the system wait long enough?)
 - Missing modules (cat /proc/modules; ls /dev)
ALERT!  UUID=6f1c9d3a-0d5c-4b0e-9c0e-3a7b8f1d2c4e does not exist.  Dropping to a shell!


BusyBox v1.37.0 (Debian 1:1.37.0-6) built-in shell (ash)
Enter 'help' for a list of built-in commands.

`);
  await shellOn(side, 'root', signal, "export PS1='(initramfs) '; exec sh");
  // Leaving the shell lets the boot go on: the disk is there by now.
  side.station.scenario = { ...side.station.scenario, boot: 'normal' };
  side.station.startUp();
  return side.station.stage === 'up' ? userland(side, signal) : side.station.stage;
}

async function fsck(side: ConsoleSide, signal: AbortSignal): Promise<Stage> {
  const { tty } = side;
  tty.print(`fsck from util-linux 2.41
/dev/sda1 contains a file system with errors, check forced.
Pass 1: Checking inodes, blocks, and sizes
Inodes that were part of a corrupted orphan linked list found.  `);
  const questions = [
    'Fix',
    'Inode 131204 was part of the orphaned inode list.  FIXED.\nBlock bitmap differences:  -(524800--524807)\nFix',
  ];
  tty.set({ icanon: false, echo: false, isig: false });
  for (const question of questions) {
    tty.print(`${question}<y>? `);
    for (let done = false; !done;) {
      const typed = Buffer.from((await tty.stream.read(signal)) ?? []).toString('latin1');
      const letter = /[yYnNaA\r\n]/.exec(typed)?.[0];
      if (letter === undefined) continue;
      tty.print(/[nN]/.test(letter) ? 'no\n' : 'yes\n');
      if (/[nN]/.test(letter)) return fsckFailed(side, signal);
      done = true;
    }
  }
  tty.print(
    'Pass 2: Checking directory structure\nPass 3: Checking directory connectivity\nPass 4: Checking reference counts\nPass 5: Checking group summary information\n\n/dev/sda1: ***** FILE SYSTEM WAS MODIFIED *****\n/dev/sda1: 61204/2097152 files (0.3% non-contiguous), 841220/8388608 blocks\n',
  );
  side.station.scenario = { ...side.station.scenario, boot: 'normal' };
  side.station.startUp();
  return side.station.stage === 'up' ? userland(side, signal) : side.station.stage;
}

async function fsckFailed(side: ConsoleSide, signal: AbortSignal): Promise<Stage> {
  side.tty.print(
    '\n/dev/sda1: ********** WARNING: Filesystem still has errors **********\nfsck exited with status code 4\nThe root filesystem on /dev/sda1 requires a manual fsck\n',
  );
  return initramfs(side, signal);
}

/** sulogin of systemd's emergency mode. */
async function emergency(side: ConsoleSide, signal: AbortSignal): Promise<Stage> {
  const { tty, station } = side;
  const show = (text: string): Promise<void> => tty.stream.write(Buffer.from(text), signal);
  tty.restore();
  if (rootLocked(side) && !station.sulogin) {
    await show(
      '\nCannot open access to console, the root account is locked.\nSee sulogin(8) man page for more details.\n\nPress Enter to continue.\n',
    );
    await side.console.readLine('', signal, { plain: true });
    await show('Reloading system manager configuration\nStarting default.target\n');
    return leaveEmergency(side, signal);
  }
  await show(
    'You are in emergency mode. After logging in, type "journalctl -xb" to view\nsystem logs, "systemctl reboot" to reboot, or "exit"\nto continue bootup.\n',
  );
  for (;;) {
    tty.restore();
    const forced = rootLocked(side);
    const password = forced
      ? await side.console.readLine(
          'Press Enter for maintenance\n(or press Control-D to continue): ',
          signal,
          { plain: true },
        )
      : await side.console.readSecret(
          'Give root password for maintenance\n(or press Control-D to continue): ',
          signal,
        );
    if (password === undefined) return leaveEmergency(side, signal);
    if (forced || rightPassword(side, 'root', password)) break;
    await side.pause(side.failDelayMs, signal);
    await show('\nLogin incorrect\n\n');
  }
  await shellOn(side, 'root', signal, 'exec bash');
  await show('Reloading system manager configuration\nStarting default.target\n');
  return leaveEmergency(side, signal);
}

/** Tries once more to come up; with the same fstab it ends where it was. */
async function leaveEmergency(side: ConsoleSide, signal: AbortSignal): Promise<Stage> {
  side.station.startUp();
  return userland(side, signal);
}

/** `init=/bin/sh`: a root shell and nothing else. */
async function bare(side: ConsoleSide, signal: AbortSignal): Promise<Stage> {
  side.station.tree.readOnly = true;
  side.tty.print("sh: can't access tty; job control turned off\n");
  await shellOn(side, 'root', signal, "export PS1='# '; exec sh");
  side.kernelSays('Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000000');
  return forEver(side, signal);
}
