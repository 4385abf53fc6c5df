import { createStore } from 'zustand/vanilla';
import type { BagCheck, Export, ExportItem, ExportPlan, Stick } from '../../../preload/contract/domain.ts';
import type { ExportId, SiteId } from '../../../preload/contract/ids.ts';
import type { ExportChoice } from '../../../preload/contract/supply/exports.ts';
import type { PostTaken } from '../../../preload/contract/supply/post.ts';
import type { Ejected } from '../../../preload/contract/supply/sticks.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';
import { listOf } from '../../ui/format.ts';
import { without } from '../../ui/without.ts';

export interface SupplyState {
  readonly sticks: Loadable<readonly Stick[]>;
  readonly exports: Loadable<readonly Export[]>;
  /** Whose export is being made ready. */
  readonly site?: SiteId;
  readonly choices?: readonly ExportChoice[];
  /** Folder the bag goes to. */
  readonly to?: string;
  /** That place was a stick when it was chosen. */
  readonly toStick?: boolean;
  /** Of the export that the next stick carries too; absent: a new one. */
  readonly again?: ExportId;
  readonly plan?: ExportPlan;
  /** The place that was asked about with the plan; absent while none was chosen, and then its room says nothing. */
  readonly planFor?: string;
  /** What was just written. */
  readonly written?: Export;
  /** What taking out the stick came to. */
  readonly ejected?: Ejected;
  /** Places where the last writing was cut off, and bags that a check found not in order. */
  readonly spoiled?: readonly string[];
  /** What a check of some bag gave. */
  readonly checked?: BagCheck;
  /** What headquarters sent on the chosen stick. */
  readonly post?: PostTaken;
}

export const supplyStore = () => createStore<SupplyState>(() => ({ sticks: unloaded, exports: unloaded }));

/** Another place makes the old plan and the old result meaningless. */
export const goingTo = (state: SupplyState, to: string): SupplyState => ({
  ...without(state, 'toStick', 'plan', 'planFor', 'written', 'ejected', 'post'),
  to,
});

/** Another site begins from the start; the chosen place stays. */
export const atSite = (state: SupplyState, site: SiteId): SupplyState =>
  state.site === site
    ? state
    : { ...without(state, 'choices', 'again', 'plan', 'planFor', 'written', 'ejected'), site };

/** The same bag once more: its stick is chosen anew. */
export const onceMore = (state: SupplyState, again: ExportId): SupplyState => ({
  ...without(state, 'to', 'toStick', 'plan', 'planFor', 'written', 'ejected', 'post'),
  again,
});

export const isWhole = (check: BagCheck): boolean => check.complete && check.problems.length === 0;

/** The stick a place is: only a stick itself can be taken out, never a folder. */
export const stickAt = (sticks: readonly Stick[] | undefined, to: string | undefined): Stick | undefined =>
  to === undefined ? undefined : sticks?.find(each => each.path === to);

const liesAt = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

/** Whether something on this place was cut off or is not in order. */
export const isSpoiled = ({ spoiled = [] }: SupplyState, place: string): boolean =>
  spoiled.some(path => liesAt(path, place));

/** What became known of a place or of a bag on it; a whole bag clears what was said of its place before. */
export const judged = (state: SupplyState, path: string, whole: boolean): SupplyState => {
  const others = (state.spoiled ?? []).filter(each => !liesAt(each, path) && !liesAt(path, each));
  return { ...state, spoiled: whole ? others : [...others, path] };
};

/** `safe`: the mount is gone, and nothing on it is known to be bad · `out`: it is gone, the bag on it is not whole. */
export type TakenOut = 'safe' | 'out' | 'still-in';

/** How it stands with the stick after it was taken out; nothing before. Only the answer of the laptop makes it safe. */
export function takenOut(state: SupplyState): TakenOut | undefined {
  const { ejected, to, written } = state;
  if (!ejected) return undefined;
  if (!ejected.safe) return 'still-in';
  const bad = (written && !isWhole(written.check)) || (to !== undefined && isSpoiled(state, to));
  return bad ? 'out' : 'safe';
}

export interface Group {
  readonly what: ExportItem['what'];
  readonly items: readonly ExportItem[];
  readonly bytes: number;
}

/** What goes out by its kind, the largest first. */
export function grouped(items: readonly ExportItem[]): readonly Group[] {
  return [...Map.groupBy(items, item => item.what)]
    .map(([what, of]) => ({ what, items: of, bytes: of.reduce((sum, item) => sum + item.bytes, 0) }))
    .toSorted((a, b) => b.bytes - a.bytes);
}

/** Exports of a site, the newest first: by the laptop's counter where the same key counted both, else by date. */
export const exportsOf = (exports: readonly Export[] | undefined, site: SiteId): readonly Export[] =>
  (exports ?? [])
    .filter(each => each.site === site)
    .toSorted((a, b) =>
      a.laptopKey !== undefined && a.laptopKey === b.laptopKey
        ? (b.counter ?? 0) - (a.counter ?? 0)
        : b.at.localeCompare(a.at),
    );

/** The parts of a supply run, in order. */
export const supplySteps = ['what', 'where', 'write', 'checked', 'out'] as const;
export type SupplyStep = (typeof supplySteps)[number];
/** `none`: nothing is to be done here. */
export type StepState = 'now' | 'busy' | 'done' | 'failed' | 'later' | 'none';

/** The chosen stick is not in the list any more, although nobody took it out. */
export const isGone = ({ sticks, to, toStick, ejected }: SupplyState): boolean =>
  toStick === true && sticks.value !== undefined && !ejected && stickAt(sticks.value, to) === undefined;

/** How far each step is. `writing` and `failed` are the task that writes. */
export function stepStates(
  state: SupplyState,
  { writing, failed }: { readonly writing: boolean; readonly failed: boolean },
): Record<SupplyStep, StepState> {
  const { plan, planFor, to, written } = state;
  const placed = plan !== undefined && to !== undefined && planFor === to;
  const ready = placed && plan.enough;
  const whole = written !== undefined && isWhole(written.check);
  const gone = isGone(state);
  return {
    what: plan || written || state.again !== undefined ? 'done' : 'now',
    where: to === undefined ? 'now' : gone || (placed && !plan.enough) ? 'failed' : 'done',
    write: written ? 'done' : writing ? 'busy' : failed ? 'failed' : ready && !gone ? 'now' : 'later',
    checked: written ? (whole ? 'done' : 'failed') : 'later',
    out: writing ? 'later' : outState(state, written !== undefined || failed),
  };
}

/** How it stands with taking out: a folder has nothing to take out. */
function outState(state: SupplyState, tried: boolean): StepState {
  const out = takenOut(state);
  if (out !== undefined) return out === 'safe' ? 'done' : 'failed';
  if (!tried) return 'later';
  return state.toStick === true ? 'now' : 'none';
}

/** An age public key as far as one can tell by looking: bech32 with the part `age`. */
export const looksLikeAgeKey = (text: string): boolean => /^age1[02-9ac-hj-np-z]{58}$/.test(text);

/** Keys as typed, or the first that is none. */
export function recipientsOf(typed: string): { readonly keys: readonly string[]; readonly wrong?: string } {
  const keys = listOf(typed);
  const wrong = keys.find(key => !looksLikeAgeKey(key));
  return wrong === undefined ? { keys } : { keys, wrong };
}
