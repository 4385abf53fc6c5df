import type { Progress, RunNews, SiteNode, StepStanding } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { NodeId, RunId } from '../../../preload/contract/ids.ts';
import type { Scrubber } from '../../core/scrub.ts';
import { after, leftUnchanged } from '../../core/runbook/step.ts';
import type { Happened, JournalLine } from '../../core/runbook/step.ts';
import { progressOf } from '../../core/runbook/weights.ts';
import type { Clock, Files, Link } from '../../ports.ts';
import { act } from './act.ts';
import type { Doing } from './act.ts';
import { tailOf } from './book.ts';
import type { Book, Hands, Step } from './book.ts';
import type { Console } from './console.ts';
import { endOf, isClosing, isInterrupting, NotSo, sameNode } from './ending.ts';
import type { SittingEnd } from './ending.ts';
import { handsOn } from './hands.ts';
import { HeldLinks } from './held-links.ts';
import type { WithLink } from './held-links.ts';
import { follow } from './job.ts';
import type { Journal } from './journal.ts';
import { Ledger } from './ledger.ts';
import { lookUntil } from './looks.ts';

export interface SittingParts {
  readonly run: RunId;
  readonly node: SiteNode;
  readonly book: Book;
  /** The run's journal so far. */
  readonly lines: readonly JournalLine[];
  readonly journal: Journal;
  readonly console: Console;
  readonly scrub: Scrubber;
  readonly clock: Clock;
  readonly files: Files;
  readonly signal: AbortSignal;
  readonly news: (news: RunNews) => void;
  readonly withLink: WithLink;
}

/** One sitting: from opening the link until the run ends or stops. A continued run has several. */
export class Sitting {
  readonly #parts: SittingParts;
  readonly #ledger: Ledger;
  readonly #standings: Map<string, StepStanding>;
  /** Work done in this sitting, for the remaining time. */
  #pace = { weight: 0, seconds: 0 };
  /** How much of the present step is done. */
  #within = 0;
  #what = 'Connecting';
  /** Links to the site's other nodes, each from the first step there until this sitting ends. */
  readonly #others: HeldLinks;
  /** Other nodes that were seen to be the machines this run works on, in this sitting. */
  readonly #met = new Map<NodeId, SiteNode>();

  constructor(parts: SittingParts) {
    this.#parts = parts;
    this.#ledger = new Ledger(parts.journal, parts.clock, parts.lines);
    this.#others = new HeldLinks(parts.withLink);
    this.#standings = new Map(parts.book.steps.map(({ id }) => [id, 'waiting']));
  }

