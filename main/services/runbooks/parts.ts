import type { World } from '../../../preload/contract/domain.ts';
import type { Chance, Clock, Files, Vault, Work } from '../../ports.ts';
import type { Store } from '../../store/store.ts';
import type { Bundles } from '../bundles/bundles.ts';
import type { KeptSecrets, Nodes } from '../sites/nodes.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';

/** What the runbooks need of the rest. */
export interface RunbookParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly files: Files;
  readonly work: Work;
  readonly vault: Vault;
  readonly nodes: Nodes & KeptSecrets;
  readonly bundles: Bundles;
  readonly snapshots: Snapshots;
  /** `runs` is the folder of the runs' sealed files; all of `folder` is closed to sticks. */
  readonly home: { readonly folder: string; readonly runs: string };
  readonly world: World;
}
