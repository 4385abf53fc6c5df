import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PracticeStation, SiteNode } from '../preload/contract/domain.ts';
import type { CallContext, CallHandlers } from './bridge/handlers.ts';
import type { Secret } from './core/secret.ts';
import type { Home } from './machine/home.ts';
import type { Chance, Clock, Exercises, Files, NetworkSenses, SerialPorts } from './ports.ts';
import { exercises } from './practice/exercises/book.ts';
import { practiceLan } from './practice/lan.ts';
import { practiceStation } from './practice/station.ts';
import { moveNode } from './store/nodes.ts';
import type { Store } from './store/store.ts';
import { resourcesFolder } from './version.ts';

export interface PracticeWorld {
  isStation(address: string, port: number): boolean;
  /** The practice node's console, as the only serial port of this world. */
  readonly serialPorts: SerialPorts;
  readonly exercises: Exercises;
  /** A pretended network with the practice node in it. */
  readonly senses: NetworkSenses;
  /** Makes the practice site and node known through the same calls the page uses; then tells where everything is. */
  settle(calls: CallHandlers): Promise<PracticeStation>;
  close(): Promise<void>;
}

const siteName = 'Practice station';
const context: CallContext = { signal: new AbortController().signal, progress: () => {} };

/**
 * Starts the practice station and pins its host key in this home's own known_hosts. Its login is random for each start
 * and lives in memory only.
 */
export async function practiceWorld(deps: {
  readonly home: Home;
  readonly store: Store;
  readonly files: Files;
  readonly clock: Clock;
  readonly chance: Chance;
}): Promise<PracticeWorld> {
  const { home, store, files, clock, chance } = deps;
  const resources = join(resourcesFolder(), 'practice');
  const station = await practiceStation({ home: home.folder, resources, clock, chance });
  await files.write(home.knownHosts, `${station.hostKey}\n`);

  const findOrAdd = async (calls: CallHandlers): Promise<SiteNode> => {
    const recipient = readFileSync(join(resources, 'hq', 'age-recipient.txt'), 'utf8').trim();
    const [known] = await calls['site.list']({}, context);
    const site = known ?? (await calls['site.create']({ name: siteName }, context));
    if (site.recipients.length === 0)
      await calls['site.recipients']({ site: site.id, recipients: [recipient] }, context);
    const [there] = await calls['node.list']({ site: site.id }, context);
    if (there) {
      store.write(db => moveNode(db, there.id, station.address, station.port));
      return there;
    }
    return calls['node.add'](
      {
        site: site.id,
        name: station.name,
        address: station.address,
        port: station.port,
        user: station.user,
        login: { is: 'password' },
      },
      context,
    );
  };

  return {
    serialPorts: station.serial.ports,
    senses: practiceLan({ station: station.node, clock, fingerprint: station.fingerprint }),
    exercises: exercises(station, { home: home.folder, clock }),
    isStation: (address, port) => address === station.address && port === station.port,
    settle: async calls => {
      const node = await findOrAdd(calls);
      const give = (kind: 'password' | 'sudo' | 'root', secret: Secret): unknown =>
        calls['node.secret']({ node: node.id, kind, secret: secret.reveal(), keep: false }, context);
      await give('password', station.password);
      await give('sudo', station.sudoPassword);
      // On the station root logs in with the same password.
      await give('root', station.sudoPassword);
      // Beside the homes, not in them: an export into a home is refused, in practice as at a site.
      const stickFolder = `${dirname(home.folder)}-practice-stick`;
      mkdirSync(stickFolder, { recursive: true });
      return { site: node.site, node: node.id, bundleFolder: join(resources, 'bundle'), stickFolder };
    },
    close: () => station.close(),
  };
}
