import { readdir } from 'node:fs/promises';
import type { FoundStick } from '../core/sticks/found.ts';
import { macAsks, macSticksIn } from '../core/sticks/diskutil.ts';
import { notMountedMac } from '../core/sticks/not-mounted.ts';
import type { Sticks } from '../ports.ts';
import { measured, noStick, runTool, seenOnly } from './sticks-shown.ts';
import type { Tool } from './sticks-shown.ts';

const ejectPatienceMs = 60_000;

/** Sticks of a Mac, by `diskutil`; `plutil`, which is on every Mac, makes JSON of its answers. */
export function macSticks(tool: Tool = runTool): Sticks {
  const asked = async (...args: string[]): Promise<string> =>
    (
      await tool('/bin/sh', [
        '-c',
        '/usr/sbin/diskutil "$@" | /usr/bin/plutil -convert json -o - -',
        'sh',
        ...args,
      ])
    ).stdout;
  const found = async (): Promise<readonly FoundStick[]> => {
    const list = await asked('list', '-plist');
    return macSticksIn(list, await Promise.all(macAsks(list).map(id => asked('info', '-plist', id))));
  };
  return {
    list: async () => {
      const sticks = (await found()).map(async each =>
        each.path === '' ? seenOnly(each, notMountedMac(each)) : await measured(each),
      );
      return (await Promise.all(sticks)).filter(stick => stick !== undefined);
    },
    glance: async () => {
      const names = (folder: string): Promise<readonly string[]> => readdir(folder).catch((): string[] => []);
      const devices = (await names('/dev')).filter(name => /^disk\d/.test(name));
      return [...devices, ...(await names('/Volumes'))].join('\n');
    },
    eject: async path => {
      const stick = (await found()).find(each => each.path === path);
      if (!stick) throw noStick(path);
      const done = await tool('/usr/sbin/diskutil', ['eject', stick.drive], { patienceMs: ejectPatienceMs });
      const left = (await found()).find(each => each.path !== '' && each.drive === stick.drive);
      return done.ok && !left
        ? { safe: true, poweredOff: false, says: 'Safe to unplug: written out, unmounted and ejected.' }
        : {
            safe: false,
            poweredOff: false,
            says: `NOT safe to unplug: macOS did not eject it. ${why(done.stderr || done.stdout)} Close what uses it, then try again.`,
          };
    },
  };
}

const why = (said: string): string => said.split('\n')[0]?.trim().slice(0, 200) ?? '';
