import type { World } from '../../preload/contract/domain.ts';
import type { GoingOn } from '../core/going-on.ts';
import type { Handlers } from '../bridge/handlers.ts';

/** One world that is open: what it answers, the folder it lives in, and how it ends. */
export interface OpenWorld {
  readonly handlers: Handlers;
  readonly home: string;
  /** What a closing would interrupt now. */
  readonly goingOn?: () => readonly GoingOn[];
  close(): Promise<void>;
}

/** The worlds behind a door. Each is opened when it is first asked for and stays open until the door closes. */
export interface Worlds {
  /** Throws the world's own failure, such as `held-elsewhere`; the next ask tries again. */
  open(world: World): Promise<OpenWorld>;
  /** What is going on in all worlds that are open. */
  goingOn(): readonly GoingOn[];
  close(): Promise<void>;
}

/** Opens each world at most once, however many pages ask for it at the same time. */
export function worldsFrom(openOne: (world: World) => Promise<OpenWorld>): Worlds {
  const opened = new Map<World, Promise<OpenWorld>>();
  const there = new Set<OpenWorld>();
  return {
    open: world => {
      const before = opened.get(world);
      if (before) return before;
      const opening = openOne(world);
      opened.set(world, opening);
      opening.then(
        one => there.add(one),
        () => opened.delete(world),
      );
      return opening;
    },
    goingOn: () => [...there].flatMap(one => one.goingOn?.() ?? []),
    close: async () => {
      const all = await Promise.allSettled(opened.values());
      opened.clear();
      there.clear();
      const closing = await Promise.allSettled(
        all.filter(one => one.status === 'fulfilled').map(one => one.value.close()),
      );
      const failed = closing.find(one => one.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}
