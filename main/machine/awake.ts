import { spawn } from 'node:child_process';
import type { Awake } from '../ports.ts';

/**
 * Keeps a Linux laptop awake through logind, by `systemd-inhibit` where it exists: it holds the lock as long as the
 * command it was given runs, and that command ends with our end of a pipe, however we end. A laptop without it, or one
 * that refuses, may sleep; nothing is said of it.
 */
export function inhibitedSleep(platform: NodeJS.Platform = process.platform): Awake {
  return {
    hold: why => {
      if (platform !== 'linux') return { close: () => undefined };
      const words = ['--what=idle:sleep', '--mode=block', '--who=Coldstart', `--why=${why}`, 'cat'];
      // A group of its own: Ctrl-C is for us, and the laptop stays awake while we end.
      const child = spawn('systemd-inhibit', words, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
      child.on('error', () => undefined);
      child.stdin.on('error', () => undefined);
      child.unref();
      return { close: () => void child.stdin.end() };
    },
  };
}
