import type { World } from '../../preload/contract/domain.ts';
import type { Handlers } from '../bridge/handlers.ts';

/** One world that is open: what it answers, the folder it lives in, and how it ends. */
export interface OpenWorld {
  readonly handlers: Handlers;
  readonly home: string;
  close(): Promise<void>;
}

/** The worlds behind a door. Each is opened when it is first asked for and stays open until the door closes. */
export interface Worlds {
  /** Throws the world's own failure, such as `held-elsewhere`; the next ask tries again. */
  open(world: World): Promise<OpenWorld>;
  close(): Promise<void>;
}

/** Opens each world at most once, however many pages ask for it at the same time. */
export function worldsFrom(openOne: (world: World) => Promise<OpenWorld>): Worlds {
  const opened = new Map<World, Promise<OpenWorld>>();
  return {
    open: world => {
      const there = opened.get(world);
      if (there) return there;
      const opening = openOne(world);
      opened.set(world, opening);
      opening.catch(() => opened.delete(world));
      return opening;
    },
    close: async () => {
      const all = await Promise.allSettled(opened.values());
      opened.clear();
      const closing = await Promise.allSettled(
        all.filter(one => one.status === 'fulfilled').map(one => one.value.close()),
      );
      const failed = closing.find(one => one.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}
