import { app, dialog, powerMonitor } from 'electron';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../preload/contract/domain.ts';
import { exitCodes, failureOf, kindOf } from '../preload/contract/failure.ts';
import { isCommand, ownWords } from './core/started-as.ts';
import { electronAwake } from './hosts/electron/awake.ts';
import { safeStorageKeeper } from './hosts/electron/keeper.ts';
import { registerScheme } from './hosts/electron/scheme.ts';
import { openWindowDoor } from './hosts/electron/window-door.ts';
import type { DoorWorld } from './hosts/home-doors.ts';
import { doorFlags } from './hosts/node/flags.ts';
import { homeFolder, windowFolder } from './machine/home.ts';

/** The front door with a window. A command on its command line is answered by the CLI, before a window exists. */

const complain = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const words = ownWords(process.argv, app.isPackaged);

/** A file of the build, which lies in `out/` beside this one's folder. */
const built = (...names: string[]): string => {
  const beside = join(import.meta.dirname, '..', ...names);
  return existsSync(beside) ? beside : join(import.meta.dirname, '..', 'out', ...names);
};

const openWorld = async (world: World): Promise<DoorWorld> => {
  const { openWorld: open } = await import('./world.ts');
  return await open(world, 'window', {
    keeper: home => safeStorageKeeper(join(home.folder, 'os-store')),
    awake: electronAwake,
  });
};

function onBug(thrown: unknown, name: string): void {
  complain(`! ${name}: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
}

function tell(thrown: unknown): number {
  const failure = failureOf(thrown);
  const lines = [failure.about, failure.untouched, failure.next].filter(line => line !== undefined);
  for (const line of [failure.says, ...lines]) complain(line);
  if (failure.code === 'bug') onBug(thrown, 'start');
  dialog.showErrorBox(failure.says, lines.join('\n'));
  return exitCodes[kindOf(failure)];
}

/** Before the app is ready: what cannot be changed afterwards. */
function prepare(): void {
  process.umask(0o077);
  app.enableSandbox();
  registerScheme();
  // Two homes are two apps: each has its own profile, and its own single window. Electron wants the folder to be there.
  const profile = join(homeFolder(process.env), windowFolder);
  mkdirSync(profile, { recursive: true, mode: 0o700 });
  app.setPath('userData', profile);
}

async function openApp(): Promise<void> {
  try {
    prepare();
    if (!app.requestSingleInstanceLock()) return app.exit(0);
    await app.whenReady();
    const door = await openWindowDoor({
      pageFolder: built('page'),
      preload: built('preload', 'preload.cjs'),
      openWorld,
      world: doorFlags(words).world,
      say: complain,
      serve: { onBug },
    });
    app.on('second-instance', () => door.show());
    app.on('window-all-closed', () => app.quit());
    app.once('will-quit', event => {
      // Electron does not wait for promises: quit again once everything is closed.
      event.preventDefault();
      door.close().then(
        () => app.exit(0),
        (thrown: unknown) => app.exit(tell(thrown)),
      );
    });
    // Whoever sends a signal or shuts the laptop down has decided already.
    const quit = (): void => {
      door.askNoMore();
      app.quit();
    };
    powerMonitor.on('shutdown', quit);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, quit);
  } catch (thrown) {
    app.exit(tell(thrown));
  }
}

if (isCommand(words)) {
  const { main } = await import('./cli/main.ts');
  app.exit(await main(words));
} else {
  // Not awaited: Electron becomes ready only after this module has been evaluated.
  void openApp();
}
