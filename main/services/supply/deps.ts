import type { World } from '../../../preload/contract/domain.ts';
import type { BlackBoxes, Chance, Clock, Files, Work } from '../../ports.ts';
import type { LoggedMetrics } from '../recorder/logged.ts';
import type { Store } from '../../store/store.ts';
import type { Evidence } from '../doctor/service.ts';
import type { LaptopKey } from '../keys/laptop-key.ts';
import type { TrustedKeys } from '../keys/trusted.ts';
import type { Runs } from '../runbooks/runs.ts';
import type { KeptSecrets, Nodes } from '../sites/nodes.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';

export interface SupplyDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly files: Files;
  readonly work: Work;
  readonly nodes: Nodes & KeptSecrets;
  readonly snapshots: Snapshots;
  readonly runs: Runs;
  readonly evidence: Evidence;
  readonly blackBoxes: Pick<BlackBoxes, 'list' | 'read'>;
  readonly metrics: LoggedMetrics;
  readonly trusted: TrustedKeys;
  readonly laptop: LaptopKey;
  /** Whether the laptop's clock cannot be right. */
  readonly clockDoubtful: () => boolean;
  readonly supplyRunDays: () => number;
  /** `spool` is where sealed files wait for a stick; all of `folder` is closed to exports. */
  readonly home: { readonly folder: string; readonly spool: string };
  /** The largest sealed file; `mostPartBytes` where it is left out. */
  readonly partBytes?: number | undefined;
  readonly world: World;
  readonly version: string;
}
