import { app, BrowserWindow } from 'electron';
import type { World } from '../../../preload/contract/domain.ts';
import type { ServeOptions } from '../../bridge/serve.ts';
import { Scope } from '../../core/scope.ts';
import { worldsWithDoors } from '../home-doors.ts';
import type { DoorWorld } from '../home-doors.ts';
import { welcome } from '../welcome.ts';
import { askBeforeClosing } from './closing.ts';
import { hearPage } from './ipc-carrier.ts';
import { lockDown } from './lockdown.ts';
import { pageUrl } from './page-address.ts';
import { servePage } from './scheme.ts';

export interface WindowDoorOptions {
  /** The built page. */
  readonly pageFolder: string;
  /** The bundled preload script. */
  readonly preload: string;
  readonly openWorld: (world: World) => Promise<DoorWorld>;
  readonly world: World;
  /** Prints a line for whoever started the app from a terminal. */
  readonly say: (line: string) => void;
  readonly serve?: ServeOptions;
}

export interface WindowDoor {
  /** Brings the window to the front. */
  show(): void;
  /** From now on the window closes without a question, whatever is going on. */
  askNoMore(): void;
  close(): Promise<void>;
}

/** The window, as closed as Electron makes it: an isolated, sandboxed page without Node. */
function newWindow(preload: string, developing: boolean): BrowserWindow {
  return new BrowserWindow({
    title: 'Coldstart',
    width: 1366,
    height: 768,
    minWidth: 800,
    minHeight: 560,
    show: false,
    autoHideMenuBar: true,
    backgroundColor: '#10161e',
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      devTools: developing,
      // The spell checker fetches its dictionaries from the network.
      spellcheck: false,
    },
  });
}

/**
 * Opens Coldstart in a window. The app must be ready. The first world is opened before the window, so that a home in use
 * elsewhere is told by its failure and not by an empty window.
 */
export async function openWindowDoor(options: WindowDoorOptions): Promise<WindowDoor> {
  const { openWorld, say, serve, world } = options;
  const developing = !app.isPackaged;
  const scope = new Scope();
  try {
    const worlds = scope.own(worldsWithDoors({ openWorld, say, ...(serve ? { serve } : {}) }));
    lockDown({ developing });
    servePage(options.pageFolder);
    await worlds.open(world);
    const window = newWindow(options.preload, developing);
    scope.later(
      hearPage(window.webContents, {
        // The sender was checked, so everyone who gets here is our page.
        met: (carrier, first) => void welcome(carrier, first, worlds, () => undefined, serve),
        dropped: why => say(`! A message was dropped: ${why}`),
      }),
    );
    const askNoMore = askBeforeClosing(window, () => worlds.goingOn());
    window.once('ready-to-show', () => window.show());
    await window.loadURL(world === 'practice' ? `${pageUrl}?world=practice` : pageUrl);
    const show = (): void => {
      if (window.isDestroyed()) return;
      if (window.isMinimized()) window.restore();
      window.focus();
    };
    return { show, askNoMore, close: () => scope.close() };
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}
