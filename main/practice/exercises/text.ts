import type { Cause } from '../../../preload/contract/doctor.ts';

/** One thing that is measured at the end: a sentence, and a script that ends with 0 when it holds. */
export interface Measure {
  readonly says: string;
  readonly script: string;
}

export interface ExerciseText {
  readonly cause: Cause;
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
