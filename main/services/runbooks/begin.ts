import type { RunbookAsk } from '../../../preload/contract/contract.ts';
import type { Plan, Run } from '../../../preload/contract/domain.ts';
import { failureOf, FieldError } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { NodeId, RunId } from '../../../preload/contract/ids.ts';
import { runId } from '../../../preload/contract/ids.ts';
import { sh } from '../../core/sh.ts';
import { addEvent, recordRun } from '../../store/runs.ts';
import type { RunRecord } from '../../store/runs.ts';
import type { Entry } from '../../core/runbook/step.ts';
import type { VaultFile } from '../bundles/bundles.ts';
import { headOf, othersOf } from './book.ts';
import type { Book } from './book.ts';
import { bundleOf } from './catalogue.ts';
import { carriedFiles } from './carry/steps.ts';
import type { Catalogue, Ground } from './catalogue.ts';
import { anyRun } from './job.ts';
import { journal, toldOf } from './journal.ts';
import type { KeptRuns } from './kept-runs.ts';
import type { LiveRuns } from './live.ts';
import type { RunbookParts } from './parts.ts';
import type { Work } from './work.ts';

/** How many plans are remembered between showing and starting. */
const mostPlans = 32;

/** Planning, starting, continuing and stopping runs. */
export interface Beginning {
  plan(ask: RunbookAsk, signal: AbortSignal): Promise<Plan>;
  /** The files a stick carries for a plan that was shown. Throws `refused` where it has none. */
  carried(ask: RunbookAsk, digest: string, signal: AbortSignal): Promise<readonly VaultFile[]>;
  start(ask: RunbookAsk, digest: string, signal: AbortSignal): Promise<Run>;
  /** Throws what only the technician can give (a passphrase, a password, a word on a host key) before anything is begun. */
  goOn(id: RunId, signal: AbortSignal): Promise<Run>;
  cancel(id: RunId): Promise<Run>;
}

