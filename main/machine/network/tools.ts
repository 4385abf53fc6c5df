import { execFile } from 'node:child_process';

const mostPrinted = 4 * 1024 * 1024;
const patienceMs = 10_000;

/** What a tool of the system prints, whatever it ends with; undefined where there is none, where it hangs, or when stopped. */
export const printed = (
  command: string,
  words: readonly string[],
  signal?: AbortSignal,
): Promise<string | undefined> =>
  new Promise(done => {
    const options = {
      maxBuffer: mostPrinted,
      timeout: patienceMs,
      windowsHide: true,
      env: { ...process.env, LC_ALL: 'C' },
      ...(signal && { signal }),
    };
    execFile(command, [...words], options, (thrown, stdout) =>
      done(thrown && typeof thrown.code !== 'number' ? undefined : stdout),
    );
  });

/** What a script of our own prints in Windows' PowerShell. */
export const powershell = (script: string, signal?: AbortSignal): Promise<string | undefined> =>
  printed('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script], signal);
