import type { Process } from '../processes.ts';
import type { Shell } from './shell.ts';
import { say } from './shell.ts';
import { until } from './streams.ts';

/** What an interactive bash tells of a job: its number, the mark of the newest, how it is, its command. */
const line = (shell: Shell, number: number, process: Process, how: string): string => {
  const newest = [...shell.jobs.values()].at(-1) === process;
  return `[${number}]${newest ? '+' : '-'}  ${how.padEnd(24)}${process.title}\n`;
};

/** A job's number is given once and kept while it lives. */
export function jobNumber(shell: Shell, process: Process): number {
  process.jobNumber ??= Math.max(0, ...[...shell.jobs.values()].map(each => each.jobNumber ?? 0)) + 1;
  return process.jobNumber;
}

const how = (shell: Shell, process: Process): string => {
  if (process.ended === undefined) return shell.station.processes.isStopped(process) ? 'Stopped' : 'Running';
  return process.ended === 0 ? 'Done' : process.ended > 128 ? 'Terminated' : `Exit ${process.ended}`;
};

/** Tells of jobs that ended since the last prompt, and forgets them. */
export async function tellEnded(shell: Shell): Promise<void> {
  for (const [pid, process] of shell.jobs) {
    if (process.ended === undefined) continue;
    if (shell.flavour === 'bash')
      await say(shell, 2, line(shell, jobNumber(shell, process), process, how(shell, process)));
    shell.jobs.delete(pid);
  }
}

/** `jobs`, `jobs -p`. */
export async function jobs(shell: Shell, args: readonly string[]): Promise<number> {
  for (const process of shell.jobs.values())
    await say(
      shell,
      1,
      args.includes('-p')
        ? `${process.pid}\n`
        : line(shell, jobNumber(shell, process), process, how(shell, process)),
    );
  return 0;
}

function named(shell: Shell, given: string | undefined): Process | undefined {
  const all = [...shell.jobs.values()];
  if (given === undefined || given === '%%' || given === '%+') return all.at(-1);
  return all.find(each => `%${each.jobNumber ?? 0}` === given || String(each.pid) === given);
}

/** `fg` and `bg`: lets a stopped job go on, before the shell or beside it. */
export async function resume(shell: Shell, name: 'fg' | 'bg', args: readonly string[]): Promise<number> {
  const job = named(shell, args[0]);
  if (!job) {
    await say(shell, 2, `-bash: ${name}: ${args[0] ?? 'current'}: no such job\n`);
    return 1;
  }
  const { processes } = shell.station;
  await say(shell, 1, name === 'fg' ? `${job.title}\n` : `[${jobNumber(shell, job)}]+ ${job.title} &\n`);
  processes.signal(-job.group, 'CONT', 0);
  if (name === 'bg') return 0;
  shell.jobs.delete(job.pid);
  const { console: at } = shell.session;
  const before = at?.onInterrupt;
  if (at) at.onInterrupt = () => void processes.signal(-job.group, 'INT', 0);
  try {
    return await until(job.done, shell.process.signal);
  } finally {
    if (at && before) at.onInterrupt = before;
  }
}

/** Keeps `$!` and `[1] 4242` as bash does when a job goes to the background. */
export async function begun(shell: Shell, process: Process): Promise<void> {
  shell.lastJob = process.pid;
  shell.jobs.set(process.pid, process);
  const number = jobNumber(shell, process);
  if (shell.options.has('m') && shell.flavour === 'bash') await say(shell, 2, `[${number}] ${process.pid}\n`);
}
