import { newShell } from '../commands/shells.ts';
import { release } from '../seed.ts';
import type { Context } from '../shell/call.ts';
import { inSubshell, runScript } from '../shell/execute.ts';
import type { Session } from '../shell/shell.ts';
import { Killed } from '../shell/streams.ts';
import type { ConsoleSide } from './side.ts';

const banner = (side: ConsoleSide): string =>
  `Linux ${side.station.hostname} ${release(side.station)} #1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1 (2025-09-20) ${side.station.arch === 'amd64' ? 'x86_64' : 'aarch64'}\n\n`;

/** A login shell on the console until it is left. What it started and did not detach ends with it. */
export async function loginShell(side: ConsoleSide, name: string, signal: AbortSignal): Promise<void> {
  const { station, tty } = side;
  const motd = station.tree.peek('/etc/motd') ? station.tree.read('/etc/motd') : '';
  await tty.stream.write(Buffer.from(banner(side) + motd), signal);
  await shellOn(side, name, signal, 'exec bash -l');
}

/** Runs a script on the console as this user, with the console as its terminal. */
export async function shellOn(
  side: ConsoleSide,
  name: string,
  signal: AbortSignal,
  script: string,
): Promise<void> {
  const { station, console: at, tty } = side;
  const user = station.accounts.user(name);
  const who = station.accounts.cred(name);
  const home = user?.home ?? '/';
  const session: Session = {
    user: name,
    terminal: { ...tty.size },
    sudoUntil: 0,
    id: station.chance.uuid(),
    console: at,
  };
  const process = station.processes.start({
    parent: 1,
    uid: who.uid,
    command: '-bash',
    session: session.id,
    group: 'own',
  });
  const end = (): void => process.control.abort(new Killed('HUP'));
  signal.addEventListener('abort', end, { once: true });
  const bin = '/usr/local/bin:/usr/bin:/bin:/usr/games';
  const context: Context = {
    station,
    session,
    process,
    who,
    cwd: station.tree.peek(home) ? home : '/',
    umask: 0o022,
    env: new Map([
      ['USER', name],
      ['LOGNAME', name],
      ['HOME', home],
      ['PATH', who.uid === 0 ? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' : bin],
      ['SHELL', user?.shell ?? '/bin/sh'],
      ['LANG', 'C.UTF-8'],
      ['TERM', 'vt220'],
      ['MAIL', `/var/mail/${name}`],
      ['XDG_SESSION_TYPE', 'tty'],
    ]),
    fds: new Map([
      [0, tty.stream],
      [1, tty.stream.retain()],
      [2, tty.stream.retain()],
    ]),
  };
  at.onInterrupt = () => undefined;
  try {
    const shell = newShell(context, { name: 'bash', flavour: 'bash', ownsProcess: true });
    await inSubshell(shell, () => runScript(shell, script));
  } finally {
    signal.removeEventListener('abort', end);
    station.processes.ended(process);
    station.processes.hangUp(session.id);
  }
  if (signal.aborted) throw signal.reason;
}
