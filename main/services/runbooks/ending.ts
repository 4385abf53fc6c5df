import type { RunState, RunStep, SiteNode } from '../../../preload/contract/domain.ts';
import { failureOf, FieldError } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { Judged, Told } from '../../core/runbook/step.ts';
import type { WhoIsThere } from '../../ports.ts';
import type { Book, Step } from './book.ts';
import { leavingJobsAlone } from './job.ts';
import { cleaned } from './journal.ts';

/** How a sitting ended. */
export interface SittingEnd {
  readonly state: RunState;
  readonly failure?: Failure;
  /** Nothing had to be changed in the whole run. */
  readonly unchanged: boolean;
}

/** Failures after which the run can simply go on: not the node was at fault, the way to it is gone. */
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
  'cancelled',
]);
export const isInterrupting = (thrown: unknown): boolean => interrupting.has(failureOf(thrown).code);

/** Whether the app is closing, in contrast to a technician who stopped the run. */
export const isClosing = (signal: AbortSignal): boolean =>
  signal.aborted && signal.reason === leavingJobsAlone;

/** What a thrown value makes of a run: stopped, interrupted or failed, in the technician's words and without secrets. */
export function endOf(
  thrown: unknown,
  signal: AbortSignal,
  run: { readonly book: Book; readonly steps: readonly RunStep[]; readonly node: SiteNode },
  clean: (text: string) => string,
): SittingEnd {
  const end = (state: RunState, failure: Failure): SittingEnd => ({ state, failure, unchanged: false });
  if (isClosing(signal)) return end('interrupted', interruptedBy(closed));
  if (signal.aborted) return end('cancelled', stopped(run.steps, run.node.name, run.book.afterFailure));
  const failure = cleaned(failureOf(thrown), clean);
  if (isInterrupting(thrown)) return end('interrupted', interruptedBy(failure));
  const next = sentences(failure.next, run.book.afterFailure);
  const untouched = failure.untouched ?? 'The steps after it were not begun.';
  return end('failed', { ...failure, untouched, ...(next !== '' && { next }) });
}

const sentences = (...said: readonly (string | undefined)[]): string =>
  said.filter(one => one !== undefined && one !== '').join(' ');

const closed: Failure = { code: 'could-not', says: 'Coldstart was closed while the run was going on.' };

const interruptedBy = (failure: Failure): Failure => ({
  ...failure,
  untouched: failure.untouched ?? 'What was done until then stays done; nothing is sent twice.',
  next: sentences(
    failure.code === 'cancelled' ? '' : failure.next,
    'Then continue the run: it looks at the node and goes on where it stood.',
  ),
});

/** Where a run was stopped and what stays. */
function stopped(steps: readonly RunStep[], about: string, after: string | undefined): Failure {
  const middle = steps.find(({ standing }) => standing === 'unsure');
  const at = middle ?? steps.find(({ standing }) => standing === 'waiting');
  const where = at ? `, ${middle ? 'in the middle of' : 'before'} “${at.title}”` : '';
  const done = steps.filter(({ standing }) => standing === 'passed').map(({ title }) => title);
  return {
    code: 'cancelled',
    says: `Stopped because you asked for it${where}.`,
    about,
    untouched:
      done.length === 0 ? 'Nothing was done before.' : `Done before and left as it is: ${done.join(', ')}.`,
    next: after ?? 'Continue the run to finish it.',
  };
}

/** A step that was done and does not hold. */
export class NotSo extends FieldError {
  constructor(step: Step, judged: Judged, about: string) {
    super({
      code: 'step-failed',
      says: `“${step.title}” did not hold: ${judged.saw}`,
      about,
      untouched: 'The steps after it were not begun.',
      next: 'Look at the last lines in the terminal.',
    });
  }
}

/**
 * A run goes on only on the machine it began on. A restart in between is fine: everything is looked at again anyway.
 * Throws `another-node`.
 */
export function sameNode({ who }: { readonly who?: Told['who'] }, now: WhoIsThere, about: string): void {
  if (!who || (who.machineId === now.machineId && who.hostname === now.hostname)) return;
  throw new FieldError({
    code: 'another-node',
    says: `Another machine answers: ${now.hostname} (${now.machineId}), and the run began on ${who.hostname} (${who.machineId}).`,
    about,
    untouched: 'Nothing was sent to it.',
    next: 'Check the cable and the address. If the host was renamed on purpose, begin a new run.',
  });
}
