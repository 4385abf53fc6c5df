import type { RunState, RunStep, StepStanding } from '../../../preload/contract/domain.ts';
import type { Failure } from '../../../preload/contract/failure.ts';

/** What a look at the node (or the laptop) told: whether it is so, and what was seen. */
export interface Judged {
  readonly is: 'so' | 'not-so';
  readonly saw: string;
}

/** What just happened to a step. */
export type Happened =
  | { readonly did: 'begin' }
  /** `before`: this run made it so in an earlier sitting. */
  | { readonly did: 'probe'; readonly judged: Judged | undefined; readonly before: boolean }
  | { readonly did: 'apply' }
  | { readonly did: 'verify'; readonly judged: Judged }
  | { readonly did: 'fail'; readonly saw: string }
  | { readonly did: 'stop' };

/**
 * Where a step stands after what just happened. Only a look that holds leads to `passed` or
 * `already`; being stopped in the middle of a change leaves `unsure`, because nobody looked.
 */
export function after(at: StepStanding, happened: Happened): StepStanding {
  switch (happened.did) {
    case 'begin':
      return 'probing';
    case 'probe':
      if (at !== 'probing') return at;
      return happened.judged?.is === 'so' ? (happened.before ? 'passed' : 'already') : 'applying';
    case 'apply':
      return at === 'applying' ? 'verifying' : at;
    case 'verify':
      return at !== 'verifying' ? at : happened.judged.is === 'so' ? 'passed' : 'failed';
    case 'fail':
      return 'failed';
    case 'stop':
      return at === 'applying' || at === 'verifying' ? 'unsure' : at === 'probing' ? 'waiting' : at;
    default:
      return happened satisfies never;
  }
}

/** One line of a run's journal. What is asked of a node stands there before it is sent. */
export type Entry =
  | { readonly is: 'began'; readonly steps: readonly StepHead[]; readonly ground: unknown }
  /** `node`: the id of another node of the site this run works on. */
  | ({ readonly is: 'sitting'; readonly node?: string } & WhoAnswered)
  | { readonly is: 'stood'; readonly standing: StepStanding; readonly saw?: string }
  | {
      readonly is: 'intent';
      readonly nth: number;
      readonly asks: string;
      readonly as: string;
      readonly job?: string;
      /** Name of the node, where it is not the run's own. */
      readonly on?: string;
    }
  | {
      readonly is: 'result';
      readonly nth: number;
      readonly code: number | null;
      readonly saw: string;
      readonly seconds: number;
    }
  | { readonly is: 'note'; readonly says: string }
  | {
      readonly is: 'ended';
      readonly state: RunState;
      readonly failure?: Failure;
      readonly unchanged: boolean;
    };

/** A machine as it named itself when a link to it was opened. */
export interface WhoAnswered {
  readonly machineId: string;
  readonly bootId: string;
  readonly hostname: string;
}

export interface StepHead {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly weight: number;
  /** False for steps that only look: they never make a run a changing one. */
  readonly changes: boolean;
}

export interface JournalLine {
  readonly at: string;
  readonly step?: string;
  readonly entry: Entry;
}

/** Detached work that was asked for and whose result nobody saw: it may still run, or be done. */
export interface OpenJob {
  readonly step: string;
  readonly nth: number;
  readonly job: string;
}

/** A run as its journal tells it. */
export interface Told {
  readonly heads: readonly StepHead[];
  readonly ground: unknown;
  readonly steps: readonly RunStep[];
  /** Steps in which something was changed, in any sitting, and the journal line at which that last began. */
  readonly applied: ReadonlyMap<string, number>;
  /** Steps that were changed and seen to hold, in any sitting, even if they are looked at again. */
  readonly done: ReadonlySet<string>;
  /** The machine this run began on. */
  readonly who?: WhoAnswered;
  /** The other machines it worked on, by the id of their node. */
  readonly others: ReadonlyMap<string, WhoAnswered>;
  readonly openJob?: OpenJob;
  /** Every piece of detached work that was ever asked for. */
  readonly jobs: readonly OpenJob[];
  /** Number of the next intent. */
  readonly nextNth: number;
  readonly unchanged: boolean;
}

const settled = (standing: StepStanding): boolean =>
  ['already', 'passed', 'failed', 'unsure'].includes(standing);

function stood(step: RunStep, standing: StepStanding, at: string, saw: string | undefined): RunStep {
  const { saw: _saw, endedAt: _ended, ...rest } = step;
  return {
    ...rest,
    standing,
    ...(standing === 'probing' ? { startedAt: at } : {}),
    ...(settled(standing) && { endedAt: at }),
    ...(saw !== undefined && { saw }),
  };
}

/** Folds a journal into the run it tells of. Lines of steps that no longer exist are passed over. */
export function told(lines: readonly JournalLine[]): Told {
  let heads: readonly StepHead[] = [];
  let ground: unknown;
  const steps = new Map<string, RunStep>();
  const applied = new Map<string, number>();
  const done = new Set<string>();
  let who: Told['who'];
  const others = new Map<string, WhoAnswered>();
  let openJob: OpenJob | undefined;
  const jobs: OpenJob[] = [];
  let nextNth = 1;
  let unchanged = false;
  for (const [nth, { at, step, entry }] of lines.entries()) {
    switch (entry.is) {
      case 'began':
        ({ steps: heads, ground } = entry);
        for (const { id, title, why } of heads) steps.set(id, { id, title, why, standing: 'waiting' });
        break;
      case 'sitting': {
        const { machineId, bootId, hostname, node } = entry;
        if (node === undefined) who ??= { machineId, bootId, hostname };
        else if (!others.has(node)) others.set(node, { machineId, bootId, hostname });
        break;
      }
      case 'stood': {
        const known = step === undefined ? undefined : steps.get(step);
        if (!known) break;
        steps.set(known.id, stood(known, entry.standing, at, entry.saw));
        if (entry.standing === 'applying') applied.set(known.id, nth);
        if (entry.standing === 'passed') done.add(known.id);
        break;
      }
      case 'intent':
        nextNth = entry.nth + 1;
        if (entry.job === undefined || step === undefined) break;
        openJob = { step, nth: entry.nth, job: entry.job };
        jobs.push(openJob);
        break;
      case 'result':
        if (openJob?.nth === entry.nth) openJob = undefined;
        break;
      case 'ended':
        ({ unchanged } = entry);
        break;
      case 'note':
        break;
      default:
        entry satisfies never;
    }
  }
  return {
    heads,
    ground,
    steps: [...steps.values()],
    applied,
    done,
    ...(who && { who }),
    others,
    ...(openJob && { openJob }),
    jobs,
    nextNth,
    unchanged,
  };
}

/** True when no step that may change something ever did. */
export const leftUnchanged = ({ heads, applied }: Told): boolean =>
  !heads.some(head => head.changes && applied.has(head.id));
