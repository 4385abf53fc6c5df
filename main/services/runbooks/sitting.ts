import type {
  Progress,
  RunNews,
  RunState,
  SiteNode,
  StepStanding,
} from '../../../preload/contract/domain.ts';
import { failureOf, FieldError } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { RunId } from '../../../preload/contract/ids.ts';
import type { Scrubber } from '../../core/scrub.ts';
import { after, leftUnchanged, told } from '../../core/runbook/step.ts';
import type { Entry, Happened, JournalLine, Judged, Told } from '../../core/runbook/step.ts';
import { progressOf } from '../../core/runbook/weights.ts';
import type { Secret } from '../../core/secret.ts';
import type { Sh } from '../../core/sh.ts';
import type { Clock, Exit, Files, Link } from '../../ports.ts';
import { act } from './act.ts';
import type { Doing } from './act.ts';
import { tailOf } from './book.ts';
import type { Asking, Book, Hands, Look, Step } from './book.ts';
import type { Console } from './console.ts';
import { cleaned } from './journal.ts';
import type { Journal } from './journal.ts';
import { follow, leavingJobsAlone } from './job.ts';

/** One sitting: from opening the link until the run ends or stops. A continued run has several. */
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
  readonly withLink: (work: (link: Link) => Promise<void>) => Promise<void>;
}

export interface SittingEnd {
  readonly state: RunState;
  readonly failure?: Failure;
  readonly unchanged: boolean;
}

/** A step that did not hold. */
class NotSo extends FieldError {}

/** Failures after which the node was not at fault and the run can simply go on: the way to it is gone. */
const interrupting = new Set<string>([
  'link-lost',
  'unreachable',
  'gone-away',
  'login-refused',
  'password-needed',
  'passphrase-needed',
  'sudo-password-needed',
  'sudo-refused',
  'host-key-unknown',
  'vault-locked',
]);

export class Sitting {
  readonly #parts: SittingParts;
  /** Work done in this sitting, for the remaining time. */
  #pace = { weight: 0, seconds: 0 };
  #within = 0;
  #step: string | undefined;
  #what = 'Connecting';
  readonly #known: Map<string, StepStanding>;
  readonly #lines: JournalLine[];
  #told: Told;

  constructor(parts: SittingParts) {
    this.#parts = parts;
    this.#lines = [...parts.lines];
    this.#told = told(this.#lines);
    this.#known = new Map(this.#told.steps.map(step => [step.id, 'waiting']));
  }

