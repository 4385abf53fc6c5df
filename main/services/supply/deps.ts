import type { World } from '../../../preload/contract/domain.ts';
import type { Chance, Clock, Files, Sticks, Work } from '../../ports.ts';
import type { Store } from '../../store/store.ts';
import type { Runs } from '../runbooks/runs.ts';
import type { KeptSecrets, Nodes } from '../sites/nodes.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';

export interface SupplyDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly files: Files;
  readonly work: Work;
  readonly sticks: Sticks;
  readonly nodes: Nodes & KeptSecrets;
  readonly snapshots: Snapshots;
  readonly runs: Runs;
  /** `spool` is where sealed files wait for a stick; all of `folder` is closed to exports. */
  readonly home: { readonly folder: string; readonly spool: string };
  readonly world: World;
  readonly version: string;
}
