import type { Evidence } from '../../../preload/contract/doctor.ts';

/** One thing that was asked of the node, with what it answered. Secrets are out of `text` already. */
export interface Piece {
  readonly id: string;
  readonly standing: Evidence['standing'];
  readonly text: string;
}

/** What one look at a node brought, and the laptop's own clock before and after it (milliseconds since 1970). */
export interface Brought {
  readonly pieces: readonly Piece[];
  readonly laptop?: { readonly before: number; readonly after: number };
}
