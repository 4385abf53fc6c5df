import type { ExerciseName } from '../../../preload/contract/exercises.ts';

/** One thing that is measured at the end: a sentence, and a script that ends with 0 when it holds. */
export interface Measure {
  readonly says: string;
  readonly script: string;
}

export interface ExerciseText {
  readonly exercise: ExerciseName;
  readonly title: string;
  readonly goal: string;
  readonly story: string;
  readonly hints: readonly string[];
  readonly measures: readonly Measure[];
  /** K3s cannot run again here, so that is not asked for. */
  readonly dead?: true;
}

export const data = '/var/lib/rancher/k3s';
export const runs = 'K3s runs again, and its node is Ready.';

/** A datastore that was not deleted lies somewhere, beside the live one or where it was put. */
export const oldKept: Measure = {
  says: 'The damaged datastore was moved aside and not deleted.',
  script: `[ "$(find / -path '*/member/snap/db' 2>/dev/null | wc -l)" -ge 2 ]`,
};