  /** Walks the book to its end. Never throws: however it ends is told in its value. */
  async run(): Promise<SittingEnd> {
    try {
      await this.#parts.withLink(link => this.#walk(link));
      return { state: 'passed', unchanged: leftUnchanged(this.#told) };
    } catch (thrown) {
      return this.#ended(thrown);
    }
  }

  #ended(thrown: unknown): SittingEnd {
    const { signal, scrub, book } = this.#parts;
    const failure = cleaned(failureOf(thrown), text => scrub.text(text));
    const closing = signal.aborted && signal.reason === leavingJobsAlone;
    if (closing) return { state: 'interrupted', failure: interruptedBy(closed), unchanged: false };
    if (signal.aborted) return { state: 'cancelled', failure: this.#stopped(), unchanged: false };
    if (interrupting.has(failure.code))
      return { state: 'interrupted', failure: interruptedBy(failure), unchanged: false };
    const next = [failure.next, book.afterFailure].filter(Boolean).join(' ');
    return { state: 'failed', failure: { ...failure, ...(next !== '' && { next }) }, unchanged: false };
  }

  #stopped(): Failure {
    const at =
      this.#told.steps.find(step => step.standing === 'unsure') ??
      this.#told.steps.find(step => step.standing === 'waiting');
    const changed = this.#told.steps.filter(step => step.standing === 'passed').map(step => step.title);
    return {
      code: 'cancelled',
      says: `Stopped because you asked for it${at ? `, ${at.standing === 'unsure' ? 'in the middle of' : 'before'} “${at.title}”` : ''}.`,
      about: this.#parts.node.name,
      untouched:
        changed.length === 0
          ? 'Nothing was changed before.'
          : `Done before and left as it is: ${changed.join(', ')}.`,
      next: `Continue the run to finish it.${this.#parts.book.afterFailure === undefined ? '' : ` ${this.#parts.book.afterFailure}`}`,
    };
  }

  async #walk(link: Link): Promise<void> {
    sameNode(this.#told, link, this.#parts.node);
    const { machineId, bootId, hostname } = link.who;
    this.#write({ is: 'sitting', machineId, bootId, hostname });
    const hands = this.#hands(link);
    try {
      for (const [i, step] of this.#parts.book.steps.entries()) {
        this.#parts.signal.throwIfAborted();
        this.#parts.console.step(i + 1, this.#parts.book.steps.length, step.title);
        await this.#take(step, hands);
      }
    } catch (thrown) {
      await this.#release(link, thrown);
      throw thrown;
    }
  }

  /** Gives back what was taken on the node, as far as the node can still be reached. */
  async #release(link: Link, thrown: unknown): Promise<void> {
    const { signal, book } = this.#parts;
    const lost = !signal.aborted && interrupting.has(failureOf(thrown).code);
    if (!book.release || lost || (signal.aborted && signal.reason === leavingJobsAlone)) return;
    const limit = AbortSignal.timeout(20_000);
    try {
      await book.release(this.#hands(link, limit), signal.aborted ? 'cancelled' : 'failed');
    } catch {
      this.#note(
        'The node could not be tidied up; the lock in /run/coldstart goes with the next restart or the next run.',
      );
    }
  }

  async #take(step: Step, hands: Hands): Promise<void> {
    const from = this.#parts.clock.monotonic();
    this.#within = 0;
    this.#step = step.id;
    this.#what = step.title;
    try {
      this.#stand(step, { did: 'begin' });
      await this.#finishOpenJob(step, hands);
      const judged = step.probe && (await this.#look(step.probe, hands, step.weight));
      const before = this.#told.applied.has(step.id);
      this.#stand(step, { did: 'probe', judged, before }, judged?.is === 'so' ? judged.saw : undefined);
      if (judged?.is === 'so') return;
      if (judged) this.#note(judged.saw);
      for (const action of step.apply) {
        this.#parts.signal.throwIfAborted();
        await act(hands, this.#doing(step), action);
      }
      this.#stand(step, { did: 'apply' });
      const verified = await this.#look(step.verify, hands, step.weight);
      this.#stand(step, { did: 'verify', judged: verified }, verified.saw);
      if (verified.is !== 'so') throw notSo(step, verified, this.#parts.node.name);
      const seconds = (this.#parts.clock.monotonic() - from) / 1000;
      this.#pace = { weight: this.#pace.weight + step.weight, seconds: this.#pace.seconds + seconds };
    } catch (thrown) {
      this.#fall(step, thrown);
      throw thrown;
    }
  }

  #fall(step: Step, thrown: unknown): void {
    if (thrown instanceof NotSo) return;
    const failure = failureOf(thrown);
    const stopped = this.#parts.signal.aborted || interrupting.has(failure.code);
    this.#parts.console.note(stopped ? failure.says : `✗ ${failure.says}`);
    this.#stand(step, stopped ? { did: 'stop' } : { did: 'fail', saw: failure.says }, failure.says);
  }

  /** Work of an earlier sitting whose result nobody saw: it is followed to its end, never started a second time. */
  async #finishOpenJob(step: Step, hands: Hands): Promise<void> {
    const open = this.#told.openJob;
    if (open?.step !== step.id) return;
    this.#note(`Asking the node how ${open.job} went on.`);
    const output = this.#parts.console.output();
    const action = step.apply.find(one => one.is === 'job' && open.job.startsWith(`${one.name}.`));
    const end = await follow(hands, open.job, action?.is === 'job' ? action.timeoutMs : 600_000, text =>
      output.take(Buffer.from(text)),
    );
    output.end();
    this.#write(
      {
        is: 'result',
        nth: open.nth,
        code: end.is === 'done' ? end.code : null,
        saw: tailOf({ stdout: end.tail, stderr: '' }),
        seconds: 0,
      },
      step.id,
    );
    this.#note(
      {
        done: `It had ended with status ${end.is === 'done' ? end.code : ''}.`,
        gone: 'It ended without leaving its result: it was killed, or the node restarted.',
        none: 'The node knows nothing of it any more: it was restarted, or the work never began.',
      }[end.is],
    );
  }

