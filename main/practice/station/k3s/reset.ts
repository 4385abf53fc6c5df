import { createHash } from 'node:crypto';
import { tokenForm } from '../../../core/server-token.ts';
import { rootCred } from '../disk/nodes.ts';
import type { FileNode } from '../disk/nodes.ts';
import { absolute } from '../disk/paths.ts';
import type { Call } from '../shell/call.ts';
import { Fatal } from './fatal.ts';
import type { K3s } from './server.ts';
import { hasBootstrap, rebootstrap } from './rebootstrap.ts';
import { readWal, writeWal } from './wal.ts';
import { readConfig } from './config.ts';

const server = '/var/lib/rancher/k3s/server';
const etcd = `${server}/db/etcd`;
const flag = `${server}/db/reset-flag`;
const preparing = 'starting kubernetes: preparing server: ';
const done =
  'Managed etcd cluster membership has been reset, restart without --cluster-reset flag now. Backup and delete ${datadir}/server/db on each peer etcd server and rejoin the nodes';

const valueOf = (args: readonly string[], name: string): string | undefined => {
  const at = args.findIndex(arg => arg === name || arg.startsWith(`${name}=`));
  if (at < 0) return undefined;
  return args[at]?.includes('=') ? args[at].slice(name.length + 1) : args[at + 1];
};

/** `k3s server --cluster-reset [--cluster-reset-restore-path=FILE] [--token=…]`, told line by line. */
export async function clusterReset(
  call: Call,
  k3s: K3s,
  say: (level: string, text: string) => Promise<void>,
): Promise<number> {
  try {
    await reset(call, k3s, say);
    call.station.important();
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof Fatal)) throw thrown;
    await say('fatal', thrown.message);
    return 1;
  }
}

async function reset(
  call: Call,
  k3s: K3s,
  say: (level: string, text: string) => Promise<void>,
): Promise<void> {
  const { station } = call;
  const { tree } = station;
  const config = readConfig(station);
  const restore = valueOf(call.args, '--cluster-reset-restore-path');
  if (call.who.uid !== 0) throw new Fatal('must be run as root');
  if (config.has('server'))
    throw new Fatal(
      'cannot perform cluster-reset while server URL is set - remove server from configuration before resetting',
    );
  if (k3s.unit?.pid)
    throw new Fatal(
      `${preparing}init cluster datastore and https: listen tcp :6443: bind: address already in use`,
    );
  const given = valueOf(call.args, '--token') ?? config.get('token')?.at(-1);
  if (given === undefined && !tree.peek(`${server}/token`))
    throw new Fatal(`${server}/token does not exist, please pass --token to complete the restoration`);
  await say('info', 'Managed etcd cluster initializing');
  await station.pause(300, call.process.signal);
  const snapshot = restore === undefined ? undefined : snapshotAt(call, absolute(server, restore));
  const token = tree.peek(`${server}/token`) ? tree.read(`${server}/token`) : '';
  const form = tokenForm(given ?? token);
  if (!form || form.is === 'join')
    throw new Fatal(
      `${preparing}failed to normalize server token; must be in format K10<CA-HASH>::<USERNAME>:<PASSWORD> or <PASSWORD>`,
    );
  if (!snapshot && tree.peek(flag))
    throw new Fatal(
      'Managed etcd cluster membership was previously reset, please remove the cluster-reset flag and start k3s normally. If you need to perform another cluster reset, you must first manually delete the file at ' +
        flag,
    );
  const now = await freeSecond(call);
  if (snapshot) {
    await putBack(call, k3s, snapshot, say, now);
    takeOver(call, k3s, snapshot, form.password, now);
  } else {
    checkAlone(call);
    if (!tree.peek(`${server}/tls-${now}`)) tree.makeFolders(`${server}/tls-${now}`, 0o700, rootCred);
  }
  writeWal(tree, { members: [k3s.self()], last: 4300, confirmed: 4300 });
  tree.write(flag, '', 0o600);
  k3s.site.kept.peers = [];
  await say('info', done);
}

/** The second old data are set aside under: two resets in one second would be one name. */
async function freeSecond({ station, process }: Call): Promise<number> {
  const now = (): number => Math.floor(station.now() / 1000);
  const taken = (path: string): boolean => station.tree.peek(`${path}-${now()}`) !== undefined;
  while (taken(`${etcd}-old`) || taken(`${server}/tls`)) await station.pause(100, process.signal);
  return now();
}

/** A snapshot's bytes without its trailer. Throws what K3s says of a bad one. */
function snapshotAt(call: Call, path: string): Buffer {
  const node = call.station.tree.peek(path);
  if (!node) throw new Fatal(`etcd: snapshot path does not exist: ${path}`);
  if (node.kind !== 'file') throw new Fatal('etcd: snapshot path must be a file, not a directory');
  const whole = Buffer.from(node.content.subarray(0, node.size));
  const body = whole.subarray(0, -32);
  if (whole.length % 512 !== 32) throw new Fatal('snapshot missing hash but --skip-hash-check=false');
  const [is, should] = [createHash('sha256').update(body).digest(), whole.subarray(-32)];
  if (!is.equals(should))
    throw new Fatal(`expected sha256 [${[...should].join(' ')}], got [${[...is].join(' ')}]`);
  return body;
}

async function putBack(
  call: Call,
  k3s: K3s,
  snapshot: Buffer,
  say: (level: string, text: string) => Promise<void>,
  now: number,
): Promise<void> {
  const { tree } = call.station;
  if (tree.peek(etcd)) {
    tree.rename(etcd, `${etcd}-old-${now}`, rootCred);
    await say('info', `Pre-restore etcd database moved to ${etcd}-old-${now}`);
  }
  tree.write(`${etcd}/member/snap/db`, snapshot, 0o600);
  tree.write(`${etcd}/name`, k3s.self().name, 0o600);
  for (const path of ['', '/member', '/member/snap']) tree.chmod(`${etcd}${path}`, 0o700, rootCred);
}

/** K3s opens the bootstrap data of the snapshot with the token; what it holds takes the place of what was there. */
function takeOver(call: Call, k3s: K3s, snapshot: Buffer, password: string, now: number): void {
  if (!hasBootstrap(snapshot))
    throw new Fatal(
      `${preparing}no bootstrap data found in datastore - check server token value and verify datastore integrity`,
    );
  if (!rebootstrap(call.station.tree, snapshot, password, now))
    throw new Fatal(`${preparing}bootstrap data already found and encrypted with different token`);
  k3s.restored(snapshot);
}

/** A reset without a snapshot keeps the data, so the data must be sound. */
function checkAlone(call: Call): void {
  const { tree } = call.station;
  const wal = readWal(tree);
  const db = tree.peek(`${etcd}/member/snap/db`) as FileNode | undefined;
  if (wal === 'missing' || wal === 'corrupt' || !db)
    throw new Fatal(
      `${preparing}failed to reconcile with local datastore: failed to read WAL, cannot be repaired: walpb: crc mismatch`,
    );
}
