import type { RunbookAsk } from '../../../preload/contract/contract.ts';
import type { InstallOptions, Preflight, Run, RunState, World } from '../../../preload/contract/domain.ts';
import { FieldError, failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { NodeId, RunId } from '../../../preload/contract/ids.ts';
import { runId } from '../../../preload/contract/ids.ts';
import { whole } from '../../../preload/contract/parse.ts';
import type { CallHandlers, FeedHandlers } from '../../bridge/handlers.ts';
import { checkOptions } from '../../core/runbook/options.ts';
import { nodeAddress, serialConsoles } from '../../core/runbook/preflight/facts.ts';
import { worst } from '../../core/runbook/preflight/sight.ts';
import { scrubber } from '../../core/scrub.ts';
import type { Chance, Clock, Files, Vault } from '../../ports.ts';
import { allRuns, recordRun, runById, runsInState, runsOfSite, standRun } from '../../store/runs.ts';
import type { RunRecord } from '../../store/runs.ts';
import { settingsKept, technician } from '../../store/settings.ts';
import type { Store } from '../../store/store.ts';
import type { Bundles } from '../bundles/bundles.ts';
import type { KeptSecrets, Nodes, SecretKind } from '../sites/nodes.ts';
import type { Snapshots } from '../snapshots/snapshots.ts';
import { headOf } from './book.ts';
import type { Book } from './book.ts';
import { bundleOf, catalogue } from './catalogue.ts';
import type { Ground } from './catalogue.ts';
import { consoleOf } from './console.ts';
import { leavingJobsAlone } from './job.ts';
import { auditOf, journal, linesOf, runOf, toldOf } from './journal.ts';
import { LiveRuns } from './live.ts';
import type { Whose } from './lock.ts';
import { nameTyped } from './remove-k3s/book.ts';
import type { Runs } from './runs.ts';
import { Sitting } from './sitting.ts';
import type { SittingEnd } from './sitting.ts';
import { strongbox } from './strongbox.ts';
import { readTerminal, RunTerminal } from './terminal.ts';

export interface RunbookParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly files: Files;
  readonly vault: Vault;
  readonly nodes: Nodes & KeptSecrets;
  readonly bundles: Bundles;
  readonly snapshots: Snapshots;
  readonly home: { readonly runs: string };
  readonly world: World;
}

type Calls =
  | 'node.preflight'
  | 'install.defaults'
  | 'run.plan'
  | 'run.start'
  | 'run.list'
  | 'run.show'
  | 'run.continue'
  | 'run.cancel';

export interface RunbookService {
  readonly calls: Pick<CallHandlers, Calls>;
  readonly feeds: Pick<FeedHandlers, 'run.news' | 'run.terminal'>;
  readonly runs: Runs;
  /** Marks runs a dead app left behind as interrupted. Called once, before anything else. */
  resumeAtStart(): void;
  /** Stops working on all runs; they can be continued. Detached work on nodes goes on. */
  close(): Promise<void>;
}

/** How many plans are remembered between showing and starting. */
const mostPlans = 32;