  async #look(look: Look, hands: Hands, weight: number): Promise<Judged> {
    const { patience } = look;
    const first = await this.#firstLook(look, hands);
    if (first.is === 'so' || !patience) return first;
    const from = this.#parts.clock.monotonic();
    let judged = first;
    let pause = Math.min(250, patience.everyMs);
    while (judged.is !== 'so') {
      const waited = this.#parts.clock.monotonic() - from;
      // a weight is about a second; the last bit is kept until it is really so
      hands.progress(Math.min(0.95, waited / 1000 / weight), `${patience.what}: ${judged.saw}`);
      const hopeless = await patience.hopeless?.(hands);
      if (hopeless !== undefined) return { is: 'not-so', saw: hopeless };
      if (waited > patience.forMs)
        return { is: 'not-so', saw: `After ${spoken(patience.forMs)}: ${judged.saw}` };
      await hands.sleep(pause);
      pause = Math.min(pause * 1.5, patience.everyMs);
      judged = await look.look(hands, true);
    }
    return judged;
  }

  /** A look of the laptop's own is journaled and shown here; commands of others do that themselves. */
  async #firstLook(look: Look, hands: Hands): Promise<Judged> {
    const own = look.shows.find(({ as }) => as === 'laptop');
    if (!own) return await look.look(hands, false);
    const intent = this.#intend(own.text, 'laptop');
    this.#parts.console.sent('laptop', own.text);
    const judged = await look.look(hands, false);
    intent.done(judged.is === 'so' ? 0 : 1, judged.saw);
    return judged;
  }

  #stand(step: Step, happened: Happened, saw?: string): void {
    const now = this.#known.get(step.id) ?? 'waiting';
    const standing = after(now, happened);
    this.#known.set(step.id, standing);
    this.#write({ is: 'stood', standing, ...(saw !== undefined && { saw }) }, step.id);
    if (standing === 'already' || standing === 'passed') this.#parts.console.note(`✓ ${saw ?? ''}`);
    if (standing === 'failed' && happened.did === 'verify') this.#parts.console.note(`✗ ${saw ?? ''}`);
    const shown = this.#told.steps.find(one => one.id === step.id);
    if (shown) this.#parts.news({ is: 'step', step: shown, progress: this.progress() });
  }

  #write(entry: Entry, step?: string): void {
    this.#lines.push(this.#parts.journal.write(entry, step));
    this.#told = told(this.#lines);
  }

  #note(says: string): void {
    this.#parts.console.note(says);
    this.#write({ is: 'note', says });
  }

  progress(): Progress {
    const steps = this.#parts.book.steps.map(({ id, weight }) => {
      const standing = this.#known.get(id);
      const over = standing === 'already' || standing === 'passed';
      const busy = standing === 'applying' || standing === 'verifying';
      return { weight, done: over ? 1 : busy ? this.#within : 0 };
    });
    return progressOf(this.#what, steps, this.#pace);
  }

  #hands(link: Link, signal = this.#parts.signal): Hands {
    const { node, run, clock, scrub, news } = this.#parts;
    return {
      link,
      node,
      run,
      signal,
      exec: (command, asking) => this.#exec(link, signal, command, asking),
      note: says => {
        this.#note(says);
      },
      progress: (done, what) => {
        this.#within = Math.max(this.#within, Math.min(1, done));
        if (what !== undefined) this.#what = what;
        news({ is: 'progress', progress: this.progress() });
      },
      show: text => {
        const output = this.#parts.console.output();
        void output.take(Buffer.from(text));
        output.end();
      },
      hide: (secret: Secret) => {
        scrub.add(secret);
      },
      changedSince: (step, since) => {
        const { applied } = this.#told;
        return (applied.get(step) ?? -1) > (applied.get(since) ?? -1);
      },
      monotonic: () => clock.monotonic(),
      sleep: ms => clock.sleep(ms, signal),
    };
  }

  async #exec(link: Link, signal: AbortSignal, command: Sh, asking: Asking): Promise<Exit> {
    const { as, again = false, hush = false, ...options } = asking;
    if (again) return await link.exec(command, { ...options, as, signal });
    const intent = this.#intend(command.text, as);
    this.#parts.console.sent(as, command.text);
    const output = this.#parts.console.output();
    const show = hush ? {} : { onOutput: (_stream: string, bytes: Uint8Array) => output.take(bytes) };
    try {
      const exit = await link.exec(command, { ...options, as, signal, ...show });
      intent.done(exit.code, hush ? 'answered' : tailOf(exit, 8));
      return exit;
    } finally {
      output.end();
    }
  }

  #intend(asks: string, as: string, job?: string): { done(code: number | null, saw: string): void } {
    const nth = this.#told.nextNth;
    const step = this.#step;
    const from = this.#parts.clock.monotonic();
    this.#write({ is: 'intent', nth, asks, as, ...(job !== undefined && { job }) }, step);
    return {
      done: (code, saw) => {
        const seconds = Math.round((this.#parts.clock.monotonic() - from) / 10) / 100;
        this.#write({ is: 'result', nth, code, saw, seconds }, step);
      },
    };
  }

  #doing(step: Step): Doing {
    const output = this.#parts.console.output();
    return {
      files: this.#parts.files,
      intend: (asks, as, job) => this.#intend(asks, as, job),
      sent: (as, text) => {
        this.#parts.console.sent(as, text);
      },
      log: text => output.take(Buffer.from(text)),
      attempts: name =>
        this.#told.jobs.filter(job => job.step === step.id && job.job.startsWith(`${name}.`)).length,
    };
  }
}

