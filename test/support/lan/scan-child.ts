import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { compose } from '../../../main/compose.ts';
import { noBlackBoxes, noConsoles } from '../../../main/links/serial/none.ts';
import { greet } from '../../../main/links/ssh/greet.ts';
import { systemChance } from '../../../main/machine/chance.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { openHome } from '../../../main/machine/home.ts';
import { metricsBox } from '../../../main/machine/metrics.ts';
import { networkSenses } from '../../../main/machine/network/senses.ts';
import { localSticks } from '../../../main/machine/sticks.ts';
import { openVault } from '../../../main/machine/vault.ts';
import { work } from '../../../main/machine/work.ts';
import { addSiteCaHash } from '../../../main/store/inventory.ts';
import { openStore } from '../../../main/store/open.ts';
import { build, resourcesFolder } from '../../../main/version.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import { context } from '../sites.ts';
import type { ScanOrder, ScanSaid, Weight } from './scan-orders.ts';

/** The app in the laptop's namespace, without a front door: `scan-child.ts HOME`; see `ScanOrder` for what it hears. */
const home = openHome({ env: { COLDSTART_HOME: process.argv[2] ?? '' }, world: 'practice' });
const store = openStore(home.db);
const noLink = () => Promise.reject(new Error('a scan opens no links'));
const composed = compose({
  world: 'practice',
  door: 'terminal',
  version: build,
  ports: {
    clock: systemClock,
    chance: systemChance,
    links: { open: noLink, trust: noLink, trustByCable: noLink },
    consoles: noConsoles,
    blackBoxes: noBlackBoxes,
    files: localFiles(),
    sticks: localSticks(),
    work: work(),
    awake: { hold: () => ({ close: () => undefined }) },
    power: { supplies: async () => [] },
    metrics: metricsBox(),
    senses: networkSenses({ greet }),
  },
  store,
  vault: openVault(home.vault, { practice: true, chance: systemChance }),
  home,
  shippedKeys: join(resourcesFolder(), 'keys'),
  warnings: () => [],
  station: () => undefined,
  isStation: () => true,
});
const { calls, feeds } = composed.handlers;
const say = (said: ScanSaid): void => void process.stdout.write(`${JSON.stringify(said)}\n`);

/** Sockets of this process, whatever opened them. */
const sockets = (): number =>
  readdirSync('/proc/self/fd').filter(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      return false; // the one that listed them
    }
  }).length;
const mebibytes = (): number => process.memoryUsage.rss() / 2 ** 20;

/** Looks twenty times a second how much a scan takes. */
function weighing(): () => Promise<Weight> {
  const before = { sockets: sockets(), mebibytes: mebibytes() };
  let most = before;
  const look = (): void => {
    most = {
      sockets: Math.max(most.sockets, sockets()),
      mebibytes: Math.max(most.mebibytes, mebibytes()),
    };
  };
  const timer = setInterval(look, 50);
  return async () => {
    look();
    clearInterval(timer);
    await pause(1000);
    return {
      mostSockets: most.sockets - before.sockets,
      socketsLeft: sockets() - before.sockets,
      idleMiB: before.mebibytes,
      mostMiB: most.mebibytes,
    };
  };
}

let stop = new AbortController();

async function scan({ is: _is, ...asked }: Extract<ScanOrder, { is: 'scan' }>): Promise<void> {
  stop = new AbortController();
  const weigh = weighing();
  const began = performance.now();
  const at = (): number => Math.round(performance.now() - began);
  try {
    for await (const news of feeds['scan.run'](asked, stop.signal)) say({ is: 'news', at: at(), news });
  } catch (thrown) {
    const { code, says } = failureOf(thrown);
    say({ is: 'failed', at: at(), code, says });
  }
  say({ is: 'over', ...(await weigh()) });
}

async function know(name: string, caHash: string): Promise<void> {
  const site = await calls['site.create']({ name }, context());
  store.write(db => addSiteCaHash(db, site.id, caHash, new Date().toISOString()));
  say({ is: 'ready' });
}

async function show(): Promise<void> {
  const began = performance.now();
  const { machines } = await calls['inventory.show']({}, context());
  say({ is: 'shown', machines: machines.length, ms: performance.now() - began });
}

createInterface({ input: process.stdin })
  .on('line', line => {
    const order = JSON.parse(line) as ScanOrder;
    if (order.is === 'scan') void scan(order);
    else if (order.is === 'know') void know(order.site, order.caHash);
    else if (order.is === 'show') void show();
    else stop.abort();
  })
  .on('close', () => process.exit(0));
say({ is: 'ready' });
