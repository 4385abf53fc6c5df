import { createStore } from 'zustand/vanilla';
import type { About, PracticeStation, Settings } from '../../../preload/contract/domain.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';
import type { Standing } from '../../bridge/connection.ts';
import type { Obstacle } from './obstacle.ts';
import type { Route } from './route.ts';
import type { Task } from './tasks.ts';

/** An obstacle on the screen, and who waits for its end. */
export interface Facing {
  readonly obstacle: Obstacle;
  /** `true`: cleared, try again. `false`: the technician left it. */
  readonly done: (cleared: boolean) => void;
}

export interface AppState {
  readonly route: Route;
  readonly standing: Standing;
  /** How often the connection came (back): what listens to a feed listens again with each. */
  readonly opens: number;
  readonly about: Loadable<About>;
  readonly settings: Loadable<Settings>;
  /** Only in the practice world. */
  readonly station?: PracticeStation;
  readonly facing?: Facing;
  readonly tasks: Readonly<Record<string, Task>>;
}

export const appStore = (route: Route, standing: Standing) =>
  createStore<AppState>(() => ({
    route,
    standing,
    opens: 0,
    about: unloaded,
    settings: unloaded,
    tasks: {},
  }));

/** Terminal text size before the settings came. */
export const usualFontSize = 14;
