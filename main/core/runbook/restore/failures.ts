import { withoutEscapes } from '../../escapes.ts';

/** Why a restore did not work, in plain words, and what helps. */
export interface RestoreFailure {
  readonly says: string;
  readonly next: string;
}

interface Known extends RestoreFailure {
  /** Part of what K3s prints. Texts are compared, never levels: newer releases log success as an error. */
  readonly text: RegExp;
}

const goOn = 'Then continue the run.';

/**
 * What K3s says when a restore, a reset or the first start after one fails (k3s `pkg/cli/server/server.go`,
 * `pkg/etcd/etcd.go`, `pkg/cluster/{bootstrap,managed,storage}.go`). The first that fits counts.
 */
const known: readonly Known[] = [
  {
    text: /invalid flag use; --cluster-reset required/,
    says: 'K3s was given a snapshot without being told to reset.',
    next: `Take cluster-reset-restore-path out of /etc/rancher/k3s/config.yaml and its config.yaml.d. ${goOn}`,
  },
  {
    text: /etcd: snapshot path (?:does not exist|must be a file)/,
    says: 'K3s does not find the snapshot where it was put.',
    next: 'Continue the run: it brings the snapshot once more.',
  },
  {
    text: /snapshot missing hash but --skip-hash-check=false/,
    says: 'The file has no SHA-256 at its end: it is cut short, or a raw copy of member/snap/db.',
    next: 'Choose another snapshot. For a raw copy of a dead disk there is a restore of its own (raw-db).',
  },
  {
    text: /expected sha256 \[[\d ]+\], got \[/,
    says: 'The snapshot is damaged: its SHA-256 is another than the one at its end.',
    next: 'Prove the copies there are (snapshot prove), and restore one that passes.',
  },
  {
    text: /bootstrap data already found and encrypted with different token/,
    says: 'The server token does not belong to this snapshot.',
    next: 'Put the token of that time in (remedy put-token), or choose the snapshot that the token opens.',
  },
  {
    text: /no bootstrap data found in datastore/,
    says: 'The datastore is empty, or it is not one of K3s.',
    next: 'Prove the snapshot (snapshot prove): it has to hold /bootstrap of this site. Restore another one.',
  },
  {
    text: /failed to normalize (?:server )?token/,
    says: 'The server token is malformed, or it is a bootstrap token, which opens no datastore.',
    next: `Put the full server token in (remedy put-token). ${goOn}`,
  },
  {
    text: /server\/token does not exist, please pass --token/,
    says: 'There is no server token on this machine, so K3s cannot open the snapshot.',
    next: `Put the token of the site in (remedy put-token). ${goOn}`,
  },
  {
    text: /newer than datastore and could cause a cluster outage/,
    says: 'Certificates on the disk are newer than those in the snapshot, so K3s does not dare to start. The clock jumped, or somebody changed them.',
    next: 'Move exactly the files its log names out of /var/lib/rancher/k3s/server, and continue the run: K3s makes them anew from the datastore.',
  },
  {
    text: /unexpected compressed etcd snapshot contents/,
    says: 'The packed snapshot holds more than one file, so K3s does not take it.',
    next: 'Unpack the right file on the laptop, and restore that.',
  },
  {
    text: /[Ff]ailed to reconcile with (?:temporary etcd:|local datastore:)/,
    says: 'The old database on this machine cannot be read, and K3s looks at it first.',
    next: `Move it aside (remedy etcd-aside). ${goOn}`,
  },
  {
    text: /tombstone file has been detected but --server is empty/,
    says: 'This server was taken out of its cluster once, and a mark of that is still there.',
    next: 'It has to join another server (remedy rejoin-member), or the file /var/lib/rancher/k3s/server/db/etcd/tombstone goes with its old data (remedy etcd-aside).',
  },
  {
    text: /duplicate node name found, please use a unique name/,
    says: 'A member of that name is in the cluster already.',
    next: 'Delete the old Node first (k3s kubectl delete node NAME), then continue the run.',
  },
  {
    text: /[Nn]ode password rejected/,
    says: 'The restored cluster knows this node by another password.',
    next: 'Delete the Secret NAME.node-password.k3s in kube-system, then continue the run: the node registers anew.',
  },
  {
    text: /cannot perform cluster-reset while server URL is set/,
    says: 'The settings of this server tell it to join another one, and K3s does not reset then.',
    next: `Take server: and K3S_URL out of its settings, also in config.yaml.d and the service’s environment. ${goOn}`,
  },
  {
    text: /cluster membership was previously reset, please remove the cluster-reset flag/,
    says: 'This server was reset before and was not started since; K3s does it only once.',
    next: 'Start K3s here. If it has to be reset once more, move /var/lib/rancher/k3s/server/db/reset-flag aside, then continue the run.',
  },
  {
    text: /invalid downgrade; server version is lower/,
    says: 'The snapshot was made by a newer etcd than this K3s has.',
    next: 'Install the K3s of the snapshot first, or a newer one of the same minor, then make a new plan.',
  },
  {
    text: /listen tcp [^\n]{0,60}bind: address already in use/,
    says: 'K3s, or something else, still runs here and holds a port K3s needs.',
    next: `Stop it. ${goOn}`,
  },
  {
    text: /no space left on device/i,
    says: 'The disk is full.',
    next: `Make room (remedy free-disk). ${goOn}`,
  },
  {
    text: /[Ff]ailed to test etcd connection/,
    says: 'K3s waits for its etcd, which does not answer.',
    next: 'Have the doctor look at this node (coldstart doctor NODE): it names why etcd does not come up.',
  },
];

/** Finds what K3s said went wrong, in its log as on a terminal, in logfmt or with JSON of etcd between. */
export function restoreFailure(log: string): RestoreFailure | undefined {
  const plain = withoutEscapes(log);
  const found = known.find(({ text }) => text.test(plain));
  return found && { says: found.says, next: found.next };
}
