import type { CallOptions } from '../../../preload/contract/client.ts';
import type { CallArgs } from '../../../preload/contract/contract.ts';
import type { Run, RunNews } from '../../../preload/contract/domain.ts';
import type { RunId, ShellId } from '../../../preload/contract/ids.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { fetched } from '../../ui/loadable.ts';
import type { Size, TerminalSource } from '../../ui/terminal/Terminal.tsx';
import { ask, face, fetchTo, hear, task } from '../app/ask.ts';
import { obstacleOf } from '../app/obstacle.ts';
import type { Page } from '../app/page.ts';
import { loadNodes } from '../sites/actions.ts';
import { foldRun } from './fold.ts';
import { runOf, withRun } from './store.ts';

export const loadRuns = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('run.list', {}),
    news => page.runs.setState(({ list }) => ({ list: fetched(list, news) })),
  );

const keep = (page: Page, run: Run): void =>
  page.runs.setState(({ list }) => ({ list: { value: withRun(list.value ?? [], run), loading: false } }));

function tell(page: Page, id: RunId, news: RunNews): void {
  const run = foldRun(runOf(page.runs.getState(), id), news);
  if (run) keep(page, run);
  // A finished run may have changed what is known of the node.
  if (news.is === 'ended') void loadNodes(page);
}

/** Starts the plan with this digest. */
export async function startRun(
  page: Page,
  wanted: CallArgs<'run.plan'>['ask'],
  digest: string,
  options: CallOptions = {},
): Promise<Run> {
  const run = await ask(page, 'run.start', { ask: wanted, digest }, options);
  keep(page, run);
  return run;
}

/** Follows a run until it ends or `signal` aborts. */
export async function followRun(page: Page, id: RunId, signal: AbortSignal): Promise<void> {
  for await (const news of page.host.listen('run.news', { run: id }, { signal })) tell(page, id, news);
}

export const continueKey = (run: RunId): string => `run.continue:${run}`;

/** Takes a run up again; what stopped it is put before the technician first. */
export async function continueRun(page: Page, run: Run): Promise<void> {
  const obstacle = run.failure && obstacleOf(run.failure, run.node);
  if (obstacle && !(await face(page, obstacle))) return;
  const again = await task(page, continueKey(run.id), options =>
    ask(page, 'run.continue', { run: run.id }, { ...options, node: run.node }),
  );
  if (!again) return;
  keep(page, again);
  page.runs.setState(({ continued }) => ({
    continued: { ...continued, [run.id]: (continued[run.id] ?? 0) + 1 },
  }));
}

export const cancelKey = (run: RunId): string => `run.cancel:${run}`;

export async function cancelRun(page: Page, run: RunId): Promise<void> {
  const stopped = await task(page, cancelKey(run), options => ask(page, 'run.cancel', { run }, options));
  if (stopped) keep(page, stopped);
}

/** What really runs, from the run's beginning; it is kept sealed, so a locked vault is asked for first. Another `epoch` is another source: the same run, shown afresh. */
export const runSource = (page: Page, run: RunId, _epoch: string): TerminalSource => ({
  feed: async function* (_, signal) {
    for await (const chunk of hear(page, 'run.terminal', { run }, signal)) yield chunk.bytes;
  },
});

const encoder = new TextEncoder();

/** A shell on a node. Typing goes out in order; `onClosed` hears the node's last words. */
export function shellSource(page: Page, node: NodeId, onClosed: (says: string) => void): TerminalSource {
  let shell: ShellId | undefined;
  let sent: Promise<unknown> = Promise.resolve();
  const inOrder = (work: (shell: ShellId) => Promise<unknown>): void => {
    // What is typed into a shell that is gone is dropped; its feed says why it closed.
    sent = sent.then(() => (shell === undefined ? undefined : work(shell))).catch(() => undefined);
  };
  return {
    onData: data => inOrder(id => page.host.call('shell.send', { shell: id, bytes: encoder.encode(data) })),
    onSize: ({ cols, rows }: Size) =>
      inOrder(id => page.host.call('shell.resize', { shell: id, cols, rows })),
    feed: async function* ({ cols, rows }, signal) {
      try {
        for await (const news of hear(page, 'shell.open', { node, cols, rows }, signal)) {
          if (news.is === 'opened') shell = news.shell;
          if (news.is === 'bytes') yield news.bytes;
          if (news.is === 'closed') onClosed(news.says);
        }
      } finally {
        shell = undefined;
      }
    },
  };
}
