import type { CallHandlers, FeedHandlers } from '../../../main/bridge/handlers.ts';
import type { CallName, FeedName } from '../../../preload/contract/contract.ts';
import type { Progress, Run, Settings, World } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { FailureCode } from '../../../preload/contract/failure.ts';
import type { RunId, ShellId } from '../../../preload/contract/ids.ts';
import type { Standing } from '../../../renderer/bridge/connection.ts';
import * as made from './made-up.ts';
import { exerciseStandIn } from './fake-exercises.ts';
import { gapStandIn } from './fake-gap.ts';
import { lookStandIn } from './fake-look.ts';
import { metricsStandIn } from './fake-metrics.ts';
import { proofStandIn } from './fake-proof.ts';
import { rescueStandIn } from './fake-rescue.ts';
import { restorePlan, restoreStandIn } from './fake-restore.ts';
import { scanStandIn } from './fake-scan.ts';
import { supplyStandIn } from './fake-supply.ts';
import { remedyPlan } from './made-up-rescue.ts';

/**
 * Stands where the page's bridge stands, so that every screen can be looked at, also those a healthy host never shows.
 * `?scenario=` chooses: `full` (default), `empty`, `lost`, `refused`, and `stopped-by-…` for what stands in the way.
 */
const { location } = globalThis as unknown as {
  readonly location: { readonly search: string; assign(to: string): void };
};
const query = new URLSearchParams(location.search);
const scenario = query.get('scenario') ?? 'full';
export const world: World = query.get('world') === 'practice' ? 'practice' : 'real';
export const enterWorld = (next: World): void =>
  location.assign(next === 'practice' ? '/?world=practice' : '/?scenario=empty');

const practice = world === 'practice';
const full = scenario !== 'empty' && !practice;
let settings: Settings = { ...made.settings, theme: (query.get('theme') ?? 'system') as Settings['theme'] };
let vault: 'open' | 'locked' | 'new' =
  practice || scenario === 'open-vault' ? 'open' : scenario === 'stopped-by-locked-vault' ? 'locked' : 'new';
let sites = practice
  ? [made.site(made.sites.north, 'Practice station', [made.recipient], true)]
  : full
    ? [
        made.site(made.sites.north, 'North station', [made.recipient]),
        made.site(made.sites.dome, 'Dome C, telescope hut', []),
      ]
    : [];
let nodes = practice
  ? [made.node(made.nodes.summit, made.sites.north, 'practice-1', { practice: true })]
  : full
    ? [
        made.node(made.nodes.summit, made.sites.north, 'summit-1', {
          lastSeen: made.ago(3),
          hostKey: 'SHA256:uNiVztksCsDhcc0u9e8BrrhkexZq4VtJc0OqU8mZb4M',
          k3sVersion: 'v1.35.2+k3s1',
        }),
        made.node(made.nodes.hut, made.sites.north, 'hut-2', { port: 2222 }),
        made.node(
          made.nodes.long,
          made.sites.north,
          'a-node-with-a-very-long-name.section-north.station.example',
          {
            address: 'fe80::5054:ff:fe12:3456%enx001122334455',
          },
        ),
      ]
    : [];
let bundles = full ? made.bundles : [];
let runs: readonly Run[] = full ? (scenario === 'remedied' ? [made.remedied] : made.allRuns) : [];
let nodeSnapshots = made.nodeSnapshots;
let snapshots = full ? made.snapshots : [];
const stopped = new Set<string>();

const fail = (code: FailureCode, says: string, facts?: Record<string, string>): never => {
  throw new FieldError({
    code,
    says,
    about: 'summit-1 (192.168.40.11)',
    untouched: 'Nothing was sent to the node.',
    next: 'Check the cable to the switch, or open a serial link.',
    ...(facts && { facts }),
  });
};
const wait = (ms: number): Promise<void> => new Promise(done => setTimeout(done, ms));

/** Fails once in the way the scenario names; what the technician then gives clears it. */
function standInTheWay(): void {
  const way = /^stopped-by-(.+)$/.exec(scenario)?.[1];
  if (way === undefined || stopped.has(way)) return;
  const fingerprint = 'SHA256:uNiVztksCsDhcc0u9e8BrrhkexZq4VtJc0OqU8mZb4M';
  if (way === 'host-key')
    fail('host-key-unknown', 'The host key is not known.', {
      fingerprint,
      keyType: 'ssh-ed25519',
      host: '192.168.40.11',
    });
  if (way === 'password') fail('password-needed', 'The node asks for a password.');
  if (way === 'sudo') fail('sudo-password-needed', 'sudo asks for a password.');
  if (way.endsWith('vault')) fail('vault-locked', 'The vault is locked.');
  if (way === 'changed-key') fail('host-key-changed', 'The host key is another one than before.');
  if (way === 'no-cable') fail('unreachable', 'No answer on SSH within 10 s.');
}

