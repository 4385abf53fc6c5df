import type { ConsoleStateName } from '../../../preload/contract/serial.ts';

/** How a console ends in each of these, in the words of the systems themselves. */
export interface Known {
  readonly is: ConsoleStateName;
  readonly kind?: string;
  readonly root?: boolean;
  readonly hostname?: string;
  readonly what: string;
  readonly text: string;
}

const crlf = (...lines: readonly string[]): string => lines.join('\r\n');
const esc = '\u001b';

const kernel = (...lines: readonly string[]): string =>
  lines.map((line, i) => `[    ${i}.${String(100_000 + i * 137)}] ${line}\r\n`).join('');

export const panicText = kernel(
  'VFS: Cannot open root device "LABEL=root" or unknown-block(0,0): error -6',
  'Please append a correct "root=" boot option; here are the available partitions:',
  'Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)',
  'CPU: 0 PID: 1 Comm: swapper/0 Not tainted 6.1.0-25-amd64 #1  Debian 6.1.106-3',
  'Hardware name: QEMU Standard PC (i440FX + PIIX, 1996), BIOS 1.16.2-debian-1.16.2-1 04/01/2014',
  'Call Trace:',
  ' <TASK>',
  ' dump_stack_lvl+0x44/0x5c',
  ' panic+0x118/0x2ed',
  'Kernel Offset: 0x1c00000 from 0xffffffff81000000 (relocation range: 0xffffffff80000000-0xffffffffbfffffff)',
  '---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) ]---',
);

export const grubMenu =
  `${esc}[0m${esc}[30;47m${esc}[37;40m${esc}[2J${esc}[H${esc}[2;30HGNU GRUB  version 2.06\r\n` +
  `${esc}[4;2H+----------------------------------------------------------------------------+` +
  `${esc}[5;2H|*Debian GNU/Linux                                                           |` +
  `${esc}[6;2H| Advanced options for Debian GNU/Linux                                       |` +
  `${esc}[7;2H+----------------------------------------------------------------------------+` +
  `${esc}[20;7HUse the ^ and v keys to select which entry is highlighted.          ` +
  `${esc}[21;7HPress enter to boot the selected OS, \`e' to edit the commands       ` +
  `${esc}[22;7Hbefore booting or \`c' for a command-line.                           ` +
  `${esc}[5;80H${esc}[7m${esc}[5;2H*Debian GNU/Linux${esc}[0m${esc}[5;78H`;

