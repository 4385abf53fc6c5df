import type { ConsoleStateName } from '../../../preload/contract/serial.ts';
import type { Tone } from '../../ui/Verdict.tsx';

/** How a state looks: good where one can work, bad where the machine is in trouble, a warning where care is needed. */
export const stateTones: Record<ConsoleStateName, Tone> = {
  listening: 'busy',
  silent: 'quiet',
  noise: 'warn',
  echo: 'warn',
  booting: 'busy',
  'boot-loop': 'bad',
  grub: 'warn',
  'u-boot': 'warn',
  initramfs: 'bad',
  fsck: 'warn',
  maintenance: 'bad',
  'root-locked': 'bad',
  panic: 'bad',
  login: 'good',
  password: 'quiet',
  'login-failed': 'warn',
  'new-password': 'warn',
  shell: 'good',
  continuation: 'warn',
  pager: 'warn',
  editor: 'warn',
  running: 'busy',
  stranger: 'warn',
  unplugged: 'bad',
  other: 'quiet',
};