  /** Walks the book to its end. However it ends is told in its value; only the laptop's own disk makes it throw. */
  async run(): Promise<SittingEnd> {
    const { withLink, signal, scrub, book, node } = this.#parts;
    try {
      await withLink(node.id, signal, link => this.#walk(link));
      return { state: 'passed', unchanged: leftUnchanged(this.#ledger.told) };
    } catch (thrown) {
      const { steps } = this.#ledger.told;
      return endOf(thrown, signal, { book, node, steps }, text => scrub.text(text));
    }
  }

  progress(): Progress {
    const steps = this.#parts.book.steps.map(({ id, weight }) => {
      const standing = this.#standings.get(id);
      const over = standing === 'already' || standing === 'passed';
      const busy = standing === 'applying' || standing === 'verifying';
      return { weight, done: over ? 1 : busy ? this.#within : 0 };
    });
    return progressOf(this.#what, steps, this.#pace);
  }

  async #walk(link: Link): Promise<void> {
    const { node, signal, book, console } = this.#parts;
    sameNode(this.#ledger.told, link.who, node.name);
    const { machineId, bootId, hostname } = link.who;
    this.#ledger.write({ is: 'sitting', machineId, bootId, hostname });
    try {
      for (const [i, step] of book.steps.entries()) {
        signal.throwIfAborted();
        console.step(i + 1, book.steps.length, step.title);
        await this.#take(step, this.#hands(await this.#linkFor(step, link), signal, step.on));
      }
    } catch (thrown) {
      await this.#releaseAll(link, thrown);
      throw thrown;
    } finally {
      await this.#others.close();
    }
  }

  /** The link a step works over. Another node has to be the machine it was when this run first met it, as its own has. */
  async #linkFor({ on }: Step, own: Link): Promise<Link> {
    if (!on) return own;
    this.#what = `Connecting to ${on.name}`;
    const link = await this.#others.get(on.id, this.#parts.signal);
    if (this.#met.has(on.id)) return link;
    sameNode({ who: this.#ledger.told.others.get(on.id) }, link.who, on.name);
    const { machineId, bootId, hostname } = link.who;
    this.#ledger.write({ is: 'sitting', machineId, bootId, hostname, node: on.id });
    this.#met.set(on.id, on);
    return link;
  }

  async #releaseAll(own: Link, thrown: unknown): Promise<void> {
    await this.#release(own, thrown);
    for (const on of this.#met.values())
      await this.#release(await this.#others.get(on.id, this.#parts.signal), thrown, on);
  }

  /** Gives back what was taken on the node, as far as the node can still be reached. */
  async #release(link: Link, thrown: unknown, on?: SiteNode): Promise<void> {
    const { signal, book } = this.#parts;
    if (!book.release || isClosing(signal) || (!signal.aborted && isInterrupting(thrown))) return;
    const hands = this.#hands(link, AbortSignal.timeout(20_000), on);
    try {
      await book.release(hands, signal.aborted ? 'cancelled' : 'failed');
    } catch {
      hands.note(
        `${on ? on.name : 'The node'} could not be tidied up; its lock goes with its next restart or with the next run.`,
      );
    }
  }

  async #take(step: Step, hands: Hands): Promise<void> {
    const from = this.#parts.clock.monotonic();
    this.#ledger.step = step.id;
    this.#within = 0;
    this.#what = step.title;
    try {
      this.#stand(step, { did: 'begin' });
      await this.#finishOpenJob(step, hands);
      if (await this.#isSo(step, hands)) return;
      await this.#apply(step, hands);
      await this.#verify(step, hands);
    } catch (thrown) {
      this.#fall(step, thrown);
      throw thrown;
    }
    const seconds = (this.#parts.clock.monotonic() - from) / 1000;
    this.#pace = { weight: this.#pace.weight + step.weight, seconds: this.#pace.seconds + seconds };
  }

  async #isSo(step: Step, hands: Hands): Promise<boolean> {
    const { console } = this.#parts;
    const judged = step.probe && (await lookUntil(step.probe, hands, step.weight, console, this.#ledger));
    const before = this.#ledger.told.applied.has(step.id);
    this.#stand(step, { did: 'probe', judged, before }, judged?.is === 'so' ? judged.saw : undefined);
    if (judged?.is === 'not-so') hands.note(judged.saw);
    return judged?.is === 'so';
  }

  async #apply(step: Step, hands: Hands): Promise<void> {
    const doing = this.#doing(step);
    for (const action of step.apply) {
      this.#parts.signal.throwIfAborted();
      await act(hands, doing, action);
    }
    this.#stand(step, { did: 'apply' });
  }

  async #verify(step: Step, hands: Hands): Promise<void> {
    const judged = await lookUntil(step.verify, hands, step.weight, this.#parts.console, this.#ledger);
    this.#stand(step, { did: 'verify', judged }, judged.saw);
    if (judged.is !== 'so') throw new NotSo(step, judged, (step.on ?? this.#parts.node).name);
  }

  #fall(step: Step, thrown: unknown): void {
    if (thrown instanceof NotSo) return;
    const { says } = failureOf(thrown);
    const stopped = this.#parts.signal.aborted || isInterrupting(thrown);
    this.#parts.console.note(stopped ? says : `✗ ${says}`);
    this.#stand(step, stopped ? { did: 'stop' } : { did: 'fail', saw: says }, says);
  }

  /** Work of an earlier sitting whose result nobody saw: it is followed to its end, never started a second time. */
  async #finishOpenJob(step: Step, hands: Hands): Promise<void> {
    const open = this.#ledger.told.openJob;
    if (open?.step !== step.id) return;
    hands.note(`Asking the node how ${open.job} went on.`);
    const output = this.#parts.console.output();
    const action = step.apply.find(one => one.is === 'job' && open.job.startsWith(`${one.name}.`));
    const limit = action?.is === 'job' ? action.timeoutMs : 600_000;
    const end = await follow(hands, open.job, limit, text => output.take(Buffer.from(text)));
    output.end();
    const code = end.is === 'done' ? end.code : null;
    const saw = tailOf({ stdout: end.tail, stderr: '' });
    this.#ledger.write({ is: 'result', nth: open.nth, code, saw, seconds: 0 }, step.id);
    hands.note(
      {
        done: `It had ended with status ${code ?? ''}.`,
        gone: 'It ended without leaving its result: it was killed, or the node restarted.',
        none: 'The node knows nothing of it any more: it was restarted, or the work never began.',
      }[end.is],
    );
  }

  #stand(step: Step, happened: Happened, saw?: string): void {
    const { console, news } = this.#parts;
    const standing = after(this.#standings.get(step.id) ?? 'waiting', happened);
    this.#standings.set(step.id, standing);
    this.#ledger.write({ is: 'stood', standing, ...(saw !== undefined && { saw }) }, step.id);
    if (standing === 'already' || standing === 'passed') console.note(`✓ ${saw ?? ''}`);
    if (standing === 'failed' && happened.did === 'verify') console.note(`✗ ${saw ?? ''}`);
    const shown = this.#ledger.told.steps.find(({ id }) => id === step.id);
    if (shown) news({ is: 'step', step: shown, progress: this.progress() });
  }

  #hands(link: Link, signal: AbortSignal, on?: SiteNode): Hands {
    return handsOn(link, signal, {
      ...this.#parts,
      node: on ?? this.#parts.node,
      away: on !== undefined,
      ledger: this.#ledger,
      progress: (done, what) => {
        this.#within = Math.max(this.#within, Math.min(1, done));
        this.#what = what ?? this.#what;
        this.#parts.news({ is: 'progress', progress: this.progress() });
      },
    });
  }

  #doing(step: Step): Doing {
    const { files, console } = this.#parts;
    return {
      files,
      intend: (asks, as, job) =>
        this.#ledger.intend(asks, as, { ...(job !== undefined && { job }), on: step.on?.name }),
      sent: (as, text) => {
        console.sent(as, text, step.on?.name);
      },
      output: () => console.output(),
      attempts: name => {
        const { jobs } = this.#ledger.told;
        return jobs.filter(one => one.step === step.id && one.job.startsWith(`${name}.`)).length;
      },
    };
  }
}
