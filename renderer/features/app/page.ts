import { createContext, useContext } from 'react';
import { bundlesStore } from '../bundles/store.ts';
import { boxesStore } from '../console/box.ts';
import type { Replay } from '../console/replay.ts';
import { consolesStore } from '../console/store.ts';
import { doctorStore } from '../doctor/store.ts';
import { exercisesStore } from '../exercises/store.ts';
import { installStore } from '../install/store.ts';
import { keysStore } from '../keys/store.ts';
import { mapStore } from '../map/store.ts';
import { metricsStore } from '../metrics/store.ts';
import { remediesStore } from '../remedies/store.ts';
import { rescueStore } from '../rescue/store.ts';
import { restoreStore } from '../restore/store.ts';
import { runsStore } from '../runs/store.ts';
import { sitesStore } from '../sites/store.ts';
import { lookStore } from '../snapshot-look/store.ts';
import { snapshotsStore } from '../snapshots/store.ts';
import { supplyStore } from '../supply/store.ts';
import type { Host } from './host.ts';
import { routeOf } from './route.ts';
import { appStore } from './store.ts';

/** Everything a screen reaches for: the host of one world, and one store per feature. */
export interface Page {
  readonly host: Host;
  readonly app: ReturnType<typeof appStore>;
  readonly sites: ReturnType<typeof sitesStore>;
  readonly map: ReturnType<typeof mapStore>;
  readonly bundles: ReturnType<typeof bundlesStore>;
  readonly install: ReturnType<typeof installStore>;
  readonly runs: ReturnType<typeof runsStore>;
  readonly snapshots: ReturnType<typeof snapshotsStore>;
  readonly look: ReturnType<typeof lookStore>;
  readonly restore: ReturnType<typeof restoreStore>;
  readonly metrics: ReturnType<typeof metricsStore>;
  readonly supply: ReturnType<typeof supplyStore>;
  readonly keys: ReturnType<typeof keysStore>;
  readonly rescue: ReturnType<typeof rescueStore>;
  readonly consoles: ReturnType<typeof consolesStore>;
  readonly boxes: ReturnType<typeof boxesStore>;
  readonly doctor: ReturnType<typeof doctorStore>;
  readonly remedies: ReturnType<typeof remediesStore>;
  readonly exercises: ReturnType<typeof exercisesStore>;
  /** The last bytes of every console this page has open, by port. */
  readonly replays: Map<string, Replay>;
  /** Stops of the tasks that are under way, by their key. */
  readonly stops: Map<string, AbortController>;
}

/** A page in one world; another world is another page, so nothing of one can be shown in the other. */
export function makePage(host: Host, hash: string): Page {
  return {
    host,
    app: appStore(routeOf(hash), host.standing()),
    sites: sitesStore(),
    map: mapStore(),
    bundles: bundlesStore(),
    install: installStore(),
    runs: runsStore(),
    snapshots: snapshotsStore(),
    look: lookStore(),
    restore: restoreStore(),
    metrics: metricsStore(),
    supply: supplyStore(),
    keys: keysStore(),
    rescue: rescueStore(),
    consoles: consolesStore(),
    boxes: boxesStore(),
    doctor: doctorStore(),
    remedies: remediesStore(),
    exercises: exercisesStore(),
    replays: new Map(),
    stops: new Map(),
  };
}

export const PageContext = createContext<Page | undefined>(undefined);

export function usePage(): Page {
  const page = useContext(PageContext);
  if (!page) throw new Error('A screen stands outside the page.');
  return page;
}
