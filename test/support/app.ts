import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '..', '..');

export interface OpenApp {
  /** The one-time link the door printed. */
  readonly link: string;
  /** Everything it printed so far. */
  said(): string;
  /** Ends the app as Ctrl-C would. */
  close(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

/** Starts the app as `npm run start:browser -- --no-open` does, on this home folder. */
export async function openApp(home: string): Promise<OpenApp> {
  const child = spawn(process.execPath, [join(root, 'start.mjs'), '@start', '--browser', '--no-open'], {
    cwd: root,
    env: { ...process.env, COLDSTART_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = new Promise<void>(done => child.once('exit', () => done()));
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    // The whole group: the starter and the door it handed over to.
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), signal);
    await ended;
  };
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const link = await new Promise<string>((done, failed) => {
    createInterface(child.stdout).on('line', line => {
      said += `${line}\n`;
      const found = /http:\/\/127\.0\.0\.1:\d+\/\S+/.exec(line);
      if (found) done(found[0]);
    });
    child.once('exit', () => failed(new Error(`The app ended before it gave a link:\n${said}`)));
  });
  return { link, said: () => said, close: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}
