import type { ExerciseName } from '../../../preload/contract/exercises.ts';
import type { Trouble } from './bring.ts';
import { datastoreTroubles } from './datastore.ts';
import { identityTroubles } from './identity.ts';
import { machineTroubles } from './machine.ts';
import { restoreTroubles } from './restore.ts';

/** Every way the practice node can be broken, by its exercise: mostly the cause the doctor has for it. */
export const troubles: ReadonlyMap<ExerciseName, Trouble> = new Map(
  [...machineTroubles, ...datastoreTroubles, ...identityTroubles, ...restoreTroubles].map(trouble => [
    trouble.exercise,
    trouble,
  ]),
);
