import type { NetworkSenses } from '../../main/ports.ts';

/** A laptop in no network. */
export const noNetwork: NetworkSenses = {
  wires: async () => [],
  neighbours: async () => [],
  ask: async () => ({ is: 'could-not', code: 'ENETUNREACH' }),
  announcements: async () => undefined,
  callAllNodes: async () => undefined,
  arpTries: async () => 3,
};
