/** What is different about a node from a healthy one. */
export interface Scenario {
  readonly disk: 'roomy' | 'small' | 'full' | 'no-inodes' | 'card';
  /** How far the node's clock is from the laptop's, in milliseconds. */
  readonly clockOffsetMs: number;
  readonly arch: 'amd64' | 'arm64';
  readonly readOnlyRoot: boolean;
  readonly sudo: 'password' | 'passwordless' | 'none';
  readonly swap: boolean;
  readonly memoryMiB: number;
  readonly cgroups: 'v2' | 'v2-without-memory' | 'v1';
  readonly selinux: boolean;
  readonly defaultRoute: boolean;
  readonly firewall: 'none' | 'ufw';
  readonly hostname: string;
  /** Ports somebody else listens on already. */
  readonly portsTaken: readonly number[];
  /** Mount points with `noexec`. */
  readonly noExec: readonly string[];
  /** The site's own LAN, as an address with its prefix length. */
  readonly lan: string;
  /** Which form `k3s etcd-snapshot ls -o json` answers in (facts: it changed with v1.30). */
  readonly snapshotList: 'list' | 'flat';
  /** `dead`: nothing answers on the network; the serial console still does. */
  readonly network: 'up' | 'dead';
  /** Where the next boot ends. */
  readonly boot: 'normal' | 'grub' | 'initramfs' | 'fsck' | 'panic' | 'loop';
  /** `locked`: root has no password, so emergency mode opens no shell. */
  readonly root: 'password' | 'locked';
  /** How long a start of K3s takes until the API answers, and from there until the node is Ready, in milliseconds. */
  readonly k3sStartMs: number;
  readonly k3sReadyMs: number;
}

export const healthy: Scenario = {
  disk: 'roomy',
  clockOffsetMs: 0,
  arch: 'amd64',
  readOnlyRoot: false,
  sudo: 'password',
  swap: false,
  memoryMiB: 8192,
  cgroups: 'v2',
  selinux: false,
  defaultRoute: true,
  firewall: 'none',
  hostname: 'practice-node-1',
  portsTaken: [],
  noExec: [],
  lan: '192.168.50.11/24',
  snapshotList: 'list',
  network: 'up',
  boot: 'normal',
  root: 'password',
  k3sStartMs: 1500,
  k3sReadyMs: 1200,
};