export const knownTexts: readonly Known[] = [
  {
    what: 'a getty',
    is: 'login',
    hostname: 'cp1',
    text: crlf('', 'Debian GNU/Linux 12 cp1 ttyS0', '', 'cp1 login: '),
  },
  {
    what: 'a getty on a Raspberry Pi',
    is: 'login',
    hostname: 'raspberrypi',
    text: crlf('', 'Raspbian GNU/Linux 12 raspberrypi ttyAMA0', '', 'raspberrypi login: '),
  },
  { what: 'a getty without a host name', is: 'login', text: crlf('', 'login: ') },
  {
    what: 'a getty on Alpine',
    is: 'login',
    hostname: 'node-3',
    text: crlf(
      '',
      'Welcome to Alpine Linux 3.20',
      'Kernel 6.6.41-0-lts on an x86_64 (/dev/ttyS0)',
      '',
      'node-3 login: ',
    ),
  },
  {
    what: 'a getty with kernel messages in its prompt',
    is: 'login',
    hostname: 'cp1',
    text: `\r\nDebian GNU/Linux 12 cp1 ttyS0\r\n\r\ncp1 login: [  123.456789] usb 1-1: new high-speed USB device number 2 using xhci_hcd\r\n[  123.600001] usb 1-1: New USB device found\r\n`,
  },
  {
    what: 'a prompt while the last units still start',
    is: 'login',
    hostname: 'cp1',
    text: crlf('cp1 login: [  OK  ] Finished Update UTMP about System Runlevel Changes.', ''),
  },
  {
    what: 'an OpenWrt console',
    is: 'login',
    kind: 'activate',
    text: crlf('[   12.000001] procd: - init -', 'Please press Enter to activate this console.', ''),
  },
  {
    what: 'the password prompt of a login',
    is: 'password',
    kind: 'login',
    text: crlf('', 'cp1 login: root', 'Password: '),
  },
  {
    what: 'the password prompt of sudo',
    is: 'password',
    kind: 'command',
    text: '[sudo] password for tech: ',
  },
  {
    what: 'a wrong password',
    is: 'login-failed',
    hostname: 'cp1',
    text: crlf('cp1 login: root', 'Password: ', '', 'Login incorrect', 'cp1 login: '),
  },
  {
    what: 'a forced change of the password',
    is: 'new-password',
    text: crlf(
      'Password: ',
      'You are required to change your password immediately (administrator enforced).',
      'Changing password for tech.',
      'Current password: ',
    ),
  },
  {
    what: 'the second half of a forced change',
    is: 'new-password',
    text: crlf('Changing password for tech.', 'Current password: ', 'New password: '),
  },
  { what: 'root’s bash', is: 'shell', root: true, text: crlf('', 'root@cp1:~# ') },
  { what: 'a user’s bash', is: 'shell', root: false, text: crlf('', 'tech@cp1:/etc/rancher$ ') },
  { what: 'a bare prompt of root', is: 'shell', root: true, text: crlf('uid=0(root)', '# ') },
  { what: 'a Red Hat prompt', is: 'shell', root: true, text: '[root@cp1 ~]# ' },
  { what: 'a prompt of busybox ash', is: 'shell', root: true, text: `/ # ${esc}[6n` },
  {
    what: 'a zsh with colours',
    is: 'shell',
    text: `${esc}[0m${esc}[27m${esc}[24m${esc}[J${esc}[01;32mcp1${esc}[00m ${esc}[01;34m~${esc}[00m % ${esc}[K${esc}[?2004h`,
    root: false,
  },
  { what: 'a prompt of oh-my-zsh', is: 'shell', text: `${esc}[1;32m➜  ${esc}[36m~${esc}[00m ❯ ` },
  { what: 'a fish', is: 'shell', text: `Welcome to fish, the friendly interactive shell\r\ntech@cp1 ~> ` },
  {
    what: 'half a command left at the prompt',
    is: 'shell',
    root: true,
    text: 'root@cp1:~# rm -rf /var/lib/ra',
  },
  { what: 'an open quote', is: 'continuation', text: crlf('root@cp1:~# echo "abc', '> ') },
  { what: 'an open quote in zsh', is: 'continuation', text: crlf('cp1% echo "abc', 'dquote> ') },
  {
    what: 'emergency mode',
    is: 'maintenance',
    kind: 'password',
    text: crlf(
      'You are in emergency mode. After logging in, type "journalctl -xb" to view',
      'system logs, "systemctl reboot" to reboot, "systemctl default" or "exit"',
      'to boot into default mode.',
      'Give root password for maintenance',
      '(or press Control-D to continue): ',
    ),
  },
  {
    what: 'emergency mode without a password',
    is: 'maintenance',
    kind: 'no-password',
    text: crlf(
      'You are in rescue mode.',
      'Press Enter for maintenance',
      '(or press Control-D to continue): ',
    ),
  },
  {
    what: 'a locked root account',
    is: 'root-locked',
    text: crlf(
      'You are in emergency mode. After logging in, type "journalctl -xb" to view',
      '',
      'Cannot open access to console, the root account is locked.',
      'See sulogin(8) man page for more details.',
      '',
      'Press Enter to continue.',
      '',
    ),
  },
  { what: 'the menu of GRUB', is: 'grub', kind: 'menu', text: grubMenu },
  {
    what: 'the menu of GRUB that counts down',
    is: 'grub',
    kind: 'counting',
    text: `${grubMenu}${esc}[23;4HThe highlighted entry will be executed automatically in 5s.   ${esc}[5;78H`,
  },
  {
    what: 'the prompt of GRUB',
    is: 'grub',
    kind: 'prompt',
    text: crlf(
      '                             GNU GRUB  version 2.06',
      '',
      '   Minimal BASH-like line editing is supported. For the first word, TAB lists possible command completions.',
      '',
      'grub> ',
    ),
  },
  {
    what: 'GRUB without its files',
    is: 'grub',
    kind: 'rescue',
    text: crlf(
      'GRUB loading.',
      'Welcome to GRUB!',
      '',
      'error: no such device: 3f2a.',
      'Entering rescue mode...',
      'grub rescue> ',
    ),
  },
  {
    what: 'the countdown of U-Boot',
    is: 'u-boot',
    kind: 'countdown',
    text: crlf(
      'U-Boot 2023.01 (Jan 10 2023 - 00:00:00 +0000)',
      '',
      'DRAM:  4 GiB',
      'Net:   eth0: ethernet@fe300000',
      'Hit any key to stop autoboot:  2 \b\b\b 1 ',
    ),
  },
  {
    what: 'the prompt of U-Boot',
    is: 'u-boot',
    kind: 'prompt',
    text: crlf('Hit any key to stop autoboot:  0 ', '=> '),
  },
  {
    what: 'an older U-Boot',
    is: 'u-boot',
    kind: 'prompt',
    text: crlf('SCRIPT FAILED: continuing...', 'U-Boot> '),
  },
  {
    what: 'a board that U-Boot cannot start',
    is: 'u-boot',
    kind: 'dead',
    text: crlf(
      'U-Boot SPL 2023.01',
      'SPL: failed to boot from all boot devices',
      '### ERROR ### Please RESET the board ###',
      '',
    ),
  },
  {
    what: 'an initramfs that does not find the root disk',
    is: 'initramfs',
    kind: 'no-root',
    text: crlf(
      'Gave up waiting for root file system device.  Common problems:',
      ' - Boot args (cat /proc/cmdline)',
      'ALERT!  UUID=1234-5678 does not exist.  Dropping to a shell!',
      '',
      '',
      'BusyBox v1.35.0 (Debian 1:1.35.0-4+b3) built-in shell (ash)',
      "Enter 'help' for a list of built-in commands.",
      '',
      '(initramfs) ',
    ),
  },
  {
    what: 'an initramfs after a damaged file system',
    is: 'initramfs',
    kind: 'fsck',
    text: crlf(
      '/dev/sda1: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.',
      '\t(i.e., without -a or -p options)',
      'fsck exited with status code 4',
      'The root filesystem on /dev/sda1 requires a manual fsck',
      '',
      'BusyBox v1.30.1 (Ubuntu 1:1.30.1-7ubuntu3) built-in shell (ash)',
      "Enter 'help' for a list of built-in commands.",
      '',
      '(initramfs) ',
    ),
  },
  {
    what: 'the emergency shell of Alpine’s initramfs',
    is: 'initramfs',
    kind: 'plain',
    text: crlf(
      'Mounting root failed.',
      "initramfs emergency recovery shell launched. Type 'exit' to continue boot",
      "sh: can't access tty; job control turned off",
      '/ # ',
    ),
  },
  {
    what: 'the emergency shell of dracut',
    is: 'initramfs',
    kind: 'plain',
    text: crlf('Entering emergency mode. Exit the shell to continue.', 'dracut:/# '),
  },
  {
    what: 'a question of fsck',
    is: 'fsck',
    text: crlf('Pass 1: Checking inodes, blocks, and sizes', 'Inode 12 has an invalid size (0).  Clear<y>? '),
  },
  {
    what: 'another question of fsck',
    is: 'fsck',
    text: crlf(
      '/dev/sda1 contains a file system with errors, check forced.',
      'Free blocks count wrong (1, counted=2).',
      'Fix<y>? ',
    ),
  },
  { what: 'a kernel panic', is: 'panic', kind: 'stands', text: panicText },
  {
    what: 'a kernel panic that restarts',
    is: 'panic',
    kind: 'reboots',
    text: `${panicText}[   11.100000] Rebooting in 10 seconds..`,
  },
  {
    what: 'a kernel panic without times',
    is: 'panic',
    kind: 'stands',
    text: crlf(
      'Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100',
      '---[ end Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100 ]---',
      '',
    ),
  },
  {
    what: 'a boot that goes on',
    is: 'booting',
    text: `${kernel('Linux version 6.1.0-25-amd64', 'Command line: BOOT_IMAGE=/boot/vmlinuz root=/dev/sda1 console=ttyS0', 'x86/fpu: x87 FPU will use FXSAVE')}[  OK  ] Reached target Local File Systems.\r\n         Starting Load Kernel Modules...\r\n`,
  },
  {
    what: 'a boot that waits for a disk',
    is: 'booting',
    text: `${kernel('EXT4-fs (sda1): mounted')}[ ***  ] A start job is running for /dev/disk/by-label/gone (12s / 1min 30s)`,
  },
  {
    what: 'the end of a page in less',
    is: 'pager',
    text: crlf('root@cp1:~# systemctl', `last line`, `${esc}[7m(END)${esc}[27m${esc}[K`),
  },
  {
    what: 'a page of systemctl',
    is: 'pager',
    text: crlf('  UNIT  LOAD', `${esc}[7mlines 1-23${esc}[27m${esc}[K`),
  },
  {
    what: 'a page of git',
    is: 'pager',
    text: crlf('root@cp1:~# git log', ...Array.from({ length: 23 }, (_, i) => `commit ${i}`), `:${esc}[K`),
  },
  {
    what: 'a page of man',
    is: 'pager',
    text: crlf(
      'LS(1)',
      `${esc}[7m Manual page ls(1) line 1 (press h for help or q to quit)${esc}[27m${esc}[K`,
    ),
  },
  {
    what: 'bytes at a wrong speed',
    is: 'noise',
    text: '\u0000\u00f8\u0000\u00fe\u0080\u00e0\u0000\u00f8\u00ff\u0080\u00fe\u0000',
  },
];
