import { join } from 'node:path';
import type { InstallOptions } from '../../../preload/contract/domain.ts';
import { whole } from '../../../preload/contract/parse.ts';
import type { CallHandlers, FeedHandlers } from '../../bridge/handlers.ts';
import { checkOptions } from '../../core/runbook/options.ts';
import { nodeAddress, serialConsoles } from '../../core/runbook/preflight/facts.ts';
import type { Facts } from '../../core/runbook/preflight/facts.ts';
import { worst } from '../../core/runbook/preflight/sight.ts';
import { settingsKept, technician } from '../../store/settings.ts';
import { beginning } from './begin.ts';
import { ontoStick } from './carry/write.ts';
import { catalogue } from './catalogue.ts';
import { leavingJobsAlone } from './job.ts';
import { keptRuns } from './kept-runs.ts';
import { LiveRuns } from './live.ts';
import type { RunbookParts } from './parts.ts';
import type { Runs } from './runs.ts';
import { strongbox } from './strongbox.ts';
import { readTerminal } from './terminal.ts';
import { worker } from './work.ts';

export type { RunbookParts } from './parts.ts';

type RunbookCalls =
  | 'node.preflight'
  | 'install.defaults'
  | 'remedy.form'
  | 'restore.form'
  | 'restore.records'
  | 'run.plan'
  | 'run.start'
  | 'run.list'
  | 'run.show'
  | 'run.continue'
  | 'run.cancel'
  | 'carry.write';

export interface RunbookService {
  readonly calls: Pick<CallHandlers, RunbookCalls>;
  readonly feeds: Pick<FeedHandlers, 'run.news' | 'run.terminal'>;
  readonly runs: Runs;
  /** Marks runs a dead app left behind as interrupted. Called once, before anything else. */
  resumeAtStart(): void;
  /** Stops working on all runs; they can be continued. Detached work on nodes goes on. */
  close(): Promise<void>;
}

/** Guided procedures on nodes: looked at, planned, run, continued, told. */
export function runbookService(parts: RunbookParts): RunbookService {
  const { store, clock, files, vault, nodes, home } = parts;
  const live = new LiveRuns();
  const kept = keptRuns(parts, live);
  const books = catalogue({
    ...parts,
    runs: home.runs,
    scratch: join(home.folder, 'scratch'),
    strongbox: strongbox({ files, vault, clock, runs: home.runs }),
    whose: kept.whose,
    owner: () => store.read(technician),
    supplyRunDays: () => daysBetween(store.read(settingsKept)['supplyRunDays']),
  });
  const runs = beginning(parts, books, kept, live, worker(parts, kept, live));

  return {
    calls: {
      'node.preflight': async ({ node, bundle, options }, { signal }) => {
        const asked = { ...(bundle && { bundle }), ...(options && { options: checkOptions(options) }) };
        const { checks } = await books.look({ node: nodes.get(node), ...asked }, signal);
        return { node, at: clock.now().toISOString(), verdict: worst(checks), checks };
      },
      'install.defaults': async ({ node }, { signal }) =>
        defaultsFor((await books.look({ node: nodes.get(node) }, signal)).sight.facts),
      'remedy.form': ({ node, remedy }, { signal }) => books.form(nodes.get(node), remedy, signal),
      'restore.form': ({ node, ...asked }, { signal }) => books.restoreForm(nodes.get(node), asked, signal),
      'restore.records': ({ site }) => kept.restores(site),
      'run.plan': ({ ask }, { signal }) => runs.plan(ask, signal),
      'run.start': ({ ask, digest }, { signal }) => runs.start(ask, digest, signal),
      'run.list': () => kept.all(),
      'run.show': ({ run }) => kept.show(run),
      'run.continue': ({ run }, { signal }) => runs.goOn(run, signal),
      'run.cancel': ({ run }) => runs.cancel(run),
      'carry.write': async ({ ask, digest, to }, { signal, progress }) =>
        await ontoStick(parts, await runs.carried(ask, digest, signal), to, signal, progress),
    },
    feeds: {
      'run.news': ({ run }, signal) => live.listen(kept.record(run).id, () => kept.show(run), signal),
      'run.terminal': ({ run }, signal) =>
        readTerminal(
          { files, vault, runs: home.runs },
          kept.record(run).id,
          () => live.get(run)?.terminal(),
          signal,
        ),
    },
    runs: { ofSite: site => kept.ofSite(site), auditRecord: run => kept.auditRecord(run) },
    resumeAtStart: () => {
      kept.interruptLeftovers();
    },
    async close() {
      for (const one of live.all()) one.stop.abort(leavingJobsAlone);
      await Promise.all(live.all().map(({ done }) => done));
    },
  };
}

/** Days between two supply runs as set, or a week. */
function daysBetween(set: unknown): number {
  try {
    return whole(1, 366)(set);
  } catch {
    return 7;
  }
}

/** What the wizard begins with: the node's own name and address, K3s' networks, encryption on, a line to rescue it by. */
function defaultsFor(seen: Facts): InstallOptions {
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
    // reaches back a week and half a day, so one late supply run loses nothing
    snapshotRetention: 16,
    labels: [],
    taints: [],
    rescuable: true,
    serialConsole: serialConsoles(seen)[0] ?? '',
  };
}
