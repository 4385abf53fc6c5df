import { randomBytes, randomUUID } from 'node:crypto';
import type { Chance } from '../ports.ts';

/** Random bytes and ids from the laptop's cryptographic source. */
export const systemChance: Chance = {
  bytes: n => randomBytes(n),
  uuid: () => randomUUID(),
};
