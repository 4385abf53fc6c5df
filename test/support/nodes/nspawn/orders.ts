/** What a keeper is told about the node it is to keep. */
export interface KeeperOrders {
  readonly state: string;
  readonly id: string;
  readonly lan: string;
  readonly ownLan: boolean;
  readonly address: string;
  /** Loopback port for SSH. */
  readonly port: number;
  /** The shared root file system, only read. */
  readonly root: string;
  /** Size of its disk, as tmpfs takes it: `300m`. */
  readonly size: string;
  readonly name: string;
  readonly machine: string;
}
