import type { World } from '../../../preload/contract/domain.ts';
import { Scope } from '../../core/scope.ts';
import type { ServeOptions } from '../../bridge/serve.ts';
import { worldsWithDoors } from '../home-doors.ts';
import type { DoorWorld } from '../home-doors.ts';
import { openLoopback } from './loopback.ts';
import { openBrowser } from './open-browser.ts';

export interface BrowserDoorOptions {
  readonly pageFolder: string;
  /** Opens one world; called at most once for each. */
  readonly openWorld: (world: World) => Promise<DoorWorld>;
  readonly world: World;
  readonly port: number;
  /** Whether to open the browser, besides printing the link. */
  readonly open: boolean;
  /** Prints a line for the technician. */
  readonly say: (line: string) => void;
  readonly serve?: ServeOptions;
}

export interface BrowserDoor {
  readonly port: number;
  /** Prints a fresh link, alone on a line. */
  showLink(): void;
  close(): Promise<void>;
}

/**
 * Opens Coldstart on loopback: the page, its socket, and the doors of the homes. The first world is opened before the
 * link is shown, so whoever may not have it (a home in use elsewhere) learns that here, by its failure.
 */
export async function openBrowserDoor(options: BrowserDoorOptions): Promise<BrowserDoor> {
  const scope = new Scope();
  try {
    // A world opens after the loopback listens, so the link is always there when a home's door is asked for one.
    let link = (): string => '';
    const worlds = scope.own(worldsWithDoors({ ...options, link: () => link() }));
    const { pageFolder, world, port, serve } = options;
    const listening = scope.own(
      await openLoopback({ pageFolder, worlds, world, port, ...(serve ? { serve } : {}) }),
    );
    link = () => listening.link();
    await worlds.open(world);
    const showLink = (): void => options.say(`\n  ${listening.link()}\n`);
    showLink();
    if (options.open) {
      const opened = openBrowser(listening.link());
      if (opened) scope.own(opened);
      else options.say('No browser was found to open; the link above opens Coldstart in one.');
    }
    return { port: listening.port, showLink, close: () => scope.close() };
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}
