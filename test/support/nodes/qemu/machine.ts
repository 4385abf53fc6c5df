import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { join } from 'node:path';
import type { Ran } from '../node.ts';
import { command } from './command.ts';
import type { Machine } from './command.ts';
import { Asked, connected } from './lines.ts';

/** A QEMU process and the ways to speak to it. */
export interface Running {
  readonly child: ChildProcess;
  /** Path of the console's PTY, when it was asked for one. */
  readonly pty?: string;
  /** One command of QEMU's monitor; gives what it printed. */
  hmp(command: string, seconds?: number): Promise<string>;
  /** Runs a script as root inside, past console and SSH. Throws when the machine does not answer in `seconds`. */
  run(script: string, seconds?: number): Promise<Ran>;
  /** Ends it at once, as a pulled plug does. */
  end(): Promise<void>;
}

/** A layer over a disk of the build: only what changes is written. `-b` by name: a build may be moved as a whole. */
export function layer(disk: string, over: string): void {
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', over, '-F', 'qcow2', disk]);
}

const decoded = (text = ''): string => Buffer.from(text.replace(/=+$/, ''), 'base64').toString('utf8');

/** Starts QEMU; when it wakes a saved machine, gives once that runs. */
export async function runMachine(machine: Machine): Promise<Running> {
  // QEMU goes with the process that started it, also when that is killed.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...command(machine)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let told = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (told += text));
    (stream as unknown as { unref(): void }).unref();
  }
  child.unref();
  const gone = (): string | undefined =>
    child.exitCode === null && child.signalCode === null ? undefined : `QEMU ended: ${told}`;
  const monitor = new Asked(await connected(join(machine.state, 'monitor'), gone));
  await monitor.ask('', /\(qemu\) $/);
  // The monitor draws the line it is typed (with escapes) before it answers.
  const hmp = async (line: string, seconds?: number): Promise<string> =>
    (await monitor.ask(`${line}\n`, /\r\n((?:[^]*\r\n)?)\(qemu\) $/, seconds))[1] ?? '';
  if (machine.from !== undefined) await wake(hmp, gone);
  const side = new Asked(await connected(join(machine.state, 'side'), gone));
  let asked = 0;
  const pty = /redirected to (\/dev\/pts\/\d+)/.exec(told)?.[1];
  return {
    child,
    ...(pty === undefined ? {} : { pty }),
    hmp,
    run: async (script, seconds = 60) => {
      const id = `${Date.now()}.${++asked}`;
      const wanted = new RegExp(`SIDE ${id} (\\d+) (\\S+) (\\S+)\\r?\\n`);
      const answer = await side.ask(`${id} ${Buffer.from(script).toString('base64')}\n`, wanted, seconds);
      return { code: Number(answer[1]), stdout: decoded(answer[2]), stderr: decoded(answer[3]) };
    },
    end: async () => {
      if (gone() !== undefined) return;
      const ended = new Promise(done => child.once('exit', done));
      child.ref();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A machine saved while it was stopped stays stopped until it is told to go on. */
async function wake(hmp: Running['hmp'], gone: () => string | undefined): Promise<void> {
  for (;;) {
    const why = gone();
    if (why !== undefined) throw new Error(why);
    const status = await hmp('info status');
    if (/paused\s*$/m.test(status) && !/inmigrate/.test(status)) break;
    await pause(50);
  }
  await hmp('cont');
}
