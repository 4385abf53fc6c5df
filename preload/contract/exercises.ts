import { causes } from './doctor.ts';
import type { Cause } from './doctor.ts';
import type { Instant } from './domain.ts';

/** Exercises of the way back of a cluster; what is broken there is no cause of its own. */
export const restoreExercises = ['restore-deleted', 'restore-wrong-token', 'restore-truncated'] as const;
export type ExerciseName = Cause | (typeof restoreExercises)[number];
/** One for every cause of a dead node, and the restores. */
export const exerciseNames: readonly ExerciseName[] = [...causes, ...restoreExercises];

/** One practice scenario: the node is broken in one way, and the trainee brings it back. */
export interface Exercise {
  /** The cause that is practised, or the restore; also what it is called by on the command line. */
  readonly exercise: ExerciseName;
  readonly title: string;
  /** What is to be reached, in a sentence. */
  readonly goal: string;
  /** How it came about, in two sentences. */
  readonly story: string;
  /** How many hints there are, and those shown so far. */
  readonly hints: number;
  readonly shown: readonly string[];
  readonly standing: 'not-begun' | 'begun' | 'passed';
  readonly begunAt?: Instant;
  /** How long the best try took, in seconds, and how many hints it used. */
  readonly best?: { readonly seconds: number; readonly hints: number };
}

/** One thing that was measured on the practice node. */
export interface ExercisePart {
  readonly says: string;
  readonly holds: boolean;
}

export interface ExerciseResult {
  readonly passed: boolean;
  /** The result in a sentence. */
  readonly says: string;
  readonly parts: readonly ExercisePart[];
  /** Since it was begun. */
  readonly seconds: number;
  /** Hints that were shown. */
  readonly hints: number;
}
