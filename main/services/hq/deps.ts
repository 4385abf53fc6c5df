import type { World } from '../../../preload/contract/domain.ts';
import type { Chance, Clock, Files, Uploads, Work } from '../../ports.ts';

export interface HqDeps {
  readonly files: Files;
  readonly work: Work;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly world: World;
  /** For copies to a store. */
  readonly uploads?: Uploads | undefined;
}
