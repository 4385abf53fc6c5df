import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { hasDisplay } from '../../core/which-door.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The program that opens a file in the usual browser, and its arguments; undefined where there is none. */
export function opener(
  platform: NodeJS.Platform,
  env: Env,
  file: string,
): readonly [string, ...string[]] | undefined {
  if (!hasDisplay({ platform, env })) return undefined;
  if (platform === 'darwin') return ['open', file];
  // The empty word is the window's title: start takes the first quoted word for one.
  if (platform === 'win32') return ['cmd', '/d', '/s', '/c', 'start', '""', `"${file}"`];
  const found = (env['PATH'] ?? '').split(delimiter).some(folder => canRun(join(folder, 'xdg-open')));
  return found ? ['xdg-open', pathToFileURL(file).href] : undefined;
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface Opened {
  /** Removes the redirect file. */
  close(): void;
}

/**
 * Opens the browser at a link. The link is a secret and a command line is not: the browser is given a file that only
 * this user can read, and the file leads on. Undefined when there is no browser to open.
 */
export function openBrowser(
  url: string,
  {
    platform = process.platform,
    env = process.env,
  }: { readonly platform?: NodeJS.Platform; readonly env?: Env } = {},
): Opened | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-link-'));
  const file = join(folder, 'open.html');
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  const command = opener(platform, env, file);
  if (!command) {
    close();
    return undefined;
  }
  writeFileSync(
    file,
    `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Coldstart</title><meta http-equiv="refresh" content="0;url=${url}">\n`,
    { mode: 0o600, flag: 'wx' },
  );
  const [program, ...args] = command;
  const child = spawn(program, args, {
    stdio: 'ignore',
    detached: true,
    windowsVerbatimArguments: platform === 'win32',
    env,
  });
  // A browser that cannot be started is no failure: the link stands in the terminal.
  child.on('error', () => {});
  child.unref();
  return { close };
}
