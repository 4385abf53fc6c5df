import type { Home } from './machine/home.ts';
import type { About, PracticeStation, World } from '../preload/contract/domain.ts';
import type { CallHandlers, Handlers } from './bridge/handlers.ts';
import type { GoingOn } from './core/going-on.ts';
import { clockWarning } from './core/laptop-clock.ts';
import { FieldError } from '../preload/contract/failure.ts';
import type { Exercises, KeptVault, Ports } from './ports.ts';
import { bundleService } from './services/bundles/service.ts';
import { consoleService } from './services/consoles/service.ts';
import { doctorService } from './services/doctor/service.ts';
import { execService } from './services/exec/service.ts';
import { folderService } from './services/folders/service.ts';
import { laptopKey } from './services/keys/laptop-key.ts';
import { keysService } from './services/keys/service.ts';
import { trustedKeys } from './services/keys/trusted.ts';
import type { PracticeKeys } from './services/keys/trusted.ts';
import { hqService } from './services/hq/service.ts';
import { laptopService } from './services/laptop/service.ts';
import { postService } from './services/post/service.ts';
import { scraper } from './services/recorder/scrape/scrape.ts';
import { recorderService } from './services/recorder/service.ts';
import { visits } from './services/recorder/visits.ts';
import { runbookService } from './services/runbooks/service.ts';
import { scanService } from './services/scan/service.ts';
import { settingsService } from './services/settings/service.ts';
import { shellService } from './services/shells/service.ts';
import { siteService } from './services/sites/service.ts';
import { lookService } from './services/snapshots/look.ts';
import { gapService } from './services/snapshots/gap.ts';
import { catalogueService } from './services/snapshots/catalogue.ts';
import { proveService } from './services/snapshots/prove.ts';
import { snapshotService } from './services/snapshots/service.ts';
import { stickService } from './services/sticks/service.ts';
import { supplyService } from './services/supply/service.ts';
import { vaultService } from './services/vault/service.ts';
import { newestEntry } from './store/newest.ts';
import { sites as allSites } from './store/sites.ts';
import type { Store } from './store/store.ts';

/** What one world is made of. The front door brings it; nothing here reaches outside by itself. */
export interface Parts {
  readonly world: World;
  readonly door: About['door'];
  readonly version: { readonly version: string; readonly builtAt: string };
  readonly ports: Ports;
  readonly store: Store;
  readonly vault: KeptVault;
  readonly home: Home;
  /** Undefined in the real world. */
  readonly practiceKeys?: PracticeKeys | undefined;
  /** Public keys of headquarters that ship with the app. */
  readonly shippedKeys: string;
  /** Sentences for every screen: a damaged database set aside, a wrong clock. Asked anew at every look. */
  readonly warnings: () => readonly string[];
  /** Those that a single command says too. */
  readonly alarms?: () => readonly string[];
  /** Undefined in the real world. */
  readonly station: () => PracticeStation | undefined;
  /** Undefined in the real world. */
  readonly exercises?: () => Exercises | undefined;
  /** Whether an address is the practice station's; never in the real world. */
  readonly isStation: (address: string, port: number) => boolean;
}

export interface Composed {
  readonly handlers: Handlers;
  /** What a closing would interrupt now. */
  readonly goingOn: () => readonly GoingOn[];
  close(): Promise<void>;
}

