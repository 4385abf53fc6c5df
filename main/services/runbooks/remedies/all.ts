import type { Remedy } from '../../../../preload/contract/doctor.ts';
import { renewCertificates, rotateCertificates } from './certificates.ts';
import { freeDisk } from './free-disk.ts';
import { fixFstab } from './fix-fstab.ts';
import { containerdAside } from './containerd-aside.ts';
import { etcdAside } from './etcd-aside.ts';
import { readOffCard } from './read-off-card.ts';
import type { AnyRemedy } from './frame.ts';
import { importImages } from './import-images.ts';
import { putToken } from './put-token.ts';
import { recorderInstall, recorderRemove } from './recorder.ts';
import { rejoinMember } from './rejoin-member.ts';
import { repairConfig } from './repair-config.ts';
import { restartK3s } from './restart-k3s.ts';
import { setAddress } from './set-address.ts';
import { setClock } from './set-clock.ts';
import { snapshotS3 } from './snapshot-s3.ts';
import { snapshotSchedule } from './snapshot-schedule.ts';
import { wanGuardInstall, wanGuardRemove } from './wan-guard.ts';

/** The remedies there are. */
const kinds: Readonly<Record<Remedy, AnyRemedy>> = {
  'free-disk': freeDisk,
  'fix-fstab': fixFstab,
  'set-address': setAddress,
  'set-clock': setClock,
  'put-token': putToken,
  'repair-config': repairConfig,
  'containerd-aside': containerdAside,
  'etcd-aside': etcdAside,
  'read-off-card': readOffCard,
  'import-images': importImages,
  'rejoin-member': rejoinMember,
  'restart-k3s': restartK3s,
  'renew-certificates': renewCertificates,
  'rotate-certificates': rotateCertificates,
  'snapshot-schedule': snapshotSchedule,
  'snapshot-s3': snapshotS3,
  'recorder-install': recorderInstall,
  'recorder-remove': recorderRemove,
  'wan-guard-install': wanGuardInstall,
  'wan-guard-remove': wanGuardRemove,
};

export const kindOf = (remedy: Remedy): AnyRemedy => kinds[remedy];
