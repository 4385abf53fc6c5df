import type { LogLine } from '../log.ts';
import { persists } from '../log.ts';
import { heard, now, ofTheDisk, picked } from '../suspect.ts';
import type { Matcher, Suspect } from '../suspect.ts';
import { quote } from '../view.ts';
import type { View } from '../view.ts';
import { remedy } from './remedies.ts';

const aside =
  'What was written since the newest snapshot is lost on a single server; with others alive nothing is.';
const broken =
  'With other servers alive: remove this one there, move its datastore aside, start it, it joins again. Alone: move the datastore aside and restore the newest snapshot. Copy everything first.';
const setAside = [
  remedy('etcd-aside', aside),
  remedy('rejoin-member', 'The local copy of the datastore is moved aside, not deleted.'),
];

const quota = {
  any: [
    'mvcc: database space exceeded',
    /etcdserver: no space(?! left)/,
    'alarm nospace',
    'alarm:nospace',
    '"alarm":"nospace"',
    'message exceeded backend quota; raising alarm',
  ],
};

/** etcd refuses writes because its file has grown to its limit. A restart may have cured it meanwhile. */
export const etcdQuota: Matcher = view => {
  const cured = view.k3s.now.findLastIndex(({ low }) => low.includes('nospace disarmed successfully'));
  const lines = heard(view.k3s.now.slice(cured + 1), quota);
  if (lines.length === 0) return undefined;
  return {
    cause: 'etcd-quota',
    sure: 'certain',
    says: 'The datastore has reached its size limit and refuses to write.',
    lines: picked(lines),
    not: 'The disk is not full: the limit is etcd’s own.',
    next: 'Restart K3s: it tidies its datastore up and lifts the alarm at the start. Find who writes so much; if it comes back, set etcd-arg: quota-backend-bytes=4294967296.',
    remedies: [remedy('restart-k3s')],
  };
};

/** etcd noticed that its members hold different data. */
export const etcdCorruptAlarm: Matcher = view => {
  const lines = now(view, {
    any: [
      /corrupt alarm must be disarmed manually/,
      'etcdserver: corrupt cluster',
      '"alarm":"corrupt"',
      'alarm:corrupt',
      /alarm on etcd member \S+: corrupt/,
    ],
  });
  if (lines.length === 0) return undefined;
  return {
    cause: 'etcd-corrupt-alarm',
    sure: 'certain',
    says: 'etcd raised the alarm that its data is corrupt, and stops serving.',
    lines: picked(lines),
    not: 'It is not the size limit, whose alarm goes away by itself.',
    next: broken,
    remedies: setAside,
  };
};

const walBroken = {
  any: [
    'failed to read wal, cannot be repaired',
    'read wal error',
    /walpb: ?crc mismatch/,
    'wal: max entry size limit exceeded',
    'failed to open wal',
    'open wal error',
    'wal: file not found',
    'failed to repair wal',
  ],
  but: ofTheDisk,
};

/** The log of the datastore is damaged beyond what etcd repairs. */
export const walCorrupt: Matcher = view => {
  const lines = now(view, walBroken).filter(line => !healed(view, line));
  if (lines.length === 0) return undefined;
  return {
    cause: 'wal-corrupt',
    sure: 'certain',
    says: 'The log of the datastore is damaged, and etcd cannot repair it.',
    lines: picked(lines),
    not: 'It is not a log that was only cut short by a power failure: that one heals itself.',
    next: broken,
    remedies: setAside,
  };
};
const repaired = { any: ['repaired wal', /wal\/repair\.go.*"msg":"repaired"/, /\bwal: repaired\b/] };
/** etcd first says that it cannot read the end of its log, then that it repaired it. */
const healed = (view: View, line: LogLine): boolean => {
  const at = view.k3s.now.indexOf(line);
  return (
    !line.low.includes('cannot be repaired') && heard(view.k3s.now.slice(at, at + 12), repaired).length > 0
  );
};

/** A power failure cut the log short; etcd repaired it in this very start. */
export const walTorn: Matcher = view => {
  const lines = heard(view.k3s.sinceStart, {
    any: [...repaired.any, /wal\/repair\.go.*"msg":"repairing"/, /\brepairing wal\b/],
  });
  if (heard(lines, repaired).length === 0) return undefined;
  return {
    cause: 'wal-torn',
    sure: 'certain',
    says: 'The power failed while the datastore was written; etcd repaired its log by itself.',
    lines: picked(lines, 2),
    not: 'It is not a corrupt log: nothing needs to be repaired.',
    next: 'Nothing to repair. Take a snapshot now, and look after the disk and the power supply.',
    remedies: [],
  };
};

