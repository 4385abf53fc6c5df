import { createStore } from 'zustand/vanilla';
import type { BagCheck, Export, ExportPlan, Stick } from '../../../preload/contract/domain.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';
import { listOf } from '../../ui/format.ts';
import { without } from '../../ui/without.ts';

export interface SupplyState {
  readonly sticks: Loadable<readonly Stick[]>;
  readonly exports: Loadable<readonly Export[]>;
  /** Folder the bag goes to. */
  readonly to?: string;
  readonly plan?: ExportPlan;
  /** What was just written. */
  readonly written?: Export;
  /** What a check of some bag gave. */
  readonly checked?: BagCheck;
}

export const supplyStore = () => createStore<SupplyState>(() => ({ sticks: unloaded, exports: unloaded }));

/** Another place makes the old plan and the old result meaningless. */
export const goingTo = (state: SupplyState, to: string): SupplyState => ({
  ...without(state, 'plan', 'written'),
  to,
});

/** An age public key as far as one can tell by looking: bech32 with the part `age`. */
export const looksLikeAgeKey = (text: string): boolean => /^age1[02-9ac-hj-np-z]{58}$/.test(text);

/** Keys as typed, or the first that is none. */
export function recipientsOf(typed: string): { readonly keys: readonly string[]; readonly wrong?: string } {
  const keys = listOf(typed);
  const wrong = keys.find(key => !looksLikeAgeKey(key));
  return wrong === undefined ? { keys } : { keys, wrong };
}
