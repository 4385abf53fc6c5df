import type { ProofPart } from '../../../preload/contract/snapshots/proof.ts';
import { mebibytes } from '../bag-space.ts';
import type { ProofContext } from './context.ts';
import { newestVersions, ontoVersion } from './k3s-versions.ts';
import type { SnapshotRead } from './measured.ts';
import { shown } from './names.ts';
import { part, plural } from './part.ts';

/** The newest version among the servers: what wrote last decides what may read. */
export const versionInside = ({ contents }: SnapshotRead): string | undefined =>
  newestVersions(contents.nodes.filter(node => node.role === 'server').map(node => node.k3sVersion))[0];

/** Of etcd, as far as the snapshot says: 3.6 and newer write it down twice. */
export const etcdInside = ({ facts }: SnapshotRead): string | undefined =>
  facts.storageVersion ?? facts.clusterVersion;

/** The same version is the path, one minor up warns, more and every lower one is refused (safety rule 5). */
export function versionsPart(read: SnapshotRead, { target, bundles }: ProofContext): ProofPart {
  const inside = versionInside(read);
  const etcd = etcdInside(read);
  if (inside === undefined)
    return part('versions', 'not-checked', 'No server in it says which K3s version it ran.', {
      next: 'Find out the version by other means: a restore needs exactly that one.',
    });
  const made = `It was made by K3s ${inside}${etcd === undefined ? '' : ` with etcd ${etcd}`}`;
  const inVault = bundles.some(bundle => bundle.k3sVersion === inside);
  const same = inVault
    ? `Install K3s ${inside} from the vault first.`
    : `Get a bundle of K3s ${inside} first; none is in the vault.`;
  if (!target) return part('versions', 'passed', `${made}. Restore it onto that same version.`);
  const runs = `${target.name} runs ${target.k3sVersion}`;
  switch (ontoVersion(inside, target.k3sVersion)) {
    case 'same':
      return part('versions', 'passed', `${made}, and ${target.name} runs the same.`);
    case 'newer-patch':
      return part('versions', 'warning', `${made}; ${runs}, a newer patch of it.`, {
        next: `The tried way is the same version. ${same}`,
      });
    case 'one-minor-up':
      return part('versions', 'warning', `${made}; ${runs}, one minor version newer.`, {
        next: `The tried way is the same version. ${same}`,
      });
    case 'too-new':
      return part('versions', 'failed', `${made}; ${runs}. That is too far apart for a restore.`, {
        next: same,
      });
    case 'lower':
      return part('versions', 'failed', `${made}; ${runs}. An older K3s cannot read a newer snapshot.`, {
        next: same,
      });
    case 'unknown':
      return part(
        'versions',
        'not-checked',
        `${made}; what ${target.name} runs could not be compared with it.`,
        { next: 'Look at the node, then prove the snapshot again.' },
      );
    default:
      return part('versions', 'not-checked', `${made}.`);
  }
}

const hour = 3_600_000;
const day = 24 * hour;

function ago(ms: number): string {
  if (ms < 2 * hour) return plural(Math.max(0, Math.round(ms / 60_000)), 'minute');
  return ms < 2 * day ? plural(Math.round(ms / hour), 'hour') : plural(Math.floor(ms / day), 'day');
}

/** How much happened at the site since; told, but an old snapshot restores as well as a new one. */
export function agePart({ contents }: SnapshotRead, { at, savedAt, supplyRunDays }: ProofContext): ProofPart {
  const moment = savedAt ?? contents.lastHeartbeat;
  const ms = moment === undefined ? NaN : at.getTime() - Date.parse(moment);
  if (Number.isNaN(ms)) return part('age', 'not-checked', 'Nothing says when it was saved.');
  if (ms < -5 * 60_000)
    return part('age', 'warning', `By the laptop’s clock it was saved in the future (${moment ?? ''}).`, {
      next: 'Compare the clocks of the laptop and of the node.',
    });
  const how = savedAt === undefined ? 'Its nodes were last heard of' : 'It was saved';
  return ms > supplyRunDays * day
    ? part(
        'age',
        'warning',
        `${how} ${ago(ms)} ago, longer than the ${plural(supplyRunDays, 'day')} between two supply runs.`,
        {
          next: 'Take a newer one while the cluster still works.',
        },
      )
    : part('age', 'passed', `${how} ${ago(ms)} ago.`);
}

/** Who is in the cluster it came from: those machines must be stopped or emptied before it is restored. */
export function membersPart({ facts, contents }: SnapshotRead): ProofPart {
  const learners = facts.members.filter(member => member.isLearner);
  const servers = contents.nodes.filter(node => node.role === 'server');
  const names = shown([
    ...facts.members.map(
      ({ name, peerUrls }) => `etcd: ${name === '' ? 'never started' : name} ${peerUrls.join(' ')}`,
    ),
    ...contents.nodes.map(
      node => `${node.role}: ${node.name} ${node.addresses.join(' ')} ${node.k3sVersion}`,
    ),
  ]);
  const agents = contents.nodes.length - servers.length;
  const says = `${plural(facts.members.length, 'member')} of etcd; ${plural(servers.length, 'server')} and ${plural(agents, 'agent')}.`;
  if (servers.length === 0)
    return part('members', 'warning', `${says} No server of Kubernetes is in it.`, {
      names,
      next: 'Make sure it is the snapshot you mean.',
    });
  if (learners.length > 0)
    return part('members', 'warning', `${says} ${plural(learners.length, 'member')} had not caught up yet.`, {
      names,
    });
  return facts.members.length > 0 && facts.members.length % 2 === 0
    ? part('members', 'warning', `${says} An even number of members is no safer than one less.`, { names })
    : part('members', 'passed', says, { names });
}

/** A CORRUPT alarm travels with the snapshot, and K3s does not start with it. NOSPACE is lifted by K3s at its start. */
export function alarmsPart({ facts }: SnapshotRead): ProofPart {
  const { alarms } = facts;
  const names = shown(alarms.map(({ kind, member }) => `${kind} on member ${member}`));
  if (alarms.some(alarm => alarm.kind === 'corrupt'))
    return part(
      'alarms',
      'failed',
      'etcd had raised the alarm CORRUPT: its members did not agree on the data.',
      {
        names,
        next: 'Restore an older snapshot from before the alarm.',
      },
    );
  if (alarms.length > 0)
    return part(
      'alarms',
      'warning',
      'etcd had raised an alarm that its space is used up. K3s lifts it at its next start.',
      {
        names,
        next: 'After a restore find what writes so much, or raise the quota.',
      },
    );
  return part('alarms', 'passed', 'No alarm was raised.');
}

/** etcd's own default; K3s does not change it. */
const usualQuota = 2 * 1024 ** 3;

/** At its quota etcd takes no more writes; a restore does not make the database smaller at once. */
export function quotaPart({ status, contents }: SnapshotRead): ProofPart {
  const quota = contents.quota ?? usualQuota;
  const share = Math.round((status.totalSize / quota) * 100);
  const says = `The database has ${mebibytes(status.totalSize)}, ${share} % of ${contents.quota === undefined ? 'etcd’s usual limit' : 'the limit set on its servers'} (${mebibytes(quota)}).`;
  return share >= 80
    ? part('quota', 'warning', says, {
        next: 'Find what writes so much, or raise it: etcd-arg: quota-backend-bytes=4294967296',
      })
    : part('quota', 'passed', says);
}
