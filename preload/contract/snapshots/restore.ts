import { call } from '../call.ts';
import type { RemedyField } from '../doctor.ts';
import { nodeId } from '../ids.ts';
import { oneOf, optional, shape } from '../parse.ts';
import { snapshotFile } from './file.ts';

/** The ways back. Each is a runbook with a plan. */
export const restoreKinds = [
  /** A server that was alone: its snapshot back onto it. */
  'single',
  /** Three (or more) servers: restored on one, the others rejoin empty. */
  'ha',
  /** Onto a machine that was never in the cluster. */
  'new-host',
  /** No snapshot: the best surviving member becomes the only one. */
  'lost-quorum',
  /** From the raw `member/snap/db` of a dead disk. */
  'raw-db',
  /** A server on SQLite: its database file and token back. */
  'sqlite',
  /** Onto a spare machine, with a stopwatch, and taken off again. */
  'drill',
] as const;
export type RestoreKind = (typeof restoreKinds)[number];

/** What a restore asks before its plan is made. */
export interface RestoreForm {
  readonly kind: RestoreKind;
  readonly title: string;
  readonly says: string;
  readonly fields: readonly RemedyField[];
  /** Restores replace the cluster's state: the node's name is typed before they run. */
  readonly typedName: boolean;
}

/** The kinds that can be asked for. */
export const offeredRestores = ['single', 'ha', 'lost-quorum'] as const satisfies readonly RestoreKind[];
export type OfferedRestore = (typeof offeredRestores)[number];

export const restoreCalls = {
  /** Looks at every node of the site and says what this way back asks. Changes nothing. */
  'restore.form': call<RestoreForm>()(
    shape({ node: nodeId, kind: oneOf(...offeredRestores), of: optional(snapshotFile) }),
  ),
} as const;
