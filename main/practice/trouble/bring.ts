import type { ExerciseName } from '../../../preload/contract/exercises.ts';
import { rootCred } from '../station/disk/nodes.ts';
import type { FileNode } from '../station/disk/nodes.ts';
import { installBefore } from '../station/k3s/already.ts';
import type { K3s } from '../station/k3s/server.ts';
import type { Peer } from '../station/k3s/site.ts';
import { readWal, writeWal } from '../station/k3s/wal.ts';
import type { Wal } from '../station/k3s/wal.ts';
import { runOn } from '../station/run.ts';
import type { Ran } from '../station/run.ts';
import type { JournalLine } from '../station/journal.ts';
import type { Scenario } from '../station/scenario.ts';
import type { Station } from '../station/station.ts';

export const serverFolder = '/var/lib/rancher/k3s/server';
export const configFile = '/etc/rancher/k3s/config.yaml';
const day = 86_400_000;

/** The node in the hands of whoever breaks it. */
export interface Node {
  readonly station: Station;
  readonly k3s: K3s;
  set(change: Partial<Scenario>): void;
  run(script: string): Promise<Ran>;
}

/** How one exercise comes about; for most it is one cause of a dead node. */
export interface Trouble {
  readonly exercise: ExerciseName;
  /** How many days ago the node was installed; 40 when nothing else is needed. */
  readonly age?: number;
  bring(node: Node): Promise<void>;
}

/** A node whose K3s has run well for some weeks: with snapshots, and with the noise of a healthy start in its journal. */
export async function settled(
  node: Node,
  options: { readonly resources: string; readonly age: number },
): Promise<void> {
  const { station, k3s } = node;
  const before = station.scenario;
  const offset = before.clockOffsetMs - options.age * day;
  node.set({ k3sStartMs: 20, k3sReadyMs: 20, clockOffsetMs: offset });
  await installBefore(station, options.resources, 'etcd');
  await runOn(station, 'k3s etcd-snapshot save --name etcd-snapshot');
  node.set({ clockOffsetMs: before.clockOffsetMs - day / 2 });
  await runOn(station, 'k3s etcd-snapshot save --name etcd-snapshot');
  node.set({ ...before });
  station.identity.bootedAt = station.now() - 3 * day;
  tellOfStart(station, station.now() - 3 * day + 20_000);
  k3s.kept.readyAt = 0;
}

/** What every healthy start also says for a moment; none of it is a sign of anything. */
function tellOfStart(station: Station, at: number): void {
  const lines: readonly (readonly [seconds: number, text: string])[] = [
    [
      0,
      '{"level":"warn","caller":"etcdserver/v3_server.go:897","msg":"waiting for ReadIndex response took too long, retrying"}',
    ],
    [
      1,
      'time="" level=error msg="Failed to test etcd connection: failed to get etcd status: rpc error: code = Unavailable desc = etcdserver: no leader"',
    ],
    [
      2,
      '{"level":"info","caller":"raft/node.go:333","msg":"raft.node: 8e9e05c52164694d elected leader 8e9e05c52164694d at term 4"}',
    ],
    [
      3,
      '{"level":"warn","caller":"wal/wal.go:805","msg":"slow fdatasync","took":"1.21s","expected-duration":"1s"}',
    ],
    [4, 'E1013 09:12:44.120 rpc error: etcdserver: request timed out'],
    [6, 'time="" level=info msg="Kube API server is now running"'],
    [7, 'time="" level=info msg="k3s is up and running"'],
    [
      9,
      'W1013 09:12:52.044 watcher.go:338] watch chan error: etcdserver: mvcc: required revision has been compacted',
    ],
  ];
  station.journal.lines.push(
    ...[[-2, 'Starting k3s.service - Lightweight Kubernetes...'] as const, ...lines].map(
      ([seconds, text]) => ({
        at: at + seconds * 1000,
        unit: 'k3s.service',
        by: seconds === -2 ? 'systemd' : 'k3s',
        pid: seconds === -2 ? 1 : 655,
        priority: 6,
        text: text.replace(
          'time=""',
          `time="${new Date(at + seconds * 1000).toISOString().replace(/\.\d+Z/, 'Z')}"`,
        ),
        boot: station.identity.bootId,
      }),
    ),
  );
}

