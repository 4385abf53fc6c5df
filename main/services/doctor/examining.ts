import type { DoctorNews, Evidence, Examination } from '../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { ExaminationId } from '../../../preload/contract/ids.ts';
import { notAsked } from '../../core/doctor/collect/answers.ts';
import type { Answer } from '../../core/doctor/collect/answers.ts';
import { chapters } from '../../core/doctor/collect/chapters.ts';
import { findingsOf } from '../../core/doctor/diagnose.ts';
import type { Brought } from '../../core/doctor/piece.ts';
import { redacted } from '../../core/doctor/redact.ts';
import { verdictOf } from '../../core/doctor/verdict.ts';
import { viewOf } from '../../core/doctor/view.ts';
import { scrubber } from '../../core/scrub.ts';
import type { Secret } from '../../core/secret.ts';
import type { Clock, Link } from '../../ports.ts';
import { ask, rightOf } from './collecting.ts';

/** An examination with the texts it rests on. */
export interface Examined {
  readonly examination: Examination;
  /** By id of the evidence. */
  readonly texts: Readonly<Record<string, string>>;
}

const items = chapters.flatMap(chapter => chapter.items);

const evidenceOf = ({ id, title, command, standing, bytes, says }: Answer): Evidence => ({
  id,
  title,
  command,
  standing,
  bytes,
  ...(says !== undefined && { says }),
});

/** One look at one node: what came so far, and what it comes to. */
export class Look {
  readonly #begun: Pick<Examination, 'id' | 'node' | 'nodeName' | 'at' | 'over' | 'practice'>;
  readonly #answers = new Map<string, Answer>();
  readonly #tell: (news: DoctorNews) => void;
  readonly #secrets: () => readonly Secret[];
  #laptop: Brought['laptop'];

  constructor(
    begun: {
      readonly id: ExaminationId;
      readonly node: SiteNode;
      readonly over: Link['kind'];
      readonly at: Date;
    },
    secrets: () => readonly Secret[],
    tell: (news: DoctorNews) => void,
  ) {
    const { id, node, over, at } = begun;
    this.#begun = {
      id,
      node: node.id,
      nodeName: node.name,
      at: at.toISOString(),
      over,
      practice: node.practice,
    };
    this.#secrets = secrets;
    this.#tell = tell;
  }

  get isEmpty(): boolean {
    return this.#answers.size === 0;
  }

  /**
   * Asks the node chapter by chapter and tells of each. Throws what ended it early, such as a lost link or a stop; what
   * came until then stays.
   */
  async run(link: Link, clock: Clock, signal: AbortSignal): Promise<void> {
    this.#tell({ is: 'began', examination: this.#sum('collecting') });
    const as = await rightOf(link, signal);
    for (const chapter of chapters) {
      const { answers, before, after } = await ask(link, chapter, as, clock, signal);
      this.#laptop ??= { before, after };
      for (const answer of this.#clean(answers)) {
        this.#answers.set(answer.id, answer);
        this.#tell({ is: 'evidence', evidence: evidenceOf(answer) });
      }
      this.#tell({ is: 'findings', findings: this.#sum('collecting').findings });
    }
  }

  #clean(answers: readonly Answer[]): readonly Answer[] {
    const scrub = scrubber(this.#secrets());
    return answers.map(answer => ({
      ...answer,
      text: redacted(answer.text, scrub),
      ...(answer.says !== undefined && { says: redacted(answer.says, scrub) }),
    }));
  }

  #sum(state: Examination['state']): Examination {
    const answers = [...this.#answers.values()];
    const view = viewOf({ pieces: answers, ...(this.#laptop && { laptop: this.#laptop }) });
    const findings = findingsOf(view);
    const verdict =
      state === 'collecting'
        ? { verdict: 'partial' as const, says: 'The doctor is looking at the node.' }
        : verdictOf(view, answers, findings, state === 'stopped');
    return {
      ...this.#begun,
      state,
      evidence: items.map(item => evidenceOf(this.#answers.get(item.id) ?? notAsked(item))),
      findings,
      ...verdict,
    };
  }

  /** What it came to. `broken`: why it ended before everything was asked. */
  ended(at: Date, broken?: unknown): Examined {
    const sum = this.#sum(broken === undefined ? 'done' : 'stopped');
    const why = broken instanceof FieldError ? ` ${broken.failure.says}` : '';
    return {
      examination: { ...sum, endedAt: at.toISOString(), says: `${sum.says}${why}` },
      texts: Object.fromEntries([...this.#answers].map(([id, { text }]) => [id, text])),
    };
  }
}
