import { noNetwork } from './senses.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { InstallOptions, Plan, Run } from '../../preload/contract/domain.ts';
import type { BundleId, NodeId, RunId, SiteId } from '../../preload/contract/ids.ts';
import { usualLine } from '../../preload/contract/serial.ts';
import type { RunbookAsk } from '../../preload/contract/contract.ts';
import type { Handlers } from '../../main/bridge/handlers.ts';
import { compose } from '../../main/compose.ts';
import { linksByTarget } from '../../main/links/by-target.ts';
import { baudDetection } from '../../main/links/serial/baud/detect.ts';
import { consoles } from '../../main/links/serial/console/consoles.ts';
import { serialLinks } from '../../main/links/serial/links.ts';
import { noBlackBoxes, noConsoles } from '../../main/links/serial/none.ts';
import { sshLinks } from '../../main/links/ssh/links.ts';
import { systemChance } from '../../main/machine/chance.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { localFiles } from '../../main/machine/files.ts';
import { openHome } from '../../main/machine/home.ts';
import { localSticks } from '../../main/machine/sticks.ts';
import { openVault } from '../../main/machine/vault.ts';
import { metricsBox } from '../../main/machine/metrics.ts';
import { work } from '../../main/machine/work.ts';
import type { Clock, Consoles, Links, SerialPorts } from '../../main/ports.ts';
import { practiceStation } from '../../main/practice/station.ts';
import type { PracticeStation, Scenario } from '../../main/practice/station.ts';
import { practiceKeys } from '../../main/practice-keys.ts';
import { openStore } from '../../main/store/open.ts';
import { build, resourcesFolder } from '../../main/version.ts';
import { folder } from './folder.ts';
import { context } from './sites.ts';

/** How to reach the station: all an app in another process needs. */
export interface StationAt {
  readonly home: string;
  readonly port: number;
  readonly user: string;
  readonly name: string;
  readonly hostKey: string;
  readonly password: string;
}

/** One opened app on a home: the same services as behind a front door, without the door. */
export interface OpenApp {
  readonly handlers: Handlers;
  readonly calls: Handlers['calls'];
  readonly site: SiteId;
  readonly node: NodeId;
  close(): Promise<void>;
}

/** Opens the app in a practice home and makes the station known to it. */
export async function openApp(
  at: StationAt,
  clock: Clock = systemClock,
  cable?: SerialPorts,
): Promise<OpenApp> {
  const home = openHome({ env: { COLDSTART_HOME: at.home }, world: 'practice' });
  writeFileSync(home.knownHosts, `${at.hostKey}\n`);
  const store = openStore(home.db);
  const vault = openVault(home.vault, { practice: true, chance: systemChance });
  const links = sshLinks({
    knownHostsFile: home.knownHosts,
    userSshFolder: undefined,
    agentSocket: undefined,
    clock,
  });
  const over = cable && onTheCable(cable, clock, links);
  const composed = compose({
    world: 'practice',
    door: 'terminal',
    version: build,
    ports: {
      clock,
      chance: systemChance,
      links: over?.links ?? links,
      consoles: over?.consoles ?? noConsoles,
      blackBoxes: noBlackBoxes,
      files: localFiles(),
      sticks: localSticks(),
      work: work(),
      awake: { hold: () => ({ close: () => undefined }) },
      power: { supplies: async () => [] },
      metrics: metricsBox(),
      senses: noNetwork,
    },
    store,
    vault,
    home,
    shippedKeys: join(resourcesFolder(), 'keys'),
    practiceKeys: practiceKeys(),
    warnings: () => [],
    station: () => undefined,
    isStation: (_address, port) => port === at.port,
  });
  const { calls } = composed.handlers;
  const [site = await calls['site.create']({ name: 'Practice station' }, context())] = await calls[
    'site.list'
  ]({}, context());
  const login = { is: 'password' } as const;
  const asked = { site: site.id, name: at.name, address: '127.0.0.1', port: at.port, user: at.user, login };
  const [node = await calls['node.add'](asked, context())] = await calls['node.list'](
    { site: site.id },
    context(),
  );
  for (const kind of ['password', 'sudo'] as const)
    await calls['node.secret']({ node: node.id, kind, secret: at.password, keep: false }, context());
  if (cable) {
    const [port] = await calls['serial.list']({}, context());
    if (!port) throw new Error('the practice station has no serial port');
    await calls['node.cable']({ node: node.id, cable: { port: port.port, settings: usualLine } }, context());
    await calls['node.over']({ node: node.id, over: 'serial' }, context());
  }
  return {
    handlers: composed.handlers,
    calls,
    site: site.id,
    node: node.id,
    close: async () => {
      await composed.close();
      store.close();
    },
  };
}

