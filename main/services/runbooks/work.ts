import type { RunState } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import { scrubber } from '../../core/scrub.ts';
import type { Scrubber } from '../../core/scrub.ts';
import { standRun } from '../../store/runs.ts';
import type { RunRecord } from '../../store/runs.ts';
import { othersOf } from './book.ts';
import type { Book } from './book.ts';
import { consoleOf } from './console.ts';
import { journal, linesOf } from './journal.ts';
import type { Journal } from './journal.ts';
import type { KeptRuns } from './kept-runs.ts';
import type { LiveRuns } from './live.ts';
import type { RunbookParts } from './parts.ts';
import { Sitting } from './sitting.ts';
import type { SittingEnd } from './ending.ts';
import { RunTerminal } from './terminal.ts';

/** Begins a sitting; it goes on in the background, ends by itself, and its end is told. */
export type Work = (one: RunRecord, book: Book) => Promise<void>;

export function worker(parts: RunbookParts, kept: KeptRuns, live: LiveRuns): Work {
  const { store, clock, files, vault, nodes, home } = parts;

  async function sit(one: RunRecord, book: Book): Promise<void> {
    const terminal = await RunTerminal.open(files, vault, home.runs, one.id);
    const stop = new AbortController();
    const others = othersOf(book).map(({ id }) => id);
    const scrub = scrubber([one.node, ...others].flatMap(node => kept.secretsFor(node)));
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
      withLink: (node, signal, work) => nodes.withLink(node, signal, work),
    });
    store.write(db => {
      standRun(db, one.id, { state: 'running' });
    });
    const done = toItsEnd(one, sitting, { terminal, scrub, log });
    live.add({
      run: one.id,
      nodes: [one.node, ...others],
      stop,
      done,
      terminal: () => terminal,
      progress: () => sitting.progress(),
    });
  }

  async function toItsEnd(one: RunRecord, sitting: Sitting, end: Closing): Promise<void> {
    try {
      const how = await sitting.run();
      await closed(how, end);
      end.log.end(how.state, how.failure, how.unchanged);
    } catch {
      // only the laptop's own disk can do this; the run then stands as interrupted and can be continued
    } finally {
      live.remove(one.id);
      live.tell(one.id, { is: 'ended', run: kept.show(one.id) });
    }
  }

  return async (one, book) => {
    try {
      await sit(one, book);
    } catch (thrown) {
      // a laptop that cannot even begin (a full disk) must not leave the run standing as running
      store.write(db => {
        standRun(db, one.id, {
          state: 'interrupted',
          failure: failureOf(thrown),
          endedAt: clock.now().toISOString(),
        });
      });
      throw thrown;
    }
  };
}

interface Closing {
  readonly terminal: RunTerminal;
  readonly scrub: Scrubber;
  readonly log: Journal;
}

const words = ({ state, unchanged }: SittingEnd): string => {
  const said: Record<RunState, string> = {
    passed: unchanged ? 'Everything was already so: nothing was changed.' : 'Done.',
    failed: 'Failed.',
    cancelled: 'Stopped.',
    interrupted: 'Interrupted.',
    running: '',
  };
  return said[state];
};

/** The terminal's last words; a terminal that could not be kept is told in the journal. */
async function closed(end: SittingEnd, { terminal, scrub, log }: Closing): Promise<void> {
  const { says, untouched, next } = end.failure ?? {};
  const last = [words(end), says, untouched, next]
    .filter(line => line !== undefined && line !== '')
    .join('\r\n');
  void terminal.write(Buffer.from(scrub.text(`\r\n\u001b[1m${last}\u001b[0m\r\n`)));
  await terminal.close().catch(() => undefined);
  if (terminal.broken !== undefined)
    log.write({
      is: 'note',
      says: `The terminal could not be kept to its end: ${failureOf(terminal.broken).says}`,
    });
}
