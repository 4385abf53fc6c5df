import { first } from './001-first.ts';
import { cable } from './002-cable.ts';
import { examination } from './003-examination.ts';
import { proof } from './004-proof.ts';
import { supply } from './005-supply.ts';
import { inventory } from './006-inventory.ts';

/** The store's versions in order: the first entry makes version 1 out of an empty file, and so on. Only ever appended to. */
export const migrations: readonly string[] = [first, cable, examination, proof, supply, inventory];
