import type { Cause, Finding } from '../../../preload/contract/doctor.ts';
import { cgroupMissing, cgroupV1, emergencyFstab } from './causes/boot.ts';
import { certificateExpired, clockWrong } from './causes/clock.ts';
import { configTypo } from './causes/config.ts';
import { containerdCorrupt, imageMissing } from './causes/containers.ts';
import { cardReadOnly, diskFull, inodesFull, slowDisk } from './causes/disk.ts';
import {
  bboltCorrupt,
  etcdCorruptAlarm,
  etcdQuota,
  logLost,
  lostQuorum,
  walCorrupt,
  walTorn,
} from './causes/etcd.ts';
import { badToken, duplicateName, removedMember, tokenDiffers } from './causes/identity.ts';
import { ipChanged, noDefaultRoute, portTaken } from './causes/network.ts';
import type { Brought } from './piece.ts';
import type { Matcher, Suspect } from './suspect.ts';
import { viewOf } from './view.ts';
import type { View } from './view.ts';

/** Every cause with what looks for it, in the order of the triage: power and clock, disk, boot, configuration, cluster, data. */
const matchers: Readonly<Record<Cause, Matcher>> = {
  'clock-wrong': clockWrong,
  'card-read-only': cardReadOnly,
  'disk-full': diskFull,
  'inodes-full': inodesFull,
  'emergency-fstab': emergencyFstab,
  'cgroup-missing': cgroupMissing,
  'cgroup-v1': cgroupV1,
  'config-typo': configTypo,
  'port-taken': portTaken,
  'no-default-route': noDefaultRoute,
  'ip-changed': ipChanged,
  'certificate-expired': certificateExpired,
  'token-differs': tokenDiffers,
  'bad-token': badToken,
  'duplicate-name': duplicateName,
  'removed-member': removedMember,
  'etcd-quota': etcdQuota,
  'etcd-corrupt-alarm': etcdCorruptAlarm,
  'wal-corrupt': walCorrupt,
  'bbolt-corrupt': bboltCorrupt,
  'log-lost': logLost,
  'wal-torn': walTorn,
  'lost-quorum': lostQuorum,
  'slow-disk': slowDisk,
  'containerd-corrupt': containerdCorrupt,
  'image-missing': imageMissing,
};
const triage = Object.keys(matchers) as Cause[];

/** What each cause brings along: left out while the cause is at least likely, unless it is certain by itself. */
const bringsAlong: Partial<Record<Cause, readonly Cause[]>> = {
  'clock-wrong': ['certificate-expired', 'lost-quorum', 'image-missing', 'bad-token'],
  'card-read-only': ['slow-disk', 'containerd-corrupt', 'lost-quorum', 'image-missing'],
  'disk-full': ['slow-disk', 'containerd-corrupt', 'lost-quorum', 'image-missing'],
  'inodes-full': ['slow-disk', 'containerd-corrupt', 'lost-quorum', 'image-missing'],
  'emergency-fstab': ['no-default-route', 'ip-changed', 'cgroup-missing'],
  'config-typo': ['no-default-route'],
  'no-default-route': ['ip-changed'],
  'certificate-expired': ['lost-quorum', 'bad-token'],
  'removed-member': ['lost-quorum', 'log-lost'],
  'ip-changed': ['lost-quorum'],
  'wal-corrupt': ['lost-quorum'],
  'bbolt-corrupt': ['lost-quorum'],
  'log-lost': ['lost-quorum'],
  'etcd-corrupt-alarm': ['lost-quorum'],
  'slow-disk': ['lost-quorum'],
  'lost-quorum': ['slow-disk'],
};
/** The same thing said in other words: of two such, only the one that names it rightly stays. */
const means: Partial<Record<Cause, readonly Cause[]>> = {
  'token-differs': ['bad-token'],
  'removed-member': ['ip-changed'],
  'wal-corrupt': ['wal-torn'],
  'containerd-corrupt': ['image-missing'],
};

const weight = { certain: 2, likely: 1, possible: 0 } as const;

function hides(cause: Suspect, other: Suspect): boolean {
  if (weight[cause.sure] === 0 || weight[cause.sure] < weight[other.sure]) return false;
  if ((means[cause.cause] ?? []).includes(other.cause)) return true;
  return other.sure !== 'certain' && (bringsAlong[cause.cause] ?? []).includes(other.cause);
}

/** Of two that point at each other the surer one stays, and of equals the one that comes first in the triage. */
function withoutConsequences(suspects: readonly Suspect[]): readonly Suspect[] {
  const rank = (one: Suspect): number => triage.indexOf(one.cause) - 1000 * weight[one.sure];
  return suspects.filter(
    other =>
      !suspects.some(cause => hides(cause, other) && !(hides(other, cause) && rank(other) < rank(cause))),
  );
}

// What is only possible comes behind what is known, whatever its place in the triage.
const order = ({ cause, sure }: Suspect): number =>
  triage.indexOf(cause) + (sure === 'possible' ? triage.length : 0);

/** The causes that fit what was brought, in the order of the triage; consequences of another finding are left out. */
export function findingsOf(view: View): readonly Finding[] {
  const suspects = triage.flatMap(cause => matchers[cause](view) ?? []);
  return withoutConsequences(suspects)
    .map(suspect => ({ ...suspect, order: order(suspect) }))
    .toSorted((a, b) => a.order - b.order);
}

export const findings = (brought: Brought): readonly Finding[] => findingsOf(viewOf(brought));