type Work = (progress: (p: Progress) => void, signal: AbortSignal) => Promise<void>;
let carries = 0;
const copying: Work = async (progress, signal) => {
  for (let done = 0; done <= 10 && !signal.aborted; done++) {
    progress({
      what: 'Hashing k3s-airgap-images-amd64.tar.zst',
      done: done * 1e7,
      total: 1e8,
      unit: 'bytes',
      remainingSeconds: 10 - done,
    });
    await wait(20);
  }
};

const openVault = () => {
  vault = 'open';
  stopped.add('locked-vault');
  stopped.add('new-vault');
  return made.about(practice, vault, []);
};

const rescue = rescueStandIn({
  scenario,
  changeNode: (node, part) => {
    nodes = nodes.map(each => (each.id === node ? { ...each, ...part } : each));
    return nodes.find(each => each.id === node) ?? fail('no-such-thing', 'No such node.');
  },
});

const supply = supplyStandIn(scenario, { practice, full });
const metrics = metricsStandIn(full ? scenario : 'metrics-none');
const scan = scanStandIn(scenario, full);

const calls: Partial<CallHandlers> = {
  ...metrics.calls,
  ...scan.calls,
  ...rescue.calls,
  ...exerciseStandIn(),
  ...lookStandIn(scenario),
  ...gapStandIn(scenario),
  ...restoreStandIn(scenario),
  ...supply.calls,
  ...proofStandIn(
    scenario,
    () => snapshots,
    gone => {
      snapshots = snapshots.filter(each => each.id !== gone);
    },
  ),
  'app.about': () =>
    made.about(
      practice,
      vault,
      full ? ['The disk of this laptop is not encrypted: a lost laptop gives away what it holds.'] : [],
    ),
  'settings.get': () => settings,
  'settings.set': change => (settings = { ...settings, ...change } as Settings),
  'practice.station': () => ({
    site: made.sites.north,
    node: made.nodes.summit,
    bundleFolder: '/usr/share/coldstart/practice/bundle',
    stickFolder: '/home/technician/.local/share/coldstart/practice/stick',
  }),
  'vault.change': ({ old }) =>
    old === 'wrong'
      ? fail('wrong-passphrase', 'That is not the passphrase of this vault.')
      : made.about(practice, vault, []),
  'vault.remember': () => ({ ...made.about(practice, vault, []), remembered: true }),
  'vault.forget': () => made.about(practice, vault, []),
  'vault.create': openVault,
  'vault.unlock': ({ passphrase }) =>
    passphrase === 'wrong' ? fail('refused', 'This is not the passphrase of the vault.') : openVault(),
  'folder.list': async ({ path = '/home/technician' }) => {
    if (query.has('slow-folders')) await wait(400);
    return {
      path,
      ...(path === '/' ? {} : { parent: path.replace(/\/[^/]*$/, '') || '/' }),
      entries: [
        ...[
          'Downloads',
          'k3s-v1.35.2',
          'a folder with a very long name, as they are made by browsers (copy 2)',
        ].map(name => ({
          name,
          path: `${path}/${name}`,
          folder: true,
          bytes: 0,
        })),
        { name: 'install.sh', path: `${path}/install.sh`, folder: false, bytes: 36_000 },
      ],
    };
  },
  'site.list': () => sites,
  'site.create': ({ name }) => {
    const site = made.site(made.sites.dome, name, []);
    sites = [...sites, site];
    return site;
  },
  'site.recipients': ({ site, recipients }) => {
    sites = sites.map(each => (each.id === site ? { ...each, recipients } : each));
    return sites.find(each => each.id === site) ?? fail('no-such-thing', 'No such site.');
  },
  'node.list': () => nodes,
  'node.add': ({ site, name, address, port, user }) => {
    const node = made.node(made.nodes.hut, site, name, { address, port, user });
    nodes = [...nodes, node];
    scan.added(address, node.id);
    return node;
  },
  'node.remove': ({ node }) => {
    nodes = nodes.filter(each => each.id !== node);
    return null;
  },
  'node.look': async () => {
    await wait(50);
    standInTheWay();
    return {
      hostname: 'summit-1.north-station.example',
      machineId: '5a1c0f3d2b4e4f5a8b9c0d1e2f3a4b5c',
      bootId: '0c6fa2f0-7c8e-4f5b-9c61-0c8f1d2e3a4b',
      os: 'Debian GNU/Linux 13 (trixie)',
      kernel: '6.12.41+deb13-amd64',
      arch: 'x86_64',
      sudo: 'passwordless',
      hostKey: 'ssh-ed25519 SHA256:uNiVztksCsDhcc0u9e8BrrhkexZq4VtJc0OqU8mZb4M',
    };
  },
  'node.trust': ({ node }) => {
    stopped.add('host-key');
    return nodes.find(each => each.id === node) ?? fail('no-such-thing', 'No such node.');
  },
  'node.secret': ({ kind }) => {
    stopped.add(kind);
    return null;
  },
  'node.preflight': async () => {
    await wait(50);
    standInTheWay();
    return practice
      ? {
          ...made.preflight,
          verdict: 'passed',
          checks: made.preflight.checks.filter(c => c.verdict === 'passed'),
        }
      : made.preflight;
  },
  'bundle.list': () => bundles,
  'bundle.import': async (_, { progress, signal }) => {
    await copying(progress, signal);
    if (signal.aborted) fail('cancelled', 'Importing was stopped because you asked for it.');
    bundles = [made.practiceBundle, ...bundles];
    return made.practiceBundle;
  },
  'bundle.verify': async (_, { progress, signal }) => {
    await copying(progress, signal);
    return bundles[0] ?? made.practiceBundle;
  },
  'bundle.consent': ({ bundle }) => {
    bundles = bundles.map(each =>
      each.id === bundle
        ? { ...each, origin: { is: 'unknown', consent: { by: 'A. Nansen', at: made.ago(0) } } }
        : each,
    );
    return bundles.find(each => each.id === bundle) ?? fail('no-such-thing', 'No such bundle.');
  },
  'install.defaults': () => made.options,
  'run.plan': async ({ ask }) => {
    await wait(50);
    if (ask.is === 'remedy') {
      const plan = remedyPlan(made.plan(practice));
      return scenario === 'long-cable' ? made.overLongCable(plan, ask.byStick === true) : plan;
    }
    if (ask.is === 'restore') return restorePlan(made.plan(practice));
    return ask.is === 'remove-k3s'
      ? { ...made.plan(practice), runbook: 'remove-k3s', title: 'Remove K3s' }
      : made.plan(practice);
  },
  'run.start': ({ ask }) => {
    const remedy = ask.is === 'remedy' ? { runbook: 'remedy' as const, title: 'Free disk space' } : {};
    const restore =
      ask.is === 'restore' ? { runbook: 'restore' as const, title: 'Restore the cluster on summit-1' } : {};
    const run = made.run(made.runs.going, 'running', {
      ...made.allRuns[3],
      practice,
      ...remedy,
      ...restore,
    });
    runs = [run, ...runs.filter(each => each.id !== run.id)];
    return run;
  },
  'run.list': () => runs,
  'run.show': ({ run }) => runs.find(each => each.id === run) ?? fail('no-such-thing', 'No such run.'),
  'run.continue': ({ run }) => ({
    ...(runs.find(each => each.id === run) ?? made.run(run, 'running')),
    state: 'running',
  }),
  'run.cancel': ({ run }) => ({
    ...(runs.find(each => each.id === run) ?? made.run(run, 'running')),
    state: 'cancelled',
  }),
  'shell.send': ({ bytes }) => {
    typed?.(bytes);
    return null;
  },
  'shell.resize': () => null,
  'snapshot.list': () => snapshots,
  'snapshot.onNode': async () => {
    await wait(30);
    standInTheWay();
    return nodeSnapshots;
  },
  'snapshot.take': async () => {
    await wait(100);
    return made.nodeSnapshots[1] ?? fail('bug', 'none');
  },
  'snapshot.pull': async (_, { progress, signal }) => {
    await copying(progress, signal);
    nodeSnapshots = nodeSnapshots.map(each => ({ ...each, pulled: made.pulledNow.id }));
    snapshots = [made.pulledNow, ...snapshots];
    return made.pulledNow;
  },
  'snapshot.verify': ({ snapshot }) =>
    snapshots.find(each => each.id === snapshot) ?? fail('no-such-thing', 'None.'),
  'carry.write': async ({ to }, { progress, signal }) => {
    // The first takes so long that it can be stopped, however slow the browser is.
    for (let i = 0; carries === 0 && i < 60 && !signal.aborted; i++) await copying(progress, signal);
    carries += 1;
    if (signal.aborted) fail('cancelled', 'Writing was stopped because you asked for it.');
    await copying(progress, signal);
    return made.carried(to);
  },
};