export const unit = (node: Node) => {
  const found = node.station.services.unit('k3s');
  if (!found) throw new Error('the practice node has no K3s to break');
  return found;
};

export const stopK3s = (node: Node): Promise<void> => node.station.services.stop(unit(node));

/**
 * Starts K3s into its trouble and makes it look as if systemd had tried for an hour. `hangs`: it neither ends nor gets
 * ready, so nobody waits for it.
 */
export async function failing(node: Node, how: { readonly hangs?: boolean } = {}): Promise<void> {
  const { station } = node;
  const { journal, services } = station;
  const from = journal.lines.length;
  const start = services.start(unit(node), services.closing.signal).catch(() => undefined);
  if (how.hangs === true) await station.pause(300, services.closing.signal);
  else await start;
  const one = journal.lines.slice(from).filter(line => line.unit === 'k3s.service');
  const shifted = (lines: readonly JournalLine[], seconds: number): JournalLine[] =>
    lines.map(line => ({ ...line, at: line.at - seconds * 1000 }));
  if (how.hangs === true) {
    // It began once, ten minutes ago, and has complained ever since.
    const first = one.findIndex(line => line.text.includes('election'));
    const complaints = one.slice(first);
    const since = [560, 520, 480, 420, 300, 240, 120, 60, 20].flatMap(seconds =>
      shifted(complaints, seconds),
    );
    journal.lines.splice(from, journal.lines.length - from, ...shifted(one, 600), ...since, ...complaints);
    unit(node).since -= 600_000;
    return;
  }
  journal.lines.splice(from, 0, ...[3600, 1800, 620, 240, 60, 12].flatMap(seconds => shifted(one, seconds)));
  unit(node).restarts = 214;
}

/** Lines of K3s that came every so often while it ran, the last a moment ago. */
export function repeated(node: Node, texts: readonly string[], everySeconds: number, times: number): void {
  const { station } = node;
  for (let i = times; i >= 1; i -= 1)
    for (const text of texts) {
      const at = station.now() - i * everySeconds * 1000;
      station.journal.add({
        at,
        unit: 'k3s.service',
        by: 'k3s',
        pid: unit(node).pid,
        priority: 4,
        text: text.replaceAll('NOW', new Date(at).toISOString().replace(/\.\d+Z/, 'Z')),
        boot: station.identity.bootId,
      });
    }
}

export function writeConfig(node: Node, text: string): void {
  node.station.tree.write(configFile, text, 0o600);
}
export const config = (node: Node): string => node.station.tree.read(configFile);

/** Changes the log of the datastore. */
export function changeWal(node: Node, change: (wal: Wal) => Wal): void {
  const wal = readWal(node.station.tree);
  if (wal === undefined || typeof wal === 'string' || 'torn' in wal)
    throw new Error('the practice datastore has no sound log to change');
  writeWal(node.station.tree, change(wal));
}

export const fileAt = (node: Node, path: string): FileNode => {
  const found = node.station.tree.find(path, rootCred);
  if (found.kind !== 'file') throw new Error(`${path} is no file`);
  return found;
};

/** A file that takes much room while the station holds little of it. */
export function largeFile(node: Node, path: string, bytes: number): void {
  const { tree } = node.station;
  tree.claim(tree.write(path, 'practice: the rest of this file is pretended\n', 0o640), bytes, 0);
}

export const others: readonly Peer[] = [
  { name: 'practice-node-2', address: '192.168.50.12', up: true },
  { name: 'practice-node-3', address: '192.168.50.13', up: true },
];

/** Makes the node one of three servers. */
export function oneOfThree(node: Node, up: boolean): void {
  const peers = others.map(peer => ({ ...peer, up }));
  node.k3s.site.share(peers);
  changeWal(node, wal => ({ ...wal, members: [...wal.members, ...node.k3s.site.members] }));
}

/** The site goes on elsewhere; this node has only the program and a configuration, and is to join. */
export function freshJoiner(node: Node, text: string): void {
  const { tree } = node.station;
  node.k3s.site.share(others.map(peer => ({ ...peer })));
  for (const path of [
    'server/db',
    'server/tls',
    'server/cred',
    'server/token',
    'server/node-token',
    'server/agent-token',
  ])
    tree.removeAll(`/var/lib/rancher/k3s/${path}`);
  writeConfig(node, text);
}
