import type { Remedy } from '../../../../preload/contract/doctor.ts';
import { renewCertificates, rotateCertificates } from './certificates.ts';
import { freeDisk } from './free-disk.ts';
import { fixFstab } from './fix-fstab.ts';
import { containerdAside } from './containerd-aside.ts';
import { etcdAside } from './etcd-aside.ts';
import { readOffCard } from './read-off-card.ts';
import { refused } from './frame.ts';
import type { AnyRemedy } from './frame.ts';
import { importImages } from './import-images.ts';
import { putToken } from './put-token.ts';
import { rejoinMember } from './rejoin-member.ts';
import { repairConfig } from './repair-config.ts';
import { restartK3s } from './restart-k3s.ts';
import { setClock } from './set-clock.ts';

/** The remedies there are. */
const kinds: Partial<Record<Remedy, AnyRemedy>> = {
  'free-disk': freeDisk,
  'fix-fstab': fixFstab,
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
};

/** Throws `refused` for a remedy that this version does not carry. */
export function kindOf(remedy: Remedy): AnyRemedy {
  const kind = kinds[remedy];
  if (kind) return kind;
  throw refused(
    remedy,
    'This version of Coldstart does not carry that remedy.',
    'Repair it in the terminal.',
  );
}
