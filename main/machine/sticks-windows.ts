import { access } from 'node:fs/promises';
import { windowsAsk, windowsSticksIn } from '../core/sticks/get-disk.ts';
import { notMountedWindows } from '../core/sticks/not-mounted.ts';
import type { Sticks } from '../ports.ts';
import { measured, noStick, runTool, seenOnly } from './sticks-shown.ts';
import type { Tool } from './sticks-shown.ts';

const listPatienceMs = 20_000;
const ejectPatienceMs = 60_000;

/** The letter comes by the environment, so nothing of it is read as PowerShell. */
const ejectAsk = [
  '$letter = $env:COLDSTART_DRIVE',
  'Write-VolumeCache -DriveLetter $letter -ErrorAction Stop',
  '(New-Object -ComObject Shell.Application).Namespace(17).ParseName("${letter}:").InvokeVerb(\'Eject\')',
  // The verb returns at once; Explorer ejects while this waits.
  'for ($i = 0; $i -lt 40 -and (Test-Path "${letter}:\\"); $i++) { Start-Sleep -Milliseconds 250 }',
].join('\n');

/** Sticks of Windows, by PowerShell's storage commands; they need no administrator. */
export function windowsSticks(tool: Tool = runTool): Sticks {
  const shell = (
    command: string,
    more: { readonly patienceMs: number; readonly env?: Readonly<Record<string, string>> },
  ) => tool('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', command], more);
  const asked = () => shell(windowsAsk, { patienceMs: listPatienceMs });
  return {
    list: async () => {
      const sticks = windowsSticksIn((await asked()).stdout).map(async each =>
        each.path === '' ? seenOnly(each, notMountedWindows(each)) : await measured(each),
      );
      return (await Promise.all(sticks)).filter(stick => stick !== undefined);
    },
    // A drive letter comes and goes with its stick. A and B are floppies, which rattle when they are asked.
    glance: async () => {
      const letters = [...'CDEFGHIJKLMNOPQRSTUVWXYZ'];
      const there = await Promise.all(
        letters.map(letter =>
          access(`${letter}:\\`).then(
            () => letter,
            () => '',
          ),
        ),
      );
      return there.join('');
    },
    eject: async path => {
      const stick = windowsSticksIn((await asked()).stdout).find(each => each.path === path);
      if (!stick) throw noStick(path);
      const done = await shell(ejectAsk, {
        patienceMs: ejectPatienceMs,
        env: { COLDSTART_DRIVE: stick.path.slice(0, 1) },
      });
      const after = await asked();
      const left = windowsSticksIn(after.stdout).find(each => each.path !== '' && each.drive === stick.drive);
      // An answer that did not come is no proof that it is gone.
      return done.ok && after.ok && !left
        ? { safe: true, poweredOff: false, says: 'Safe to unplug: written out and ejected.' }
        : {
            safe: false,
            poweredOff: false,
            says: 'NOT safe to unplug: Windows did not eject it. Close what uses it and try again, or use “Safely Remove Hardware” beside the clock.',
          };
    },
  };
}