let typed: ((bytes: Uint8Array) => void) | undefined;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const stops = (signal: AbortSignal): Promise<void> =>
  new Promise(done =>
    signal.aborted ? done() : signal.addEventListener('abort', () => done(), { once: true }),
  );

async function* runNews(id: RunId, signal: AbortSignal): ReturnType<FeedHandlers['run.news']> {
  const run = runs.find(each => each.id === id);
  if (!run) return fail('no-such-thing', 'This run is not in the journal of this laptop.');
  yield { is: 'run', run };
  if (run.state !== 'running' || full)
    return signal.aborted ? undefined : await (run.state === 'running' ? stops(signal) : undefined);
  for (let i = 3; i < 8; i++) {
    await wait(150);
    const progress: Progress = { what: 'Working', done: i, total: 8, unit: 'steps', remainingSeconds: 8 - i };
    yield { is: 'step', step: made.step(i, 'passed', 'As it should be.'), progress };
  }
  const done = made.run(id, 'passed', { practice });
  runs = runs.map(each => (each.id === id ? done : each));
  yield { is: 'ended', run: done };
}

async function* runTerminal(signal: AbortSignal): ReturnType<FeedHandlers['run.terminal']> {
  if (scenario.endsWith('vault')) standInTheWay();
  const flood = Number(query.get('flood') ?? 0);
  yield {
    bytes: encode(
      '\u001b[1;36m# Bring the bundle to the node\u001b[0m\r\n\u001b[2m$\u001b[0m sha256sum -- /usr/local/bin/k3s\r\nb1946ac9…  /usr/local/bin/k3s\r\n',
    ),
  };
  yield {
    bytes: encode(
      '\u001b[32mThe same file is already there.\u001b[0m\r\n\u001b[33mwarning: clock 40 s behind\u001b[0m\r\n\u001b[31mFailed to open /proc/consoles\u001b[0m\r\n',
    ),
  };
  const line = encode(`${'0123456789'.repeat(7)}\r\n`);
  const chunk = new Uint8Array(65_520);
  for (let i = 0; i < chunk.length; i++) chunk[i] = line[i % line.length] ?? 0;
  for (let sent = 0; sent < flood && !signal.aborted; sent += chunk.length) yield { bytes: chunk.slice() };
  if (flood > 0) yield { bytes: encode('flood is over\r\n') };
  Object.assign(globalThis, { floodIsOver: true });
  await stops(signal);
}

