import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { freePort } from '../sshd.ts';
import { loginsOf } from './build.ts';
import { finished } from './cache.ts';
import { connects, fingerprintOf, mustEndWell } from './node.ts';
import type { Ran, RealNode } from './node.ts';
import type { KeeperOrders } from './nspawn/orders.ts';
import { clear, clearOrphans, newState, own } from './state.ts';

export interface NspawnOptions {
  /** Its host name. Default `node1`. */
  readonly name?: string;
  /** Size of the disk in MiB; it is really full when it is full. It costs memory only as it is used. Default 300. */
  readonly diskMiB?: number;
  /** A network shared with other nodes (`nodeLan`). Default: one of its own. */
  readonly lan?: NodeLan;
}

/** A network that several nodes share, and nobody else: 10.0.1.0/24. */
export interface NodeLan {
  readonly id: string;
  /** The next free address. */
  nextAddress(): string;
}

const newId = (): string => randomBytes(4).toString('hex');

/** A network for nodes that are to see each other; it goes with the test. */
export function nodeLan(t: TestContext): NodeLan {
  const id = newId();
  const kept = { kind: 'lan', id, name: 'lan', lan: id, ownLan: true, port: 0 } as const;
  const folder = newState(kept);
  t.after(() => clear({ ...kept, folder }));
  execFileSync(join(import.meta.dirname, 'nspawn/lan.sh'), ['up', id]);
  let last = 100;
  return { id, nextAddress: () => `10.0.1.${++last}` };
}

/** One more machine as a container: real systemd, journal, sshd and getty, without a kernel of its own. */
export interface NspawnNode extends RealNode {
  /** Its address among the nodes of its network. */
  readonly inside: string;
}

/** Starts a node for this test; it goes with the test. Gives when SSH answers. Needs `needsNspawn()`. */
export async function nspawnNode(t: TestContext, options: NspawnOptions = {}): Promise<NspawnNode> {
  const starting = startNspawn(options);
  // Also one that is still starting when the test fails for another reason: nobody else would ever stop it.
  t.after(async () => (await starting.catch(() => undefined))?.stop());
  return starting;
}

/** The same without a test: whoever calls stops it. */
export async function startNspawn(options: NspawnOptions = {}): Promise<NspawnNode> {
  try {
    return await begun(options);
  } catch (error) {
    // A free port may be taken by somebody else before the node has it.
    if (!String(error).includes('EADDRINUSE')) throw error;
    return await begun(options);
  }
}

