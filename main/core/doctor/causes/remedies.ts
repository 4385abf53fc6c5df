import type { FindingRemedy, Remedy } from '../../../../preload/contract/doctor.ts';

const titles: Record<Remedy, string> = {
  'free-disk': 'Free disk space',
  'set-clock': 'Set the clock',
  'renew-certificates': 'Restart with renewed certificates',
  'rotate-certificates': 'Rotate the certificates',
  'set-address': 'Give the old address back',
  'fix-fstab': 'Repair fstab and leave emergency mode',
  'etcd-aside': 'Move the broken datastore aside',
  'containerd-aside': 'Move the container store aside',
  'import-images': 'Bring the images again',
  'repair-config': 'Repair the configuration',
  'put-token': 'Put the right token',
  'rejoin-member': 'Join the cluster again',
  'restart-k3s': 'Restart K3s',
  'read-off-card': 'Read everything worth saving off the card',
  'snapshot-schedule': 'Change the snapshot schedule',
  'snapshot-s3': 'Send the snapshots to an S3 store too',
  'recorder-install': 'Let the node log its own metrics',
  'recorder-remove': 'Let the node log its metrics no more',
  'wan-guard-install': 'Guard the way out of the site',
  'wan-guard-remove': 'Guard the way out no more',
};

/** A remedy to offer, with what it may lose. */
export const remedy = (name: Remedy, mayLose?: string): FindingRemedy => ({
  remedy: name,
  title: titles[name],
  ...(mayLose !== undefined && { mayLose }),
});
