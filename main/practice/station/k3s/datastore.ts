import { rootCred } from '../disk/nodes.ts';
import type { FileNode } from '../disk/nodes.ts';
import type { Station } from '../station.ts';
import type { Unit } from '../services.ts';
import { Fatal } from './fatal.ts';
import type { SayEtcd, Say } from './fatal.ts';
import type { Site } from './site.ts';
import { readWal, walFile, writeWal } from './wal.ts';
import type { Member, Wal } from './wal.ts';

const etcd = '/var/lib/rancher/k3s/server/db/etcd';
const dbFile = `${etcd}/member/snap/db`;
const tombstone = `${etcd}/tombstone`;
const began = 'starting kubernetes: preparing server: start managed database: ';
const magic = 0xed0cdaed;

/** A start of the datastore. */
export interface Opening {
  readonly station: Station;
  readonly site: Site;
  readonly unit: Unit;
  readonly self: Member;
  /** `server:` of the configuration. */
  readonly joins: string | undefined;
  readonly say: Say;
  readonly etcd: SayEtcd;
  readonly signal: AbortSignal;
}

/** Opens the datastore as it lies on the disk; settles when it has a leader. Throws Fatal in the words of K3s and etcd. */
export async function openDatastore(at: Opening): Promise<void> {
  const { tree } = at.station;
  if (tree.peek(tombstone)) leftTheCluster(at);
  checkFile(at);
  const wal = openLog(at);
  if (wal.alarm === 'CORRUPT') {
    at.etcd('warn', 'etcdserver/server.go:1284', 'alarm raised', {
      alarm: 'CORRUPT',
      from: '8e9e05c52164694d',
    });
    throw new Fatal(`${began}alarm on etcd member ${at.self.name}: CORRUPT alarm must be disarmed manually`);
  }
  checkMembership(at, wal);
  await quorum(at, wal);
  if (wal.alarm === 'NOSPACE') {
    at.say('info', 'Defragmenting etcd database');
    at.etcd('info', 'backend/backend.go:549', 'finished defragmenting directory', {
      'current-db-size': '126 kB',
    });
    at.say('info', `NOSPACE disarmed successfully on etcd member ${at.self.name}`);
    const { alarm: _, ...quiet } = wal;
    writeWal(tree, quiet);
  }
}

/** A removed member forgets its data when it is told whom to join, and stays away otherwise. */
function leftTheCluster(at: Opening): never {
  if (at.joins === undefined)
    throw new Fatal(
      `${began}tombstone file has been detected but --server is empty: this node has been removed from the cluster, please set --server to rejoin`,
    );
  const { tree } = at.station;
  const aside = `${etcd}-backup-${Math.floor(at.station.now() / 1000)}`;
  at.say(
    'info',
    `tombstone file has been detected, removing data dir to rejoin the cluster: moved to ${aside}`,
  );
  tree.rename(etcd, aside, rootCred);
  throw new Rejoin();
}

/** The data was set aside; the server joins the others anew. */
export class Rejoin extends Error {}

/** bbolt: two meta pages with its mark, and whole pages. */
function checkFile(at: Opening): void {
  const node = at.station.tree.peek(dbFile) as FileNode | undefined;
  const path = dbFile;
  if (!node) {
    at.etcd('panic', 'backend/backend.go:189', 'failed to recover v3 backend from snapshot', {
      error: 'failed to find database snapshot file (snap: snapshot file doesn’t exist)',
    });
    throw new Fatal(`${began}failed to recover v3 backend from snapshot`, 2);
  }
  const bytes = Buffer.from(node.content.subarray(0, node.size));
  const sound =
    bytes.length >= 8192 && bytes.readUInt32LE(16) === magic && bytes.readUInt32LE(4096 + 16) === magic;
  if (sound && at.site.soundBytes(bytes)) return;
  at.etcd('panic', 'backend/backend.go:189', 'failed to open database', {
    path,
    error: sound
      ? 'freepages: failed to get all reachable pages (page 14: multiple references)'
      : 'invalid database',
  });
  throw new Fatal(
    `${began}failed to reconcile with local datastore: failed to open database: ${sound ? 'freepages: failed to get all reachable pages (page 14: multiple references)' : 'invalid database'}`,
    2,
  );
}

