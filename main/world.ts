import { join } from 'node:path';
import type { About, PracticeStation, World } from '../preload/contract/domain.ts';
import { compose } from './compose.ts';
import { Scope } from './core/scope.ts';
import type { DoorWorld } from './hosts/home-doors.ts';
import { consoles } from './links/serial/console/consoles.ts';
import { baudDetection } from './links/serial/baud/detect.ts';
import { serialPorts } from './links/serial/ports/ports.ts';
import { linksByTarget } from './links/by-target.ts';
import { serialLinks } from './links/serial/links.ts';
import { greet } from './links/ssh/greet.ts';
import { sshLinks } from './links/ssh/links.ts';
import { inhibitedSleep } from './machine/awake.ts';
import { blackBoxes } from './machine/black-box/black-boxes.ts';
import { systemChance } from './machine/chance.ts';
import { systemClock } from './machine/clock.ts';
import { localFiles } from './machine/files.ts';
import { openHome } from './machine/home.ts';
import type { Home } from './machine/home.ts';
import { heldElsewhere, holdHome } from './machine/lock.ts';
import type { Holder, Lock } from './machine/lock.ts';
import { metricsBox } from './machine/metrics.ts';
import { networkSenses } from './machine/network/senses.ts';
import { localPower } from './machine/power.ts';
import { reachFromLaptop } from './machine/reach.ts';
import { localSticks } from './machine/sticks.ts';
import { localUploads } from './machine/uploads.ts';
import { openVault } from './machine/vault.ts';
import type { Keeper } from './machine/vault.ts';
import { clockNow, warningsNow } from './machine/warnings.ts';
import { work } from './machine/work.ts';
import type { Awake } from './ports.ts';
import { nodes } from './store/nodes.ts';
import { openStore } from './store/open.ts';
import { practiceKeys } from './practice-keys.ts';
import type { Store } from './store/store.ts';
import { build, resourcesFolder } from './version.ts';

export type HeldHome =
  | { readonly is: 'ours'; readonly home: Home; readonly lock: Lock }
  | { readonly is: 'held'; readonly home: Home; readonly by?: Holder };

/** Finds the home of a world and takes it for this process, or tells who has it. */
export function takeHome(world: World, door: About['door']): HeldHome {
  const home = openHome({ env: process.env, world });
  const held = holdHome(home, { pid: process.pid, door, since: new Date().toISOString() });
  return { ...held, home };
}

/** What a host has better than the laptop alone. */
export interface HostParts {
  /** The key store of the operating system. */
  readonly keeper?: (home: Home) => Keeper;
  readonly awake?: Awake;
}

/** Opens a world for a page host. Throws `held-elsewhere`, naming the holder, when another Coldstart has its home. */
export async function openWorld(world: World, door: About['door'], given?: HostParts): Promise<DoorWorld> {
  const held = takeHome(world, door);
  if (held.is === 'held') throw heldElsewhere(held.home, held.by);
  return worldIn(held.home, held.lock, door, given);
}

/** Opens a world in a home this process holds; closing it lets the home go. */
export async function worldIn(
  home: Home,
  lock: Lock,
  door: About['door'],
  given: HostParts = {},
): Promise<DoorWorld> {
  const scope = new Scope();
  scope.own(lock);
  try {
    const clock = systemClock;
    const chance = systemChance;
    const store = scope.own(openStore(home.db));
    const vault = openVault(home.vault, {
      practice: home.world === 'practice',
      chance,
      ...(given.keeper && { keeper: given.keeper(home) }),
    });
    // A laptop that remembers the vault's key does not ask for the passphrase.
    await vault.recall();
    const files = localFiles();
    const practice =
      home.world === 'practice'
        ? scope.own(
            await (await import('./practice-world.ts')).practiceWorld({ home, store, files, clock, chance }),
          )
        : undefined;
    const ssh = sshLinks({
      knownHostsFile: home.knownHosts,
      clock,
      ...(home.world === 'practice' ? { userSshFolder: join(home.folder, 'no-ssh-folder') } : {}),
    });
    const boxes = scope.own(blackBoxes(join(home.folder, 'black-box'), { vault, clock }));
    const lines = practice?.serialPorts ?? serialPorts({ clock, known: () => socketsOf(store) });
    const allConsoles = consoles({
      ports: lines,
      detect: baudDetection({ clock }),
      blackBoxes: boxes,
      clock,
    });
    const ports = {
      clock,
      chance,
      links: linksByTarget(ssh, serialLinks({ consoles: allConsoles, clock, chance })),
      consoles: allConsoles,
      blackBoxes: boxes,
      files,
      sticks: localSticks(),
      work: work(),
      awake: given.awake ?? inhibitedSleep(),
      power: localPower(),
      metrics: metricsBox(),
      uploads: localUploads,
      senses: practice?.senses ?? networkSenses({ greet }),
      // Pretended nodes have a pretended way out.
      ...(home.world === 'practice' ? {} : { reach: reachFromLaptop }),
    };
    const about = { home, store, clock, builtAt: build.builtAt };
    const damage = [...(vault.damage ? [vault.damage.says] : []), ...store.warnings];
    let station: PracticeStation | undefined;
    const composed = scope.own(
      compose({
        world: home.world,
        door,
        version: build,
        ports,
        store,
        vault,
        home,
        shippedKeys: join(resourcesFolder(), 'keys'),
        practiceKeys: home.world === 'practice' ? practiceKeys() : undefined,
        warnings: () => [...damage, ...boxes.trouble(), ...warningsNow(about)],
        alarms: () => [...damage, ...clockNow(about)],
        station: () => station,
        exercises: () => practice?.exercises,
        isStation: (address, port) => practice?.isStation(address, port) ?? false,
      }),
    );
    station = await practice?.settle(composed.handlers.calls);
    return {
      handlers: composed.handlers,
      goingOn: composed.goingOn,
      home: home.folder,
      door: home.door,
      close: () => scope.close(),
    };
  } catch (thrown) {
    await scope.close();
    throw thrown;
  }
}

/** Sockets that are the console of some node: nothing plugged in would show them. */
const socketsOf = (store: Store): readonly string[] =>
  store
    .read(db => nodes(db))
    .flatMap(({ cable }) => (cable && /^(tcp|rfc2217|unix):/.test(cable.port) ? [cable.port] : []));
