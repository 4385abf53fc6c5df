import { told } from '../../core/runbook/step.ts';
import type { Entry, JournalLine, Told } from '../../core/runbook/step.ts';
import type { Clock } from '../../ports.ts';
import type { Journal } from './journal.ts';

/** Journals what came of something that was journaled before it was sent. */
export interface Intent {
  done(code: number | null, saw: string): void;
}

/** The journal of a run while it is worked on, with the tale it tells so far. */
export class Ledger {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #lines: JournalLine[];
  #told: Told;
  /** The step whatever is sent belongs to. */
  step: string | undefined;

  constructor(journal: Journal, clock: Clock, lines: readonly JournalLine[]) {
    this.#journal = journal;
    this.#clock = clock;
    this.#lines = [...lines];
    this.#told = told(this.#lines);
  }

  get told(): Told {
    return this.#told;
  }

  write(entry: Entry, step?: string): void {
    this.#lines.push(this.#journal.write(entry, step));
    this.#told = told(this.#lines);
  }

  /** On the disk when it returns; what it announces may then be sent. `on` names the node where it is not the run's own. */
  intend(asks: string, as: string, { job, on }: { job?: string; on?: string | undefined } = {}): Intent {
    const { step } = this;
    const nth = this.#told.nextNth;
    const from = this.#clock.monotonic();
    const more = { ...(job !== undefined && { job }), ...(on !== undefined && { on }) };
    this.write({ is: 'intent', nth, asks, as, ...more }, step);
    return {
      done: (code, saw) => {
        const seconds = Math.round((this.#clock.monotonic() - from) / 10) / 100;
        this.write({ is: 'result', nth, code, saw, seconds }, step);
      },
    };
  }
}
