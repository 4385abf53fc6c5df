import type { World } from '../../../preload/contract/domain.ts';
import type { Chance, Clock, Files, Work } from '../../ports.ts';

export interface HqDeps {
  readonly files: Files;
  readonly work: Work;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly world: World;
}