async function begun(options: NspawnOptions): Promise<NspawnNode> {
  const built = finished('root');
  if (built === undefined) throw new Error('The nodes are not built yet: npm run nodes build');
  clearOrphans();
  const id = newId();
  const name = options.name ?? 'node1';
  const inside = options.lan?.nextAddress() ?? '10.0.1.101';
  const kept = {
    kind: 'nspawn',
    id,
    name,
    lan: options.lan?.id ?? id + 'l',
    ownLan: options.lan === undefined,
    port: await freePort(),
  } as const;
  const state = newState(kept);
  const keeper = await startKeeper({
    ...kept,
    state,
    address: inside,
    root: join(built, 'root'),
    size: `${options.diskMiB ?? 300}m`,
    machine: randomBytes(16).toString('hex'),
  });

  const run = (script: string): Promise<Ran> => enter(id, script);
  const up = async (): Promise<void> => {
    await answering(kept.port, id, state);
    // SSH answers before the boot is over.
    await run('timeout 60 systemctl is-system-running --wait');
  };
  const node: NspawnNode = {
    name,
    inside,
    address: '127.0.0.1',
    port: kept.port,
    fingerprint: fingerprintOf(
      readFileSync(join(state, 'disk/root/etc/ssh/ssh_host_ed25519_key.pub'), 'utf8'),
    ),
    ...loginsOf(built),
    key: join(built, 'key'),
    console: join(state, 'console'),
    said: () => readFileSync(join(state, 'said'), 'latin1'),
    run,
    done: async script => mustEndWell(script, await run(script)),
    reboot: async () => {
      const before = leader(id);
      await run('systemctl reboot');
      for (
        const end = Date.now() + 60_000;
        leader(id) === before || leader(id) === undefined;
        await pause(20)
      )
        if (Date.now() > end) throw new Error('the node did not restart');
      await up();
    },
    kill: async () => {
      const off = keeper.hears('off');
      keeper.child.stdin?.write('off\n');
      await off;
    },
    powerOn: async () => {
      keeper.child.stdin?.write('on\n');
      await up();
    },
    stop: async () => {
      if (keeper.child.exitCode !== null || keeper.child.signalCode !== null) return clearOrphans();
      const ended = new Promise(done => keeper.child.once('exit', done));
      keeper.child.ref();
      keeper.child.stdin?.end();
      await ended;
    },
  };
  try {
    await up();
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
}

interface Keeper {
  readonly child: ChildProcess;
  /** Waits for the next time it says this word. */
  hears(word: string): Promise<void>;
}

async function startKeeper(orders: KeeperOrders): Promise<Keeper> {
  // Detached: Ctrl-C at the test run must not end it before it has cleared away.
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'nspawn/keeper.ts'),
      JSON.stringify(orders),
    ],
    { stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  try {
    own(orders.state, child.pid);
  } catch (thrown) {
    // Nobody would know of it, and this process would wait for it for ever.
    child.kill('SIGKILL');
    throw thrown;
  }
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdin.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout });
  const hears = (word: string): Promise<void> =>
    new Promise((done, failed) => {
      const heard = (line: string): void => {
        if (line !== word) return;
        lines.off('line', heard);
        done();
      };
      lines.on('line', heard);
      child.once('exit', () => failed(new Error(`the node's keeper ended: ${errors}`)));
    });
  await hears('on');
  // A test file that forgot to stop a node must still be able to end; the keeper then clears away.
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr])
    (stream as unknown as { unref(): void }).unref();
  return { child, hears };
}

/** Process id of the node's systemd as seen from here; undefined while there is none. */
function leader(id: string): string | undefined {
  const roots = ['systemd', 'unified', '.'].map(at => `/sys/fs/cgroup/${at}/csn-${id}`);
  for (const folder of roots)
    for (const pid of pidsUnder(folder))
      try {
        // The process that is number 1 in its own namespace.
        if (/^NSpid:\s+\d+\s+1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) return pid;
      } catch {
        // It ended while we looked.
      }
  return undefined;
}

/** Groups come and go while a machine boots: what was found counts, though `find` may end badly for one that went. */
const pidsUnder = (folder: string): string[] =>
  spawnSync('find', [folder, '-name', 'cgroup.procs', '-exec', 'cat', '{}', '+'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .stdout.split('\n')
    .filter(Boolean);

/** Runs a script as root inside, from outside. */
async function enter(id: string, script: string): Promise<Ran> {
  const pid = leader(id);
  if (pid === undefined) return { code: 255, stdout: '', stderr: 'the node is off' };
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const args = ['-t', pid, '-m', '-u', '-i', '-n', '-p', '-C', `--root=/proc/${pid}/root`];
  return await new Promise(done => {
    const entered = execFile(
      'nsenter',
      [...args, 'env', '-i', `PATH=${path}`, 'HOME=/root', 'LC_ALL=C.UTF-8', 'sh', '-c', `cd /\n${script}`],
      { maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        clearInterval(nudge);
        done({
          code: error === null ? 0 : typeof error.code === 'number' ? error.code : 255,
          stdout,
          stderr,
        });
      },
    );
    // A machine that shuts down first stops everything in it, and nsenter stops itself along with its child.
    const nudge = setInterval(() => entered.kill('SIGCONT'), 200);
  });
}

async function answering(port: number, id: string, state: string): Promise<void> {
  const end = Date.now() + 60_000;
  while (Date.now() < end) {
    if (await connects(port)) return;
    await pause(20);
  }
  throw new Error(
    `the node does not answer on SSH (leader ${leader(id) ?? 'none'}); its console said ${readFileSync(join(state, 'said'), 'latin1').slice(-2000)}`,
  );
}
