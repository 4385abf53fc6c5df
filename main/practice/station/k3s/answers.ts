import type { Answered } from '../commands/fetch.ts';
import type { Station } from '../station.ts';
import type { K3s } from './server.ts';
import { readWal } from './wal.ts';

const server = '/var/lib/rancher/k3s/server';
const json = (value: unknown): string => JSON.stringify(value);
const refusedBody = json({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: 'Unauthorized',
  reason: 'Unauthorized',
  code: 401,
});

/** What K3s answers on loopback without credentials; undefined where nobody listens. */
export function answersOf(station: Station, k3s: K3s): (url: string) => Answered | undefined {
  const ok = (body: string): Answered => ({ status: 200, body });
  return url => {
    const [, host = '', port = '', path = '/'] =
      /^https?:\/\/\[?([^\]/:]+)\]?(?::(\d+))?(\/[^?]*)?/.exec(url) ?? [];
    const here = /^(127\.|localhost$|::1$)/.test(host) || host === k3s.kept.nodeIp;
    if (!here) return undefined;
    if (port === '2381') return etcd(station, k3s, path);
    if (!k3s.running) return undefined;
    if (port === '10248')
      return path === '/healthz' ? ok('ok') : { status: 404, body: '404 page not found\n' };
    if (port !== '6443') return undefined;
    if (path === '/ping') return ok('pong');
    if (path === '/cacerts') return ok(station.tree.read(`${server}/tls/server-ca.crt`));
    if (path === '/db/info' && k3s.datastore === 'etcd')
      return ok(`${json({ members: members(station, k3s) })}\n`);
    return { status: 401, body: `${refusedBody}\n` };
  };
}

function members(station: Station, k3s: K3s): unknown[] {
  const wal = readWal(station.tree);
  const list = wal && typeof wal === 'object' && 'members' in wal ? wal.members : [k3s.self()];
  return list.map(({ name, peer }, i) => ({
    ID: 8_276_657_743_932_975 + i,
    name,
    peerURLs: [peer],
    clientURLs: [peer.replace(':2380', ':2379')],
  }));
}

/** The metrics port of etcd: open as soon as etcd runs, also while it has no leader. */
function etcd(station: Station, k3s: K3s, path: string): Answered | undefined {
  if (k3s.datastore !== 'etcd') return undefined;
  const wal = readWal(station.tree);
  const waits = k3s.waitsForLeader;
  if (!k3s.running && !waits) return undefined;
  const alarm = wal && typeof wal === 'object' && 'alarm' in wal ? wal.alarm : undefined;
  if (path === '/health') {
    const reason = waits ? 'RAFT NO LEADER' : alarm ? `ALARM ${alarm}` : '';
    return { status: reason ? 503 : 200, body: json({ health: reason ? 'false' : 'true', reason }) };
  }
  return path === '/metrics'
    ? { status: 200, body: metrics(station, waits) }
    : { status: 404, body: '404\n' };
}

/** Upper bounds in seconds, and the part of all commits below each on a good disk and on a slow one. */
const commits = [
  [0.001, 0.5, 0],
  [0.008, 0.995, 0.2],
  [0.032, 1, 0.4],
  [0.128, 1, 0.8],
  [1.024, 1, 1],
] as const;

function metrics(station: Station, waits: boolean): string {
  const slow = station.services.running().some(unit => unit.name === 'site-camera.service');
  const buckets = [0.001, 0.004, 0.016, 0.064, 0.256, 1.024, 4.096];
  // A write every quarter of a second since the node started.
  const count = 4000 + Math.floor((station.now() - station.bootedAt) / 250);
  // A slow disk takes seconds for one write in ten.
  const below = (le: number): number =>
    slow
      ? Math.round(count * Math.min(1, le < 1 ? 0.5 : le < 4 ? 0.9 : 1))
      : Math.round(count * (le < 0.004 ? 0.7 : le < 0.016 ? 0.995 : 1));
  return [
    '# HELP etcd_server_has_leader Whether or not a leader exists. 1 is existence, 0 is not.',
    `etcd_server_has_leader ${waits ? 0 : 1}`,
    `etcd_server_is_leader ${waits ? 0 : 1}`,
    'etcd_server_leader_changes_seen_total 1',
    `etcd_mvcc_db_total_size_in_bytes ${25_165_824 + count * 512}`,
    `etcd_mvcc_db_total_size_in_use_in_bytes ${12_582_912 + count * 300}`,
    `etcd_disk_wal_write_bytes_total ${count * 1300}`,
    'etcd_server_quota_backend_bytes 2.147483648e+09',
    'etcd_server_version{server_version="3.5.21"} 1',
    ...buckets.map(le => `etcd_disk_wal_fsync_duration_seconds_bucket{le="${le}"} ${below(le)}`),
    `etcd_disk_wal_fsync_duration_seconds_bucket{le="+Inf"} ${count}`,
    `etcd_disk_wal_fsync_duration_seconds_sum ${slow ? 1900 : (count * 0.001).toFixed(3)}`,
    `etcd_disk_wal_fsync_duration_seconds_count ${count}`,
    ...commits.map(
      ([le, part, slowly]) =>
        `etcd_disk_backend_commit_duration_seconds_bucket{le="${le}"} ${Math.floor((count / 4) * (slow ? slowly : part))}`,
    ),
    `etcd_disk_backend_commit_duration_seconds_bucket{le="+Inf"} ${Math.floor(count / 4)}`,
    `etcd_disk_backend_commit_duration_seconds_sum ${((count / 4) * (slow ? 0.5 : 0.002)).toFixed(3)}`,
    `etcd_disk_backend_commit_duration_seconds_count ${Math.floor(count / 4)}`,
    '',
  ].join('\n');
}