async function* shell(signal: AbortSignal): ReturnType<FeedHandlers['shell.open']> {
  yield { is: 'opened', shell: '00000000-0000-4000-8000-000000000099' as ShellId };
  yield { is: 'bytes', bytes: encode('tech@summit-1:~$ ') };
  while (!signal.aborted) {
    const bytes = await Promise.race([new Promise<Uint8Array>(done => (typed = done)), stops(signal)]);
    if (bytes)
      yield {
        is: 'bytes',
        bytes: encode(new TextDecoder().decode(bytes).replaceAll('\r', '\r\ntech@summit-1:~$ ')),
      };
  }
}

const feeds: Partial<FeedHandlers> = {
  ...rescue.feeds,
  ...metrics.feeds,
  ...scan.feeds,
  ...supply.feeds,
  'run.news': ({ run }, signal) => runNews(run, signal),
  'run.terminal': (_, signal) => runTerminal(signal),
  'shell.open': (_, signal) => shell(signal),
};

export const call = async (
  name: CallName,
  args: unknown,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (p: Progress) => void } = {},
): Promise<unknown> => {
  await wait(1);
  const handler = calls[name] as ((args: unknown, context: unknown) => unknown) | undefined;
  if (!handler) return fail('bug', `The stand-in does not answer ${name}.`);
  const signal = options.signal ?? new AbortController().signal;
  return await handler(args, { signal, progress: options.onProgress ?? (() => undefined) });
};
export const listen = (
  name: FeedName,
  args: unknown,
  options: { readonly signal?: AbortSignal } = {},
): AsyncIterable<unknown> => {
  const handler = feeds[name] as ((args: unknown, signal: AbortSignal) => AsyncIterable<unknown>) | undefined;
  if (!handler) return fail('bug', `The stand-in has no feed ${name}.`);
  return handler(args, options.signal ?? new AbortController().signal);
};

const now: Standing =
  scenario === 'lost'
    ? { is: 'lost' }
    : scenario === 'refused'
      ? {
          is: 'refused',
          failure: {
            code: 'refused',
            says: 'This page was opened with a link that has been used already.',
            next: 'Press Enter in the terminal that runs Coldstart, and open the new link.',
          },
        }
      : { is: 'open' };
export const standing = (): Standing => now;
export const watchStanding = (): (() => void) => () => undefined;
export const tryAgain = (): void => undefined;
