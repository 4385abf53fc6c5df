import { setTimeout } from 'node:timers/promises';
import { client } from '../../preload/contract/client.ts';
import type { Client } from '../../preload/contract/client.ts';
import type { World } from '../../preload/contract/domain.ts';
import { FieldError } from '../../preload/contract/failure.ts';
import { memoryPair } from '../bridge/memory-carrier.ts';
import { serve } from '../bridge/serve.ts';
import { Scope } from '../core/scope.ts';
import { openHomeDoor } from '../hosts/node/door.ts';
import { clientAtDoor, linkFromDoor } from '../hosts/node/door-client.ts';
import { worldsFrom } from '../hosts/worlds.ts';
import { heldElsewhere } from '../machine/lock.ts';
import type { Home } from '../machine/home.ts';
import type { Lock } from '../machine/lock.ts';
import { takeHome, worldIn } from '../world.ts';

/** The host a command line talks to: the Coldstart that is open already, or one opened for this command. */
export interface CliHost {
  readonly client: Client;
  /** Asks the open Coldstart for a fresh link to its page; absent when none is open. */
  readonly newLink?: () => Promise<string>;
  /** Other commands may be working through this one: they are waited for, unless `hurry` aborts. */
  close(hurry: AbortSignal): Promise<void>;
}

/** How long a home may be held by somebody who does not answer: one that is starting up, or just ending. */
const patienceMs = 10_000;

/**
 * Forwards to whoever holds the home, so that a command works while the app is open; else opens the world here. While a
 * long command runs, its own door lets a second command in. `say` hears why a command does not end yet.
 */
export async function hostFor(
  world: World,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<CliHost> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const held = takeHome(world, 'terminal');
    if (held.is === 'ours') return await opened(held.home, held.lock, say);
    try {
      return await forwarding(held.home, world, signal);
    } catch (thrown) {
      if (signal.aborted || !isSilence(thrown)) throw thrown;
      if (performance.now() > until) throw heldElsewhere(held.home, held.by);
    }
    await setTimeout(50, undefined, { signal });
  }
}

/** Nobody answered, and so nothing was asked: the holder is not at its door yet, or not any more. */
const isSilence = (thrown: unknown): boolean =>
  thrown instanceof FieldError && ['held-elsewhere', 'gone-away'].includes(thrown.failure.code);

async function forwarding(home: Home, world: World, signal: AbortSignal): Promise<CliHost> {
  const there = await clientAtDoor(
    home.door,
    world,
    AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
  );
  return {
    client: there,
    newLink: () => linkFromDoor(home.door),
    close: () => Promise.resolve(there.close()),
  };
}

async function opened(home: Home, lock: Lock, say: (line: string) => void): Promise<CliHost> {
  const scope = new Scope();
  try {
    const { world } = home;
    const here = scope.own(await worldIn(home, lock, 'terminal'));
    const worlds = worldsFrom(() => Promise.resolve(here));
    const door = scope.own(await openHomeDoor({ path: home.door, world, worlds }));
    const pair = memoryPair();
    serve(pair.host, here.handlers);
    const asking = client(pair.page);
    scope.later(() => asking.close());
    return {
      client: asking,
      close: async hurry => {
        const told = globalThis.setTimeout(() => say(stillHere), 1_000);
        await door.drain(hurry);
        clearTimeout(told);
        await scope.close();
      },
    };
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}

const stillHere =
  'Done here; another command still works through this one and is waited for. Ctrl-C ends both.';
