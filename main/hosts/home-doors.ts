import type { World } from '../../preload/contract/domain.ts';
import type { ServeOptions } from '../bridge/serve.ts';
import { Scope } from '../core/scope.ts';
import { openHomeDoor } from './node/door.ts';
import { worldsFrom } from './worlds.ts';
import type { OpenWorld, Worlds } from './worlds.ts';

/** A world with the path of its home's door; without a path it takes no calls from other programs. */
export interface DoorWorld extends OpenWorld {
  readonly door?: string;
}

export interface HomeDoorsOptions {
  /** Opens one world; called at most once for each. */
  readonly openWorld: (world: World) => Promise<DoorWorld>;
  /** Gives a fresh link to the page, where there is a page in a browser. */
  readonly link?: () => string;
  /** Told when a home's door could not be made. */
  readonly say: (line: string) => void;
  readonly serve?: ServeOptions;
}

/** Worlds that each open the door of their home as they are opened. */
export function worldsWithDoors(options: HomeDoorsOptions): Worlds {
  const { link, serve } = options;
  const doors = new Scope();
  const worlds: Worlds = worldsFrom(async world => {
    const opened = await options.openWorld(world);
    if (opened.door === undefined) return opened;
    try {
      const path = opened.door;
      doors.own(
        await openHomeDoor({ path, world, worlds, ...(link ? { link } : {}), ...(serve ? { serve } : {}) }),
      );
    } catch (thrown) {
      // Everything else works without it; only a second program cannot reach this one.
      options.say(
        `! Commands of a second terminal cannot reach this Coldstart: ${(thrown as Error).message}`,
      );
    }
    return opened;
  });
  return {
    open: world => worlds.open(world),
    goingOn: () => worlds.goingOn(),
    close: async () => {
      await doors.close();
      await worlds.close();
    },
  };
}