function openLog(at: Opening): Wal {
  const { station, self } = at;
  const wal = readWal(station.tree);
  if (wal === 'missing') {
    at.etcd('fatal', 'etcdserver/storage.go:95', 'failed to open WAL', { error: 'wal: file not found' });
    throw new Fatal(`${began}failed to open WAL: wal: file not found`);
  }
  if (wal === 'corrupt') {
    at.etcd('fatal', 'etcdserver/storage.go:110', 'failed to read WAL, cannot be repaired', {
      error: 'walpb: crc mismatch',
    });
    throw new Fatal(`${began}failed to read WAL, cannot be repaired: walpb: crc mismatch`);
  }
  if (wal === undefined) return { members: [self], last: 0, confirmed: 0 };
  if ('torn' in wal) {
    at.etcd('warn', 'etcdserver/storage.go:101', 'failed to read WAL, attempting repair', {
      error: 'unexpected EOF',
    });
    at.etcd('info', 'wal/repair.go:41', 'repairing', { path: walFile });
    const node = station.tree.find(walFile, rootCred) as FileNode;
    station.tree.write(`${walFile}.broken`, node.content.slice(0, node.size), 0o600);
    writeWal(station.tree, wal.torn);
    at.etcd('info', 'wal/repair.go:92', 'repaired', { path: walFile, error: 'unexpected EOF' });
    at.etcd('info', 'etcdserver/storage.go:118', 'repaired WAL', { error: 'unexpected EOF' });
    return wal.torn;
  }
  if (wal.last < wal.confirmed) {
    at.etcd(
      'panic',
      'raft/log.go:237',
      `tocommit(${wal.confirmed}) is out of range [lastIndex(${wal.last})]. Was the raft log corrupted, truncated, or lost?`,
    );
    throw new Fatal(
      `panic: tocommit(${wal.confirmed}) is out of range [lastIndex(${wal.last})]. Was the raft log corrupted, truncated, or lost?`,
      2,
    );
  }
  return wal;
}

const listed = (members: readonly Member[]): string =>
  members.map(({ name, peer }) => `${name}=${peer}`).join(' ');

function checkMembership(at: Opening, { members }: Wal): void {
  const { self } = at;
  if (members.some(({ name, peer }) => name === self.name && peer === self.peer)) return;
  throw new Fatal(
    `${began}this server is not a member of the etcd cluster. Found [${listed(members)}], expect: ${self.name}=${self.peer}`,
  );
}

/** Waits for more than half of the members, and complains as etcd does while it waits. */
async function quorum(at: Opening, { members }: Wal): Promise<void> {
  const { station, site, self } = at;
  const others = members.filter(({ name }) => name !== self.name);
  for (let term = 12; 2 * (1 + site.reachable(others)) <= members.length; term += 1) {
    complain(at, others, term);
    await station.pause(5000, at.signal);
  }
}

/** What etcd and K3s say about every five seconds while there is no leader. */
export function complain(
  { etcd: says, say }: Pick<Opening, 'etcd' | 'say'>,
  others: readonly Member[],
  term: number,
): void {
  says('info', 'raft/raft.go:1047', `8e9e05c52164694d is starting a new election at term ${term}`, {
    logger: 'raft',
  });
  says('info', 'raft/raft.go:823', `8e9e05c52164694d became candidate at term ${term + 1}`, {
    logger: 'raft',
  });
  for (const { peer } of others)
    says('warn', 'rafthttp/probing_status.go:68', 'prober detected unhealthy status', {
      'remote-peer-id': peer,
      error: `dial tcp ${peer.replace('https://', '')}: connect: no route to host`,
    });
  say(
    'error',
    'Failed to test etcd connection: failed to get etcd status: rpc error: code = Unavailable desc = etcdserver: no leader',
  );
}
