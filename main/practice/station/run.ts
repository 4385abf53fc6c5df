import { rootCred } from './disk/nodes.ts';
import { newShell } from './commands/shells.ts';
import { inSubshell, runScript } from './shell/execute.ts';
import { collector, fixedStream } from './shell/streams.ts';
import type { Station } from './station.ts';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script on the node without any wire, as the station itself needs it to bring a scenario about. */
export async function runOn(station: Station, script: string, as: 'login' | 'root' = 'root'): Promise<Ran> {
  const who = as === 'root' ? rootCred : station.accounts.cred(station.loginUser);
  const [out, err] = [collector(), collector()];
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const user = station.accounts.user(who.uid);
  const env = new Map([
    ['PATH', path],
    ['HOME', user?.home ?? '/'],
    ['USER', user?.name ?? ''],
  ]);
  const process = station.processes.start({
    parent: 1,
    uid: who.uid,
    command: 'sh',
    session: '',
    detached: true,
  });
  const session = { user: station.loginUser, terminal: undefined, sudoUntil: 0, id: '' };
  const fds = new Map([
    [0, fixedStream(new Uint8Array(0))],
    [1, out.stream],
    [2, err.stream],
  ]);
  const context = { station, session, process, who, cwd: '/', umask: 0o022, env, fds };
  const shell = newShell(context, { name: 'sh', flavour: 'dash', ownsProcess: true });
  const status = await inSubshell(shell, () => runScript(shell, script));
  return { status, stdout: Buffer.from(out.bytes()).toString(), stderr: Buffer.from(err.bytes()).toString() };
}
