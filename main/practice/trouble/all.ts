import type { Cause } from '../../../preload/contract/doctor.ts';
import type { Trouble } from './bring.ts';
import { datastoreTroubles } from './datastore.ts';
import { identityTroubles } from './identity.ts';
import { machineTroubles } from './machine.ts';

/** Every way the practice node can be broken, by the cause the doctor has for it. */
export const troubles: ReadonlyMap<Cause, Trouble> = new Map(
  [...machineTroubles, ...datastoreTroubles, ...identityTroubles].map(trouble => [trouble.cause, trouble]),
);