const spoken = (ms: number): string =>
  ms < 120_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;

const closed: Failure = { code: 'could-not', says: 'Coldstart was closed while the run was going on.' };

const interruptedBy = (failure: Failure): Failure => ({
  ...failure,
  untouched: failure.untouched ?? 'What was done until then stays done; nothing is sent twice.',
  next: [failure.next, 'Then continue the run: it looks at the node and goes on where it stood.']
    .filter(Boolean)
    .join(' '),
});

const notSo = (step: Step, judged: Judged, about: string): NotSo =>
  new NotSo({
    code: 'step-failed',
    says: `“${step.title}” did not hold: ${judged.saw}`,
    about,
    untouched: 'The steps after it were not begun.',
    next: 'Look at the last lines in the terminal.',
  });

/** A run goes on only on the machine it began on; a restart in between is fine, everything is looked at again. */
function sameNode({ who }: Told, link: Link, node: SiteNode): void {
  const now = link.who;
  if (!who || (who.machineId === now.machineId && who.hostname === now.hostname)) return;
  throw new FieldError({
    code: 'another-node',
    says: `Another machine answers: ${now.hostname} (${now.machineId}), and the run began on ${who.hostname} (${who.machineId}).`,
    about: node.name,
    untouched: 'Nothing was sent to it.',
    next: 'Check the cable and the address. If the host was renamed on purpose, begin a new run.',
  });
}
