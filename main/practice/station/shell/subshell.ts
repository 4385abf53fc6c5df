import type { Shell } from './shell.ts';

/** A copy of the shell whose changes stay its own. A job gets a process of its own; others share the parent's. */
export function subshell(shell: Shell, how: { command: string; job?: boolean }): Shell {
  const { station, session, process } = shell;
  const own = how.job
    ? station.processes.start({
        parent: process.pid,
        uid: shell.who.uid,
        command: how.command,
        session: session.id,
        detached: process.detached,
        job: true,
        // With job control every job is a group of its own.
        ...(shell.options.has('m') ? { group: 'own' as const } : {}),
      })
    : process;
  const vars = new Map([...shell.vars].map(([name, variable]) => [name, { ...variable }]));
  if (!vars.has('$')) vars.set('$', { value: String(process.pid), exported: false, readonly: false });
  return {
    ...shell,
    process: own,
    ownsProcess: how.job ?? false,
    vars,
    functions: new Map(shell.functions),
    options: new Set([...shell.options].filter(letter => letter !== 'm')),
    traps: new Map([...shell.traps].filter(([, action]) => action === '')),
    jobs: new Map(how.job ? [] : shell.jobs),
    fds: new Map([...shell.fds].map(([fd, stream]) => [fd, stream.retain()])),
    locals: shell.locals.map(each => new Map(each)),
  };
}

/** Lets go of all descriptors, and of the process when it was the shell's own job. */
export function closeShell(shell: Shell): void {
  for (const stream of shell.fds.values()) stream.release();
  shell.fds.clear();
  if (shell.ownsProcess) shell.station.processes.ended(shell.process);
}
