import { FieldError } from '../../../preload/contract/failure.ts';
import type { FeedArgs } from '../../../preload/contract/contract.ts';
import type { MachineId, SiteId } from '../../../preload/contract/ids.ts';
import type { Inventory, LanNow } from '../../../preload/contract/scan.ts';
import type { CallHandlers, FeedHandlers } from '../../bridge/handlers.ts';
import { cableAdvice } from '../../core/lan/cable.ts';
import { chosenNetworks, networkOf } from '../../core/lan/cidr.ts';
import type { KnownMachine } from '../../core/lan/inventory/machine.ts';
import { shown } from '../../core/lan/inventory/shown.ts';
import { proposals } from '../../core/lan/proposals.ts';
import { questions } from '../../core/lan/questions.ts';
import type { Chance, Clock, Consoles, NetworkSenses } from '../../ports.ts';
import { audit } from '../../store/audit.ts';
import {
  addSiteCaHash,
  forgetMachine,
  knownMachines,
  scanPreference,
  setScanPreference,
} from '../../store/inventory.ts';
import { technician } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import type { KeptSecrets, Nodes } from '../sites/nodes.ts';
import { groundOf } from './ground.ts';
import { liveScan } from './live.ts';

export interface ScanDeps {
  readonly store: Store;
  readonly senses: NetworkSenses;
  readonly consoles: Pick<Consoles, 'ports'>;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly nodes: Pick<Nodes, 'site'>;
  readonly secrets: KeptSecrets;
}

/** Finding machines on the networks of this laptop, and what is known of them. */
export function scanService(deps: ScanDeps): {
  readonly calls: Pick<
    CallHandlers,
    'scan.networks' | 'scan.prefer' | 'inventory.show' | 'inventory.join' | 'inventory.forget'
  >;
  readonly feeds: Pick<FeedHandlers, 'scan.run'>;
} {
  const { store, senses, clock } = deps;
  let isRunning = false;
  const now = (): string => clock.now().toISOString();

  const lan = async (): Promise<LanNow> => {
    const wires = await senses.wires();
    const preferred = (cidr: string) => store.read(db => scanPreference(db, cidr));
    return {
      wires,
      networks: proposals(wires, preferred),
      advice: cableAdvice(wires, platformHere()),
    };
  };

  const inventory = (site?: SiteId): Inventory => {
    const all = shown(store.read(knownMachines), groundOf(deps), now());
    if (site === undefined) return all;
    const isOfSite = ({ cluster }: Inventory['machines'][number]): boolean =>
      'site' in cluster && cluster.site === site;
    const machines = all.machines.filter(isOfSite);
    const ids = new Set(machines.map(each => each.id));
    return {
      at: all.at,
      machines,
      conflicts: all.conflicts.filter(each => each.machines.some(id => ids.has(id))),
      topologies: all.topologies.filter(each => each.site === site),
    };
  };

  const machine = (id: MachineId): KnownMachine => {
    const found = store.read(knownMachines).find(each => each.id === id);
    if (!found) throw noMachine(id);
    return found;
  };

  async function* run(args: FeedArgs<'scan.run'>, signal: AbortSignal) {
    const networks = chosenNetworks(args.networks, args.wide ?? []);
    if (networks.length === 0) throw noNetwork();
    const exclude = [
      ...(args.exclude ?? []),
      ...networks.flatMap(({ text }) => store.read(db => scanPreference(db, text))?.exclude ?? []),
    ].map(networkOf);
    if (isRunning) throw running();
    isRunning = true;
    try {
      const ports = questions.filter(({ port }) => args.ports?.includes(port) ?? true);
      const more = (args.ports ?? []).filter(port => !questions.some(each => each.port === port));
      yield* liveScan(
        deps,
        {
          networks,
          exclude,
          pace: args.pace,
          ports: [...ports, ...more.map(port => ({ port, question: { is: 'knock' } as const }))],
        },
        signal,
      );
    } finally {
      isRunning = false;
    }
  }

  return {
    calls: {
      'scan.networks': lan,
      'scan.prefer': ({ cidr, fast, exclude }) => {
        const network = networkOf(cidr).text;
        const leftOut = exclude.map(each => networkOf(each).text);
        store.write(db => {
          setScanPreference(db, network, { fast, exclude: leftOut });
          audit(db, technician(db), 'set-scan', { network, fast, exclude: leftOut }, clock.now());
        });
        return lan();
      },
      'inventory.show': ({ site }) => inventory(site === undefined ? undefined : deps.nodes.site(site).id),
      'inventory.join': ({ machine: id, site: at }) => {
        const site = deps.nodes.site(at);
        const { caHash, proves, name } = machine(id);
        if (caHash === undefined || !proves) throw notProven(name);
        store.write(db => {
          addSiteCaHash(db, site.id, caHash, now());
          audit(
            db,
            technician(db),
            'joined-cluster',
            { site: site.id, caHash, machine: id, name },
            clock.now(),
          );
        });
        return inventory();
      },
      'inventory.forget': ({ machine: id }) => {
        const { name } = machine(id);
        store.write(db => {
          forgetMachine(db, id);
          audit(db, technician(db), 'forgot-machine', { machine: id, name }, clock.now());
        });
        return inventory();
      },
    },
    feeds: { 'scan.run': run },
  };
}

const platformHere = (): 'linux' | 'darwin' | 'win32' =>
  process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux';

const noMachine = (id: string): FieldError =>
  new FieldError({
    code: 'no-such-thing',
    says: 'There is no such machine in the inventory of this laptop.',
    about: id,
    untouched: 'Nothing was changed.',
    next: 'Show the inventory again: it may have been forgotten meanwhile.',
  });

const noNetwork = (): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: 'No network was named, and this laptop is in none that could be a site’s.',
    untouched: 'Nothing was sent.',
    next: 'Plug in the cable, or switch the adapter on; then look at the networks again. A node without any network is reached over its serial console.',
  });

const running = (): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'A scan is going on already.',
    untouched: 'It goes on; no second one was started.',
    next: 'Wait for its end, or stop it first.',
  });

const notProven = (name: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: `${name} did not prove that it belongs to the cluster it shows.`,
    about: name,
    untouched: 'Nothing was joined to the site.',
    next: 'Scan it again. If it still holds no certificate of that CA, it is not a server of that cluster.',
  });