export function runbookService(parts: RunbookParts): RunbookService {
  const { store, clock, chance, files, vault, nodes, home } = parts;
  const live = new LiveRuns();
  const planned = new Map<string, Ground>();
  const box = strongbox({ files, vault, clock, runs: home.runs });

  const whose: Whose = run => {
    const known = /^[0-9a-f-]{36}$/.test(run) && store.read(db => runById(db, runId(run)));
    if (!known) return 'foreign';
    return live.get(known.id) ? 'ours-running' : 'ours';
  };
  const books = catalogue({
    nodes,
    bundles: parts.bundles,
    snapshots: parts.snapshots,
    clock,
    chance,
    strongbox: box,
    whose,
    owner: () => store.read(technician),
    supplyRunDays: () => daysBetween(store.read(settingsKept)['supplyRunDays']),
  });

  const record = (id: RunId): RunRecord => {
    const found = store.read(db => runById(db, id));
    if (found) return found;
    throw new FieldError({
      code: 'no-such-thing',
      says: 'There is no such run.',
      untouched: 'Nothing was done.',
      next: 'List the runs and copy the id from there.',
    });
  };
  const nameOf = (id: NodeId): string => {
    try {
      return nodes.get(id).name;
    } catch {
      return 'a removed node';
    }
  };
  const shown = (one: RunRecord): Run =>
    runOf(one, nameOf(one.node), toldOf(store, one.id), live.get(one.id)?.progress());
  const show = (id: RunId): Run => shown(record(id));

  /** Every secret that may turn up in what this run sends or hears. */
  function secretsFor(node: NodeId) {
    const { site } = nodes.get(node);
    const of = (owner: Parameters<KeptSecrets['history']>[0], kinds: readonly SecretKind[]) =>
      kinds.flatMap(kind => nodes.history(owner, kind).map(({ secret }) => secret));
    return [...of(site, ['server-token']), ...of(node, ['server-token', 'password', 'passphrase', 'sudo'])];
  }

  function free(node: NodeId): void {
    const busy = live.onNode(node);
    if (!busy) return;
    throw new FieldError({
      code: 'held-elsewhere',
      says: `Another run is going on on ${nameOf(node)}: ${record(busy.run).title}.`,
      about: nameOf(node),
      untouched: 'Nothing was begun.',
      next: 'Wait until it ends, or stop it first.',
      facts: { run: busy.run },
    });
  }

  /** Works on a run in the background; it ends by itself, and its end is told. */
  async function sit(one: RunRecord, book: Book): Promise<void> {
    const terminal = await RunTerminal.open(files, vault, home.runs, one.id);
    const stop = new AbortController();
    const scrub = scrubber(secretsFor(one.node));
    const log = journal(store, clock, one.id, text => scrub.text(text));
    const sitting = new Sitting({
      run: one.id,
      node: nodes.get(one.node),
      book,
      lines: linesOf(store, one.id),
      journal: log,
      console: consoleOf(terminal, scrub),
      scrub,
      clock,
      files,
      signal: stop.signal,
      news: news => {
        live.tell(one.id, news);
      },
      withLink: work => nodes.withLink(one.node, stop.signal, work),
    });
    store.write(db => {
      standRun(db, one.id, { state: 'running' });
    });
    const end = async (): Promise<void> => {
      try {
        const ended = await sitting.run();
        await closing(one.id, terminal, ended, text => scrub.text(text));
        log.end(ended.state, ended.failure, ended.unchanged);
      } catch {
        // only the laptop's own disk can do this; the run then stands as interrupted and can be continued
      } finally {
        live.remove(one.id);
        live.tell(one.id, { is: 'ended', run: show(one.id) });
      }
    };
    live.add({
      run: one.id,
      node: one.node,
      stop,
      done: end(),
      terminal: () => terminal,
      progress: () => sitting.progress(),
    });
  }

  async function closing(
    run: RunId,
    terminal: RunTerminal,
    ended: SittingEnd,
    clean: (text: string) => string,
  ): Promise<void> {
    const words: Record<RunState, string> = {
      passed: ended.unchanged ? 'Everything was already so: nothing was changed.' : 'Done.',
      failed: 'Failed.',
      cancelled: 'Stopped.',
      interrupted: 'Interrupted.',
      running: '',
    };
    const says = [words[ended.state], ended.failure?.says, ended.failure?.untouched, ended.failure?.next]
      .filter(Boolean)
      .join('\r\n');
    void terminal.write(Buffer.from(clean(`\r\n\u001b[1m${says}\u001b[0m\r\n`)));
    await terminal.close().catch(() => undefined);
    if (terminal.broken !== undefined)
      journal(store, clock, run, clean).write({
        is: 'note',
        says: `The terminal could not be kept to its end: ${failureOf(terminal.broken).says}`,
      });
  }

  /** The ground of a plan that was shown; looked up again when this process does not remember it. */
  async function groundFor(ask: RunbookAsk, digest: string, signal: AbortSignal): Promise<Ground> {
    const known = planned.get(digest);
    if (known && books.plan(ask, known).digest === digest) return known;
    const now = await books.ground(ask, signal);
    if (books.plan(ask, now).digest === digest) return now;
    throw new FieldError({
      code: 'refused',
      says: 'This is not the plan that was shown: the node, the bundle or the options have changed since.',
      about: nameOf(ask.node),
      untouched: 'Nothing was begun.',
      next: 'Look at the new plan, then begin.',
    });
  }

  async function start(ask: RunbookAsk, digest: string, signal: AbortSignal): Promise<Run> {
    const node = nodes.get(ask.node);
    free(node.id);
    if (ask.is === 'remove-k3s') nameTyped(node, ask.typedName);
    const ground = await groundFor(ask, digest, signal);
    free(node.id);
    const id = runId(chance.uuid());
    const book = books.book(ask, ground, id);
    const bundle = bundleOf(ask);
    const one: RunRecord = {
      id,
      runbook: ask.is,
      title: book.title,
      site: node.site,
      node: node.id,
      ...(bundle && { bundle }),
      ask,
      digest,
      state: 'running',
      startedAt: clock.now().toISOString(),
      practice: node.practice,
    };
    vault.seal(new Uint8Array(), 'can it seal?');
    store.write(db => {
      recordRun(db, one);
    });
    journal(store, clock, id, text => text).write({ is: 'began', steps: book.steps.map(headOf), ground });
    planned.delete(digest);
    await sitOrInterrupt(one, book);
    return show(id);
  }

  /** When the laptop itself cannot begin (a full disk), the run must not stand as running. */
  async function sitOrInterrupt(one: RunRecord, book: Book): Promise<void> {
    try {
      await sit(one, book);
    } catch (thrown) {
      store.write(db => {
        standRun(db, one.id, {
          state: 'interrupted',
          failure: failureOf(thrown),
          endedAt: clock.now().toISOString(),
        });
      });
      throw thrown;
    }
  }

  async function goOn(id: RunId): Promise<Run> {
    const one = record(id);
    if (live.get(id)) return shown(one);
    if (one.state === 'passed')
      throw new FieldError({
        code: 'refused',
        says: 'This run ended well; there is nothing to continue.',
        untouched: 'Nothing was done.',
        next: 'Begin a new run to look at the node again.',
      });
    free(one.node);
    const tale = toldOf(store, id);
    await sitOrInterrupt(one, books.book(one.ask as RunbookAsk, tale.ground as Ground, id));
    return show(id);
  }

  async function cancel(id: RunId): Promise<Run> {
    const one = record(id);
    const running = live.get(id);
    if (running) {
      running.stop.abort();
      await running.done;
    } else if (one.state === 'interrupted') {
      const log = journal(store, clock, id, text => text);
      log.end('cancelled', givenUp(one), false);
    }
    return show(id);
  }

  const givenUp = (one: RunRecord): Failure => ({
    code: 'cancelled',
    says: 'Given up after it was interrupted.',
    about: nameOf(one.node),
    untouched: 'The node was not asked again; what was done until then stays done.',
    next: 'Continue the run after all, or remove what it left.',
  });

  return {
    calls: {
      'node.preflight': async ({ node, bundle, options }, { signal }): Promise<Preflight> => {
        const of = {
          node: nodes.get(node),
          ...(bundle && { bundle }),
          ...(options && { options: checkOptions(options) }),
        };
        const { checks } = await books.look(of, signal);
        return { node, at: clock.now().toISOString(), verdict: worst(checks), checks };
      },
      'install.defaults': async ({ node }, { signal }) =>
        defaultsFor((await books.look({ node: nodes.get(node) }, signal)).sight.facts),
      'run.plan': async ({ ask }, { signal }) => {
        const ground = await books.ground(ask, signal);
        const plan = books.plan(ask, ground);
        planned.set(plan.digest, ground);
        for (const old of [...planned.keys()].slice(0, -mostPlans)) planned.delete(old);
        return plan;
      },
      'run.start': ({ ask, digest }, { signal }) => start(ask, digest, signal),
      'run.list': () => store.read(allRuns).map(shown),
      'run.show': ({ run }) => show(run),
      'run.continue': ({ run }) => goOn(run),
      'run.cancel': ({ run }) => cancel(run),
    },
    feeds: {
      'run.news': ({ run }, signal) => {
        record(run);
        return live.listen(run, () => show(run), signal);
      },
      'run.terminal': ({ run }, signal) => {
        record(run);
        return readTerminal({ files, vault, runs: home.runs }, run, () => live.get(run)?.terminal(), signal);
      },
    },
    runs: {
      ofSite: site => store.read(db => runsOfSite(db, site)).map(shown),
      auditRecord: id => {
        const { node } = record(id);
        const scrub = scrubber(secretsFor(node));
        return scrub.text(auditOf(linesOf(store, id)));
      },
    },
    resumeAtStart() {
      for (const one of store.read(db => runsInState(db, 'running'))) {
        const log = journal(store, clock, one.id, text => text);
        log.end('interrupted', appDied(nameOf(one.node)), false);
      }
    },
    async close() {
      for (const one of live.all()) one.stop.abort(leavingJobsAlone);
      await Promise.all(live.all().map(({ done }) => done));
    },
  };
}

const appDied = (about: string): Failure => ({
  code: 'could-not',
  says: 'Coldstart ended while this run was going on.',
  about,
  untouched: 'What was done until then stays done; nothing is sent twice.',
  next: 'Continue the run: it looks at the node and goes on where it stood.',
});

function daysBetween(kept: unknown): number {
  try {
    return whole(1, 366)(kept);
  } catch {
    return 7;
  }
}

/** What the wizard begins with: the node's own name and address, K3s' networks, encryption on, a line to rescue it by. */
function defaultsFor(seen: Parameters<typeof nodeAddress>[0]): InstallOptions {
  return {
    nodeName: (seen.one('hostname') ?? '').toLowerCase().split('.')[0] ?? '',
    nodeIp: nodeAddress(seen) ?? '',
    tlsSan: [],
    disable: [],
    secretsEncryption: true,
    clusterCidr: '10.42.0.0/16',
    serviceCidr: '10.43.0.0/16',
    flannelBackend: 'vxlan',
    snapshotCron: '0 */12 * * *',
    snapshotRetention: 16,
    labels: [],
    taints: [],
    rescuable: true,
    serialConsole: serialConsoles(seen)[0] ?? '',
  };
}