/** Joins all services into what a carrier serves. The one file that sees them all. */
export function compose(parts: Parts): Composed {
  const { store, vault, home, world } = parts;
  const { clock, chance, files, work, sticks, links, awake, power } = parts.ports;
  const sites = siteService({
    store,
    links,
    vault,
    clock,
    chance,
    world,
    isPracticeAddress: parts.isStation,
  });
  const nodes = { ...sites.nodes, ...sites.secrets };
  const trusted = trustedKeys({ store, clock, practice: parts.practiceKeys });
  const { calls: bundleCalls, bundles } = bundleService({
    store,
    files,
    work,
    clock,
    home,
    world,
    shippedKeys: parts.shippedKeys,
    listedKeys: () => trusted.bundleKeys(),
  });
  const prove = proveService({
    store,
    clock,
    files,
    work,
    nodes,
    bundles,
    home,
    supplyRunDays: () => settings.current().supplyRunDays,
  });
  const catalogue = catalogueService({ store, files, clock, proofs: prove.proofs, home: home.folder });
  const { calls: snapshotCalls, snapshots } = snapshotService({
    store,
    clock,
    chance,
    files,
    work,
    nodes,
    proofs: prove.proofs,
    home: home.folder,
    world,
  });
  const looks = lookService({ work, snapshots, bundles, home: home.folder });
  const runbooks = runbookService({
    store,
    clock,
    chance,
    files,
    work,
    vault,
    nodes,
    bundles,
    snapshots,
    home,
    world,
  });
  const doctor = doctorService({ store, vault, clock, chance, files, work, nodes });
  const signer = laptopKey({ store, vault, clock, chance });
  const clockDoubtful = (): boolean =>
    clockWarning(clock.now(), new Date(parts.version.builtAt), store.read(newestEntry)) !== undefined;
  const visited = visits({
    store,
    nodes,
    files,
    clock,
    metrics: parts.ports.metrics,
    reach: parts.ports.reach ?? (() => Promise.resolve(undefined)),
    home: home.folder,
  });
  const recorder = recorderService({
    store,
    clock,
    files,
    metrics: parts.ports.metrics,
    nodes,
    scrape: visited.around(scraper(clock)),
    clockDoubtful,
    home: home.folder,
    supplyRunDays: () => settings.current().supplyRunDays,
    laptop: () => signer.shown()[0]?.id,
  });
  const supply = supplyService({
    store,
    clock,
    chance,
    files,
    work,
    nodes,
    snapshots,
    runs: runbooks.runs,
    evidence: doctor.evidence,
    blackBoxes: parts.ports.blackBoxes,
    trusted,
    laptop: signer,
    clockDoubtful,
    metrics: recorder.logged,
    supplyRunDays: () => settings.current().supplyRunDays,
    home,
    world,
    version: parts.version.version,
  });
  const plugged = stickService({
    sticks,
    store,
    files,
    work,
    clock,
    chance,
    busyAt: folder => supply.busyAt(folder),
  });
  const post = postService({
    store,
    files,
    clock,
    world,
    trusted,
    takeReceipts: from => supply.takeReceipts(from),
    look: path => keys.look(path),
  });
  const keys = keysService({
    store,
    clock,
    chance,
    files,
    work,
    world,
    trusted,
    laptop: signer,
    practice: parts.practiceKeys,
    home: home.folder,
    site: id => nodes.site(id),
    sites: () => store.read(allSites),
    prove: async ({ path, token, sha256 }, context) =>
      prove.calls['snapshot.prove']({ of: { is: 'file', path }, token, sha256 }, context),
  });
  const shells = shellService({ nodes, chance });
  const exec = execService({ nodes });
  const consoles = consoleService({ ...parts.ports, store, sites });
  const scans = scanService({ ...parts.ports, store, nodes, secrets: sites.secrets });
  runbooks.resumeAtStart();
  const settings = settingsService({ store });
  const gaps = gapService({
    store,
    clock,
    nodes,
    supplyRunDays: () => settings.current().supplyRunDays,
    isProven: copy => prove.proofs.isProven(copy),
  });
  const hq = hqService({ files, work, clock, chance, world, uploads: parts.ports.uploads });
  const laptop = laptopService({
    calls: { ...bundleCalls, ...snapshotCalls, ...runbooks.calls, ...supply.calls, ...hq.calls },
    news: runbooks.feeds['run.news'],
    awake,
    power,
    keepAwake: () => settings.current().keepAwakeWhileRunning,
  });

  const about = (): About => ({
    ...parts.version,
    door: parts.door,
    practice: world === 'practice',
    home: home.folder,
    vault: vault.state(),
    canRemember: vault.canRemember,
    remembered: vault.remembered(),
    warnings: parts.warnings(),
    alarms: parts.alarms?.() ?? [],
  });
  const app: Pick<CallHandlers, 'app.about' | 'practice.station'> = {
    'app.about': about,
    'practice.station': () => {
      const station = parts.station();
      if (!station) throw notPractice();
      return station;
    },
  };
  const practised = (): Exercises => {
    const found = parts.exercises?.();
    if (!found) throw notPractice();
    return found;
  };
  const exercises = {
    'exercise.list': () => practised().list(),
    'exercise.begin': ({ exercise }) => practised().begin(exercise),
    'exercise.hint': () => practised().hint(),
    'exercise.check': () => practised().check(),
    'exercise.leave': async () => {
      await practised().leave();
      return null;
    },
  } satisfies Partial<CallHandlers>;
  return {
    handlers: {
      calls: {
        ...app,
        ...exercises,
        ...vaultService({ vault, about }),
        ...settings.calls,
        ...folderService({ files, sticks }),
        ...sites.calls,
        ...scans.calls,
        ...bundleCalls,
        ...snapshotCalls,
        ...prove.calls,
        ...catalogue.calls,
        ...looks.calls,
        ...gaps.calls,
        ...runbooks.calls,
        ...supply.calls,
        ...keys.calls,
        ...post.calls,
        ...recorder.calls,
        ...visited.calls,
        ...plugged.calls,
        ...shells.calls,
        ...consoles.calls,
        ...doctor.calls,
        ...laptop.calls,
        ...hq.calls,
      },
      feeds: {
        ...recorder.feeds,
        ...plugged.feeds,
        ...scans.feeds,
        ...runbooks.feeds,
        ...shells.feeds,
        ...exec.feeds,
        ...consoles.feeds,
        ...doctor.feeds,
      },
    },
    goingOn: laptop.goingOn,
    close: async () => {
      laptop.close();
      await recorder.close();
      await shells.close();
      await runbooks.close();
      await sites.close();
      await parts.ports.consoles.close();
    },
  };
}

const notPractice = (): FieldError =>
  new FieldError({
    code: 'practice-only',
    says: 'There is no practice station in the real world.',
    untouched: 'Nothing was done.',
    next: 'Enter practice from the welcome screen, or add --practice on the command line.',
  });
