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
export async function clusterReset(call: Call, k3s: K3s, say: Tell): Promise<number> {
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

type Tell = (level: string, text: string) => Promise<void>;

async function reset(call: Call, k3s: K3s, say: Tell): Promise<void> {
  const { station } = call;
  const { tree } = station;
  const password = mayReset(call, k3s);
  const restore = valueOf(call.args, '--cluster-reset-restore-path');
  await say('info', 'Managed etcd cluster initializing');
  await station.pause(300, call.process.signal);
  const snapshot = restore === undefined ? undefined : snapshotAt(call, absolute(server, restore));
  if (!snapshot) mayResetAgain(call);
  const now = await freeSecond(call);
  if (snapshot) {
    await moveAside(call, say, now);
    const body = bodyOf(snapshot);
    putBack(call, k3s, body);
    takeOver(call, k3s, body, password, now);
  } else {
    checkAlone(call);
    if (!tree.peek(`${server}/tls-${now}`)) tree.makeFolders(`${server}/tls-${now}`, 0o700, rootCred);
  }
  writeWal(tree, { members: [k3s.self()], last: 4300, confirmed: 4300 });
  tree.write(flag, '', 0o600);
  k3s.site.kept.peers = [];
  await say('info', done);
}

/** What K3s looks at before anything else; gives the password of the token it would use. */
function mayReset(call: Call, k3s: K3s): string {
  const { tree } = call.station;
  const config = readConfig(call.station);
  if (call.who.uid !== 0) throw new Fatal('must be run as root');
  if (config.has('server'))
    throw new Fatal(
      'cannot perform cluster-reset while server URL is set - remove server from configuration before resetting',
    );
  if (k3s.unit?.pid)
    throw new Fatal(
      `${preparing}init cluster datastore and https: listen tcp :6443: bind: address already in use`,
    );
  const kept = tree.peek(`${server}/token`) ? tree.read(`${server}/token`) : undefined;
  const token = valueOf(call.args, '--token') ?? config.get('token')?.at(-1) ?? kept;
  if (token === undefined)
    throw new Fatal(`${server}/token does not exist, please pass --token to complete the restoration`);
  const form = tokenForm(token);
  if (form && form.is !== 'join') return form.password;
  throw new Fatal(
    `${preparing}failed to normalize server token; must be in format K10<CA-HASH>::<USERNAME>:<PASSWORD> or <PASSWORD>`,
  );
}

/** The flag of an earlier reset stands in the way of one without a snapshot. */
function mayResetAgain({ station: { tree } }: Call): void {
  if (tree.peek(flag))
    throw new Fatal(
      'Managed etcd cluster membership was previously reset, please remove the cluster-reset flag and start k3s normally. If you need to perform another cluster reset, you must first manually delete the file at ' +
        flag,
    );
}

/** The second old data are set aside under: two resets in one second would be one name. */
async function freeSecond({ station, process }: Call): Promise<number> {
  const now = (): number => Math.floor(station.now() / 1000);
  const taken = (path: string): boolean => station.tree.peek(`${path}-${now()}`) !== undefined;
  while (taken(`${etcd}-old`) || taken(`${server}/tls`)) await station.pause(100, process.signal);
  return now();
}

/** A snapshot with its trailer. */
function snapshotAt(call: Call, path: string): Buffer {
  const node = call.station.tree.peek(path);
  if (!node) throw new Fatal(`etcd: snapshot path does not exist: ${path}`);
  if (node.kind !== 'file') throw new Fatal('etcd: snapshot path must be a file, not a directory');
  return Buffer.from(node.content.subarray(0, node.size));
}

/** The old data make room before etcd looks at the snapshot: with a bad one they are under their new name all the same (k3s `pkg/etcd/etcd.go`, Restore). */
async function moveAside({ station: { tree } }: Call, say: Tell, now: number): Promise<void> {
  if (!tree.peek(etcd)) return;
  tree.rename(etcd, `${etcd}-old-${now}`, rootCred);
  await say('info', `Pre-restore etcd database moved to ${etcd}-old-${now}`);
}

/** A snapshot's bytes without its trailer. Throws what etcd says of a bad one. */
function bodyOf(whole: Buffer): Buffer {
  const body = whole.subarray(0, -32);
  if (whole.length % 512 !== 32) throw new Fatal('snapshot missing hash but --skip-hash-check=false');
  const [is, should] = [createHash('sha256').update(body).digest(), whole.subarray(-32)];
  if (!is.equals(should))
    throw new Fatal(`expected sha256 [${[...should].join(' ')}], got [${[...is].join(' ')}]`);
  return body;
}

function putBack(call: Call, k3s: K3s, snapshot: Buffer): void {
  const { tree } = call.station;
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
