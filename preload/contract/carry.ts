import { call } from './call.ts';
import type { Call } from './call.ts';
import type { ReadBack, Sha256 } from './domain.ts';
import { filled, shape } from './parse.ts';
import type { Parse } from './parse.ts';

/** How the large files of a plan reach the node. */
export interface PlanCarry {
  /** The files that may come by stick. */
  readonly files: readonly string[];
  readonly bytes: number;
  /** How long they take over the cable at most; absent for a node that is reached over the network. */
  readonly seconds?: number;
  /** True in a plan that takes them off a stick. */
  readonly byStick: boolean;
}

/** A file on a stick for a node. */
export interface CarriedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: Sha256;
  /** False when it lay there already, equal to the last byte. */
  readonly written: boolean;
}

/** What was written onto a stick for a node, and read back from it. */
export interface Carried {
  /** The folder on the stick. */
  readonly path: string;
  readonly files: readonly CarriedFile[];
  readonly bytes: number;
  readonly readBack: ReadBack;
}

/** Calls about the stick that carries files to a node; `ask` is how a plan is asked for. */
export const carryCalls = <A>(
  ask: Parse<A>,
): { readonly 'carry.write': Call<{ ask: A; digest: string; to: string }, Carried> } => ({
  /**
   * Writes the files of a plan that was shown onto a stick of this laptop, and reads them back. What lies there already
   * is compared and kept. Throws `refused` for another plan or one without files, `space-short`, `not-writable`.
   */
  'carry.write': call<Carried>()(shape({ ask, digest: filled, to: filled })),
});
