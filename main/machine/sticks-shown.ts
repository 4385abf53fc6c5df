import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import type { Stick, StickWarning } from '../../preload/contract/domain.ts';
import { FieldError } from '../../preload/contract/failure.ts';
import type { FoundStick } from '../core/sticks/found.ts';
import { stickWarnings, troubleIn } from '../core/sticks/warnings.ts';

export interface Ran {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool of this laptop for at most `patienceMs`; a tool that is not there, refuses or hangs is not `ok`. */
export type Tool = (
  name: string,
  args: readonly string[],
  more?: { readonly patienceMs?: number; readonly env?: Readonly<Record<string, string>> },
) => Promise<Ran>;

const usualPatienceMs = 5000;

export const runTool: Tool = (name, args, { patienceMs = usualPatienceMs, env = {} } = {}) =>
  new Promise(done => {
    execFile(
      name,
      [...args],
      {
        timeout: patienceMs,
        killSignal: 'SIGKILL',
        maxBuffer: 2 ** 24,
        windowsHide: true,
        env: { ...process.env, ...env },
      },
      (error, stdout, stderr) =>
        done({ ok: !error, stdout, stderr: stderr.trim() || (error?.message ?? '') }),
    );
  });

const common = ({ path, device, label, model, serial, fileSystem, bytes, removable }: FoundStick) => ({
  path,
  device,
  label,
  model,
  serial,
  fileSystem,
  bytes,
  removable,
});

/** A mounted stick with its free space; nothing for one that was pulled between the two looks. `log` is the kernel's. */
export async function measured(found: FoundStick, log = ''): Promise<Stick | undefined> {
  const { readOnly, drive, path } = found;
  try {
    const figures = await statfs(path);
    const mayWrite = await access(path, constants.W_OK).then(
      () => true,
      () => false,
    );
    const shown = {
      ...common(found),
      bytes: figures.blocks * figures.bsize,
      free: figures.bavail * figures.bsize,
      writable: !readOnly && mayWrite,
    };
    return { ...shown, warnings: stickWarnings({ ...shown, readOnly }, troubleIn(log, drive)) };
  } catch {
    return undefined;
  }
}

/** A stick that can be seen but not chosen. */
export const seenOnly = (found: FoundStick, warning: StickWarning): Stick => ({
  ...common(found),
  free: 0,
  writable: false,
  warnings: [warning],
});

/** Taking out what is no stick. */
export const noStick = (about: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'This is no removable drive, so there is nothing to unplug.',
    about,
    untouched: 'Nothing was unmounted.',
    next: 'Choose one from the list of sticks.',
  });