export function beginning(
  parts: RunbookParts,
  books: Catalogue,
  kept: KeptRuns,
  live: LiveRuns,
  work: Work,
): Beginning {
  const { store, clock, chance, vault, nodes } = parts;
  const planned = new Map<string, Ground>();
  const unscrubbed = (text: string): string => text;

  function free(...on: readonly NodeId[]): void {
    for (const node of on) {
      const busy = live.onNode(node);
      if (busy) throw busyNode(kept.nodeName(node), kept.record(busy.run));
    }
  }

  const nodesOf = (own: NodeId, book: Book): readonly NodeId[] => [
    own,
    ...othersOf(book).map(({ id }) => id),
  ];

  /** The ground of a plan that was shown; looked up again when this process does not remember it. */
  async function groundFor(ask: RunbookAsk, digest: string, signal: AbortSignal): Promise<Ground> {
    const known = planned.get(digest);
    if (known && books.plan(ask, known).digest === digest) return known;
    const now = await books.ground(ask, signal);
    if (books.plan(ask, now).digest === digest) return now;
    throw otherPlan(kept.nodeName(ask.node));
  }

  /** Tries the way in, as root where the run will need it. What else is wrong there is the run's own to tell. */
  async function wayIn(node: NodeId, { runbook }: RunRecord, signal: AbortSignal): Promise<void> {
    vault.seal(new Uint8Array(), 'can it seal?');
    const as = runbook === 'preflight' ? 'login' : 'root';
    try {
      await nodes.withLink(node, signal, link => link.exec(sh`true`, { as, signal, timeoutMs: 20_000 }));
    } catch (thrown) {
      if (signal.aborted || asksTheTechnician.has(failureOf(thrown).code)) throw thrown;
    }
  }

  /** Writes the run down before anything happens: what was asked, what was found, which steps it has. */
  function noteDown(
    ask: RunbookAsk,
    ground: Ground,
    digest: string,
  ): { one: RunRecord; book: ReturnType<Catalogue['book']> } {
    const { id: node, site, practice } = nodes.get(ask.node);
    const id = runId(chance.uuid());
    const book = books.book(ask, ground, id);
    const bundle = bundleOf(ask);
    const startedAt = clock.now().toISOString();
    const one: RunRecord = {
      id,
      runbook: ask.is,
      title: book.title,
      site,
      node,
      ...(bundle && { bundle }),
      ask,
      digest,
      state: 'running',
      startedAt,
      practice,
    };
    const began: Entry = { is: 'began', steps: book.steps.map(headOf), ground };
    store.write(db => {
      recordRun(db, one);
      addEvent(db, id, { at: startedAt, step: null, json: JSON.stringify(began) });
    });
    return { one, book };
  }

  return {
    async plan(ask, signal) {
      const ground = await books.ground(ask, signal);
      const plan = books.plan(ask, ground);
      planned.set(plan.digest, ground);
      for (const old of [...planned.keys()].slice(0, -mostPlans)) planned.delete(old);
      return plan;
    },
    async carried(ask, digest, signal) {
      const ground = await groundFor(ask, digest, signal);
      const files = carriedFiles(books.book(ask, ground, anyRun as RunId).steps);
      if (files.length === 0) throw nothingToCarry(kept.nodeName(ask.node));
      return files;
    },
    async start(ask, digest, signal) {
      const node = nodes.get(ask.node);
      free(node.id);
      books.consent(ask);
      const ground = await groundFor(ask, digest, signal);
      free(node.id);
      // a locked vault is found out now, not when the token is made
      vault.seal(new Uint8Array(), 'can it seal?');
      free(...nodesOf(node.id, books.book(ask, ground, anyRun as RunId)));
      const { one, book } = noteDown(ask, ground, digest);
      planned.delete(digest);
      await work(one, book);
      return kept.show(one.id);
    },
    async goOn(id, signal) {
      const one = kept.record(id);
      if (live.get(id)) return kept.show(id);
      if (one.state === 'passed') throw endedWell();
      const book = books.book(one.ask as RunbookAsk, toldOf(store, id).ground as Ground, id);
      const its = nodesOf(one.node, book);
      free(...its);
      for (const node of its) await wayIn(node, one, signal);
      if (live.get(id)) return kept.show(id);
      free(...its);
      await work(one, book);
      return kept.show(id);
    },
    async cancel(id) {
      const running = live.get(id);
      if (running) {
        running.stop.abort();
        await running.done;
      } else if (kept.show(id).state === 'interrupted')
        journal(store, clock, id, unscrubbed).end(
          'cancelled',
          givenUp(kept.nodeName(kept.record(id).node)),
          false,
        );
      return kept.show(id);
    },
  };
}

const asksTheTechnician = new Set<string>([
  'host-key-unknown',
  'password-needed',
  'passphrase-needed',
  'sudo-password-needed',
]);

const nothingToCarry = (about: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'This plan brings no file that a stick could carry.',
    about,
    untouched: 'Nothing was written.',
    next: 'Begin it as it is.',
  });

const busyNode = (about: string, { id, title }: RunRecord): FieldError =>
  new FieldError({
    code: 'held-elsewhere',
    says: `Another run is going on on ${about}: ${title}.`,
    about,
    untouched: 'Nothing was begun.',
    next: 'Wait until it ends, or stop it first.',
    facts: { run: id },
  });

const otherPlan = (about: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'This is not the plan that was shown: the node, the bundle or the options have changed since.',
    about,
    untouched: 'Nothing was begun.',
    next: 'Look at the new plan, then begin.',
  });

const endedWell = (): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'This run ended well; there is nothing to continue.',
    untouched: 'Nothing was done.',
    next: 'Begin a new run to look at the node again.',
  });

const givenUp = (about: string): Failure => ({
  code: 'cancelled',
  says: 'Given up after it was interrupted.',
  about,
  untouched: 'The node was not asked again; what was done until then stays done.',
  next: 'Continue the run after all, or remove what it left.',
});
