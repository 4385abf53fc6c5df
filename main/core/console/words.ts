import type { ConsoleDeed, ConsoleState, ConsoleStateName } from '../../../preload/contract/serial.ts';
import type { Standing } from './prompts.ts';

type Words = readonly [says: string, ...doable: ConsoleDeed[]];

const lockedRoot =
  'The start failed, and the emergency shell is closed because the root account has no password. ' +
  'The way in is the boot loader: add systemd.setenv=SYSTEMD_SULOGIN_FORCE=1 or init=/bin/sh to the kernel line (in GRUB: press e); on a Raspberry Pi write it into cmdline.txt on the card.';

/** One or two sentences for each state, and what makes sense there, the likeliest first. */
const words: Record<ConsoleStateName, Words> = {
  listening: ['Just opened. Listening before anything is sent.', 'wake', 'log-in'],
  silent: [
    'Nothing comes from this line. The machine may be off, the cable loose, or it waits for a key press: wake it with one Enter.',
    'wake',
    'log-in',
  ],
  noise: ['What comes is no text. The speed is wrong, or the cable is bad. Let the speed be found.'],
  echo: [
    'Everything sent comes back and nothing else. The cable leads to itself, or no program stands behind this line.',
    'wake',
  ],
  booting: ['The machine is starting. Nothing is sent until it is through.'],
  'boot-loop': [
    'The machine starts again and again and gets nowhere. Look at the last lines before each new start; check its power, its card or disk.',
  ],
  grub: ['The boot loader shows its menu and waits. Let it start the default entry.', 'boot-default'],
  'u-boot': ['The boot loader U-Boot waits for a command. Let it go on with its own start.', 'boot-default'],
  initramfs: [
    'The start stopped in a small emergency shell before the real system: its disk was not found or cannot be mounted. The lines above it say why.',
  ],
  fsck: [
    'The file system check asks whether it may change the disk. Nothing is answered for you: on a dying card a yes can destroy data.',
  ],
  maintenance: [
    'The start failed and the machine is in emergency mode. It wants the root password, or Control-D to go on with the start.',
    'enter-maintenance',
    'log-in',
    'continue-boot',
  ],
  'root-locked': [lockedRoot, 'continue-boot'],
  panic: ['The kernel gave up and the machine stands still. Only a restart helps: power it off and on.'],
  login: ['The machine is up and waits for somebody to log in.', 'log-in', 'wake'],
  password: ['A password is asked for. It is not shown while it is typed.'],
  'login-failed': [
    'The name or the password was wrong. The next thing it wants is a name; a bare Enter would count as one.',
    'log-in',
  ],
  'new-password': [
    'The login demands a new password before it lets anybody in. Type the old and the new one here yourself.',
  ],
  shell: ['A shell is open and waits for a command.', 'log-out'],
  continuation: ['The shell waits for the rest of a command, such as a closing quote.', 'leave'],
  pager: ['A pager shows a long text page by page and waits for a key.', 'leave'],
  editor: ['An editor is open. Leaving it here throws away what was not saved in it.', 'leave'],
  running: ['A command is running.', 'leave'],
  stranger: ['Somebody else types on this console. Keep your hands off until you know who it is.'],
  unplugged: ['The adapter is gone. Plug it in again: the console goes on by itself.'],
  other: [
    'Something stands here that Coldstart does not know. Read the last line before you send anything.',
    'wake',
  ],
};

/** Where a kind of a state needs other words. */
const special: Partial<Record<`${ConsoleStateName}:${string}`, Words>> = {
  'silent:boot': [
    'The machine was starting, and then nothing more came. It may hang, or its start goes on without this console.',
    'wake',
    'log-in',
  ],
  'login:activate': ['The console waits for Enter and then opens a root shell.', 'wake', 'log-in'],
  'maintenance:no-password': [
    'The start failed and the machine is in emergency mode. Enter opens a root shell, Control-D goes on with the start.',
    'enter-maintenance',
    'log-in',
    'continue-boot',
  ],
  'grub:prompt': ['The boot loader waits for a command. It can be sent back to its menu.', 'boot-default'],
  'grub:counting': [
    'The boot loader shows its menu, counts down, and then starts the default entry by itself.',
    'boot-default',
  ],
  'grub:rescue': [
    'The boot loader does not find its own files: the disk is missing, damaged, or was changed. The system must be repaired from a stick.',
  ],
  'grub:edit': [
    'The boot loader shows a boot entry being edited. Ctrl-X starts it as it is, Escape throws the changes away.',
  ],
  'u-boot:countdown': [
    'The boot loader U-Boot counts down and then starts by itself. Nothing is sent meanwhile.',
  ],
  'u-boot:dead': ['The boot loader gave up. Reset the board: power it off and on.'],
  'initramfs:fsck': [
    'The start stopped because the file system of the disk is damaged. Save what can be saved before anything repairs it.',
  ],
  'initramfs:no-root': [
    'The start stopped because the system’s disk was not found. Check the disk, its cable or its card, and what the kernel line names.',
  ],
  'password:login': ['The login asks for a password. It is not shown while it is typed.'],
  'password:checking': ['A password was given, and is being looked at.'],
  'password:command': ['A command asks for a password. It is not shown while it is typed.', 'leave'],
  'panic:reboots': ['The kernel gave up. The machine says it will start again by itself; wait for that.'],
};

/** A standing as the technician gets it. `reaches`: the port can send a BREAK. */
export function stateIn(standing: Standing, since: Date, reaches: boolean): ConsoleState {
  const { is, saw, root, hostname, kind } = standing;
  const [says, ...doable] = special[`${is}:${kind ?? ''}`] ?? words[is];
  const past: readonly ConsoleDeed[] = reaches && is !== 'unplugged' ? ['sysrq', 'break'] : [];
  return {
    is,
    since: since.toISOString(),
    saw,
    says: is === 'shell' ? shellSays(root) : says,
    ...(root !== undefined && { root }),
    ...(hostname !== undefined && { hostname }),
    doable: [...doable, ...past],
  };
}

function shellSays(root: boolean | undefined): string {
  if (root === undefined) return words.shell[0];
  return root
    ? 'A shell of root is open and waits for a command. Whoever types here can change everything.'
    : 'A shell of an ordinary user is open and waits for a command.';
}
