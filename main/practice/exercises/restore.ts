import { data, oldKept } from './text.ts';
import type { ExerciseText } from './text.ts';

const server = `${data}/server`;

/** The way back of a cluster, practised with a good snapshot and with what goes wrong. Lost quorum has its own. */
export const restoresToDo: readonly ExerciseText[] = [
  {
    exercise: 'restore-deleted',
    title: 'Deleted by mistake',
    goal: 'Bring the cluster back to the newest snapshot.',
    story:
      'A colleague tidied up and deleted two of the four services in kube-system. K3s is well, and the snapshot of last night has all four.',
    hints: [
      'k3s kubectl get deployments -A shows what is left. A snapshot taken now would lack the same two.',
      'On the page Snapshots: look what the node holds, pull the newest one, and read its proof.',
      'Then “Restore this”, and the way “One server”. By hand: systemctl stop k3s; k3s server --cluster-reset --cluster-reset-restore-path=/FULL/PATH; systemctl start k3s.',
    ],
    measures: [
      {
        says: 'All four services of kube-system are there again.',
        script: '[ "$(k3s kubectl get deployments -A --no-headers | wc -l)" -eq 4 ]',
      },
      {
        says: 'The data as they were before were moved aside and not deleted.',
        script: oldKept.script,
      },
    ],
  },
  {
    exercise: 'restore-wrong-token',
    title: 'A snapshot the token does not open',
    goal: 'Restore the newest snapshot with the token it was made with.',
    story:
      'The datastore is damaged, and in the hurry somebody put the token of another site on this server. The right one is on a sheet: /root/token-of-this-site.txt.',
    hints: [
      'The proof of a snapshot tells which token opens it, by the first digits of its hash.',
      'K3s would say: bootstrap data already found and encrypted with different token. Nothing is wrong with the snapshot.',
      'Copy the sheet to /var/lib/rancher/k3s/server/token, or give it to the reset with --token; then restore.',
    ],
    measures: [
      {
        says: 'The server has the token of this site again.',
        script: `[ "$(cat ${server}/token)" = "$(cat /root/token-of-this-site.txt)" ]`,
      },
      oldKept,
    ],
  },
  {
    exercise: 'restore-truncated',
    title: 'The newest snapshot is cut short',
    goal: 'Restore the newest snapshot that is whole.',
    story:
      'The power failed while a snapshot was being copied back to this server, and the datastore went with it. Several snapshots lie there; the newest is not what it seems.',
    hints: [
      'Look at the sizes: ls -l /var/lib/rancher/k3s/server/db/snapshots',
      'K3s would say: snapshot missing hash. A snapshot ends with a SHA-256 of all before it, and this one ends too early.',
      'Take the one before it, prove it, and restore that.',
    ],
    measures: [
      oldKept,
      {
        says: 'No snapshot was deleted.',
        script: `[ "$(ls ${server}/db/snapshots | wc -l)" -ge 3 ]`,
      },
    ],
  },
];