/** Consoles on the station's cable, and links that go over it where a node says so. */
function onTheCable(
  ports: SerialPorts,
  clock: Clock,
  ssh: Links,
): { readonly consoles: Consoles; readonly links: Links } {
  const all = consoles({
    ports,
    detect: baudDetection({ clock }),
    blackBoxes: noBlackBoxes,
    clock,
  });
  return {
    consoles: all,
    links: linksByTarget(ssh, serialLinks({ consoles: all, clock, chance: systemChance })),
  };
}

export interface PracticeSite extends StationAt {
  readonly station: PracticeStation;
  /** `over` is the way to the node: SSH where nothing is said. */
  open(clock?: Clock, over?: 'ssh' | 'serial'): Promise<OpenApp>;
}

/** A practice station with a home beside it; everything is closed when the test ends. */
export async function practiceSite(t: TestContext, scenario: Partial<Scenario> = {}): Promise<PracticeSite> {
  const base = folder(t);
  const home = join(base, 'home');
  mkdirSync(home);
  const stationHome = join(base, 'station');
  mkdirSync(stationHome);
  const resources = join(resourcesFolder(), 'practice');
  const station = await practiceStation({
    home: stationHome,
    resources,
    clock: systemClock,
    chance: systemChance,
    consolePace: 0,
  });
  // Nobody needs to watch a pretended start.
  station.set({ k3sStartMs: 150, k3sReadyMs: 150, ...scenario });
  const apps: OpenApp[] = [];
  const { port, user, name, hostKey } = station;
  const at = { home, port, user, name, hostKey, password: station.password.reveal() };
  t.after(async () => {
    for (const app of apps) await app.close();
    await station.close();
  });
  return {
    ...at,
    station,
    open: async (clock, over) => {
      const app = await openApp(at, clock, over === 'serial' ? station.serial.ports : undefined);
      const closing = {
        ...app,
        close: async () => {
          apps.splice(apps.indexOf(closing), 1);
          await app.close();
        },
      };
      apps.push(closing);
      return closing;
    },
  };
}

/** Imports the practice bundle. */
export const importBundle = async ({ calls }: OpenApp): Promise<BundleId> =>
  (await calls['bundle.import']({ path: join(resourcesFolder(), 'practice', 'bundle') }, context())).id;

/** What the wizard would ask for, with changes. */
export async function installAsk(
  app: OpenApp,
  change: Partial<InstallOptions> = {},
): Promise<RunbookAsk & { is: 'install-single' }> {
  const bundle = await importBundle(app);
  const options = await app.calls['install.defaults']({ node: app.node }, context());
  return { is: 'install-single', node: app.node, bundle, options: { ...options, ...change } };
}

/** Plans and starts. */
export async function begin(
  { calls }: OpenApp,
  ask: RunbookAsk,
): Promise<{ readonly plan: Plan; readonly run: Run }> {
  const plan = await calls['run.plan']({ ask }, context());
  return { plan, run: await calls['run.start']({ ask, digest: plan.digest }, context()) };
}

/** Waits until a run ends and gives it. */
export async function ended({ handlers }: OpenApp, run: RunId): Promise<Run> {
  for await (const news of handlers.feeds['run.news']({ run }, new AbortController().signal))
    if (news.is === 'ended') return news.run;
  throw new Error('the news ended without an end');
}

/** Starts and waits. */
export async function runThrough(app: OpenApp, ask: RunbookAsk): Promise<Run> {
  const { run } = await begin(app, ask);
  return await ended(app, run.id);
}

/** The whole terminal of a run that has ended, as text. */
export async function terminalOf({ handlers }: OpenApp, run: RunId): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const { bytes } of handlers.feeds['run.terminal']({ run }, new AbortController().signal))
    parts.push(bytes);
  return Buffer.concat(parts).toString();
}

/** Where each step stands, for a failing test's message. */
export const standings = (run: Run): string =>
  `${run.state} ${run.failure?.says ?? ''}\n${run.steps.map(({ id, standing, saw }) => `${id}: ${standing} ${saw ?? ''}`).join('\n')}`;