const bolt = {
  any: [
    'failed to open database',
    'freepages: failed to get all reachable pages',
    'assertion failed: page expected to be',
    /page \d+ already freed/,
    /\binvalid database\b/,
    'failed to read consistent index',
    'failed to find database snapshot file',
    'failed to recover v3 backend from snapshot',
  ],
  but: [...ofTheDisk, 'containerd', 'meta.db', 'sqlite'],
};
/** A Go panic names its place some lines below. */
function panicked(lines: readonly LogLine[]): readonly LogLine[] {
  return lines.filter(
    ({ low }, i) =>
      low.includes('slice bounds out of range') &&
      lines
        .slice(i, i + 40)
        .some(one => /bbolt|bolt\.\(|mvcc/.test(one.low) && !one.low.includes('containerd')),
  );
}

/** The datastore's file itself is damaged. */
export const bboltCorrupt: Matcher = view => {
  const lines = [...now(view, bolt), ...panicked(view.k3s.now)];
  if (lines.length === 0) return undefined;
  return {
    cause: 'bbolt-corrupt',
    sure: 'certain',
    says: 'The file of the datastore is damaged; etcd cannot open it.',
    lines: picked(lines),
    not: 'It is not the log beside it, and not the disk as far as the kernel says.',
    next: broken,
    remedies: setAside,
  };
};

/** This member's log lacks what it had promised to the others: its disk lost writes. */
export const logLost: Matcher = view => {
  const lines = now(view, {
    any: [
      /tocommit\(\d+\) is out of range \[lastindex\(/,
      'found data inconsistency with peers',
      'snap: crc mismatch',
    ],
    but: ofTheDisk,
  });
  if (lines.length === 0) return undefined;
  return {
    cause: 'log-lost',
    sure: 'certain',
    says: 'This server’s datastore lacks entries that it had confirmed to the others.',
    lines: picked(lines),
    not: 'It is not a lost quorum: the others can go on without it.',
    next: 'Remove this server from the cluster and let it join again with an empty datastore. Never keep its disk: it confirmed writes it did not keep.',
    remedies: [remedy('rejoin-member', 'The local copy of the datastore is moved aside, not deleted.')],
  };
};

const leaderless = {
  any: [
    'etcdserver: no leader',
    'is starting a new election at term',
    'prober detected unhealthy status',
    /\braft\b.*lost leader|lost leader [0-9a-f]+ at term/,
  ],
};
const stalled = { any: ['etcdserver: request timed out', 'failed to test etcd connection'] };
const elected = /elected leader [0-9a-f]+ at term|became leader at term/;

/** Too few servers see each other. Every healthy start has moments of this, so it counts only when it goes on. */
export const lostQuorum: Matcher = view => {
  const { k3s, facts } = view;
  const leader = k3s.now.findLastIndex(({ low }) => elected.test(low));
  const without = heard(k3s.now.slice(leader + 1), leaderless);
  const again = heard(without, { any: ['is starting a new election at term'] });
  const young = k3s.startAge !== undefined && k3s.startAge < 60_000;
  const { health, hasLeader } = facts.etcd;
  const blind = !young && (hasLeader === false || (health?.ok === false && /leader/i.test(health.line)));
  // The datastore itself says that it has no leader: then three elections in vain are enough.
  const goesOn = persists(without, k3s.now) || (blind && again.length > 2) ? without : [];
  if (goesOn.length === 0 && !blind) return undefined;
  const lasts = persists(without, k3s.now);
  return quorum(blind && lasts ? 'certain' : goesOn.length > 0 ? 'likely' : 'possible', [
    ...picked(goesOn),
    ...picked(heard(k3s.now, stalled), 1),
    ...(blind && health ? [quote('etcd.health', health.line)] : []),
    ...(blind && hasLeader === false ? [quote('etcd.metrics', 'etcd_server_has_leader 0')] : []),
  ]);
};
const quorum = (sure: Suspect['sure'], lines: Suspect['lines']): Suspect => ({
  cause: 'lost-quorum',
  sure,
  says: 'Too few servers of the cluster see each other, so there is no leader and nothing can be written.',
  lines,
  not: 'It is not this server’s own datastore: it waits for the others.',
  next: 'First bring the other servers back: power, cable, disk. Only if they are gone for good, reset the cluster on the server with the newest data, and never on two of them.',
  remedies: [],
});
