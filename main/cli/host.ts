import { client } from '../../preload/contract/client.ts';
import type { Client } from '../../preload/contract/client.ts';
import type { World } from '../../preload/contract/domain.ts';
import { memoryPair } from '../bridge/memory-carrier.ts';
import { serve } from '../bridge/serve.ts';
import { Scope } from '../core/scope.ts';
import { openHomeDoor } from '../hosts/node/door.ts';
import { clientAtDoor, linkFromDoor } from '../hosts/node/door-client.ts';
import { worldsFrom } from '../hosts/worlds.ts';
import { takeHome, worldIn } from '../world.ts';

/** The host a command line talks to: the Coldstart that is open already, or one opened for this command. */
export interface CliHost {
  readonly client: Client;
  /** Asks the open Coldstart for a fresh link to its page; absent when none is open. */
  readonly newLink?: () => Promise<string>;
  close(): Promise<void>;
}

/**
 * Forwards to whoever holds the home, so that a command works while the app is open; else opens the world here. While a
 * long command runs, its own door lets a second command in.
 */
export async function hostFor(world: World): Promise<CliHost> {
  const held = takeHome(world, 'terminal');
  const { home } = held;
  if (held.is === 'held') {
    const there = await clientAtDoor(home.door, world);
    return {
      client: there,
      newLink: () => linkFromDoor(home.door),
      close: () => Promise.resolve(there.close()),
    };
  }
  const scope = new Scope();
  try {
    const opened = scope.own(await worldIn(home, held.lock, 'terminal'));
    const worlds = worldsFrom(() => Promise.resolve(opened));
    scope.own(await openHomeDoor({ path: home.door, world, worlds }));
    const pair = memoryPair();
    serve(pair.host, opened.handlers);
    const here = client(pair.page);
    scope.later(() => here.close());
    return { client: here, close: () => scope.close() };
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}
