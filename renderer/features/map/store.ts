import { createStore } from 'zustand/vanilla';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { MachineId } from '../../../preload/contract/ids.ts';
import type { Inventory, LanNow, ScanNews, ScanPace, ScanSummary } from '../../../preload/contract/scan.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';
import { without } from '../../ui/without.ts';
import { noChoice } from './choice.ts';
import type { ScanChoice } from './choice.ts';
import { heardSince } from './machines.ts';
import type { Filter } from './machines.ts';

/** The scan that goes on, or the last one of this session. */
export interface ScanShown {
  readonly pace: ScanPace;
  readonly networks: readonly string[];
  /** What was known when it began. */
  readonly before?: Inventory;
  readonly troubles: readonly Failure[];
  readonly found: number;
  readonly fresh: number;
  /** How it ended by itself; absent while it goes on and after it was stopped. */
  readonly summary?: ScanSummary;
  readonly stopped: boolean;
}

/** What stands over the screen: a machine's details, or one thing that is done with it. */
export interface Sheet {
  readonly is: 'machine' | 'add' | 'join' | 'forget';
  readonly machine: MachineId;
}

export interface MapState {
  readonly lan: Loadable<LanNow>;
  /** Of all sites. */
  readonly inventory: Loadable<Inventory>;
  readonly choice: ScanChoice;
  /** Whether what would be asked is shown in full, once the technician said. */
  readonly opened?: boolean;
  readonly scan?: ScanShown;
  readonly sheet?: Sheet;
  readonly view: 'picture' | 'table';
  readonly filter: Filter;
  readonly sought: string;
  /** Page of the table, from 0. */
  readonly at: number;
}

export const emptyMap: MapState = {
  lan: unloaded,
  inventory: unloaded,
  choice: noChoice,
  view: 'picture',
  filter: 'all',
  sought: '',
  at: 0,
};

export const mapStore = () => createStore<MapState>(() => emptyMap);

export type MapNews =
  | ScanNews
  | { readonly is: 'asked'; readonly pace: ScanPace; readonly networks: readonly string[] }
  /** The technician stopped it, so that the host says no more. */
  | { readonly is: 'stopped' };

const sameTrouble = (a: Failure, b: Failure): boolean => a.says === b.says && a.about === b.about;

const counted = (scan: ScanShown, inventory: Inventory): Pick<ScanShown, 'found' | 'fresh'> => {
  const known = new Set(scan.before?.machines.map(({ id }) => id));
  const heard = heardSince(scan.before, inventory);
  return { found: heard.length, fresh: heard.filter(({ id }) => !known.has(id)).length };
};

const drawn = (state: MapState, inventory: Inventory, more: Partial<ScanShown> = {}): MapState => ({
  ...state,
  inventory: { value: inventory, loading: false },
  ...(state.scan && { scan: { ...state.scan, ...counted(state.scan, inventory), ...more } }),
});

/** Folds the news of a scan. Progress is the task's own. */
export function foldMap(state: MapState, news: MapNews): MapState {
  const { scan } = state;
  switch (news.is) {
    case 'asked': {
      const { value } = state.inventory;
      const none = { troubles: [], found: 0, fresh: 0, stopped: false };
      const { pace, networks } = news;
      // What is found matters now, so what is asked folds up.
      return {
        ...without(state, 'opened'),
        scan: { pace, networks, ...none, ...(value && { before: value }) },
      };
    }
    case 'began':
      return scan ? { ...state, scan: { ...scan, networks: news.networks } } : state;
    case 'progress':
      return state;
    case 'trouble': {
      if (!scan || scan.troubles.some(each => sameTrouble(each, news.failure))) return state;
      return { ...state, scan: { ...scan, troubles: [...scan.troubles, news.failure] } };
    }
    case 'map':
      return drawn(state, news.inventory);
    case 'ended':
      return drawn(state, news.inventory, { summary: news.summary, stopped: news.summary.stopped });
    case 'stopped':
      return scan && !scan.summary ? { ...state, scan: { ...scan, stopped: true } } : state;
    default:
      return news satisfies never;
  }
}
