import { call } from '../call.ts';
import type { RemedyField } from '../doctor.ts';
import type { Instant, World } from '../domain.ts';
import { nodeId, siteId } from '../ids.ts';
import type { NodeId, RunId, SiteId } from '../ids.ts';
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

/** A restore that was timed, for the site's record. */
export interface RestoreRecord {
  readonly run: RunId;
  readonly site: SiteId;
  readonly node: NodeId;
  readonly nodeName: string;
  readonly kind: RestoreKind;
  /** When the first change was made. */
  readonly at: Instant;
  /** File name of the snapshot; empty for kinds without one. */
  readonly snapshot: string;
  /** From the first change until the cluster was verified. */
  readonly seconds: number;
  /** The run came to its end, with every step checked. */
  readonly verified: boolean;
  readonly says: string;
  readonly world: World;
}

/** The kinds that can be asked for. */
export const offeredRestores = [
  'single',
  'ha',
  'new-host',
  'lost-quorum',
  'raw-db',
  'sqlite',
  'drill',
] as const satisfies readonly RestoreKind[];
export type OfferedRestore = (typeof offeredRestores)[number];

export const restoreCalls = {
  /** Looks at every node of the site and says what this way back asks. Changes nothing. */
  'restore.form': call<RestoreForm>()(
    shape({ node: nodeId, kind: oneOf(...offeredRestores), of: optional(snapshotFile) }),
  ),
  /** Restores that were run, with how long each took; newest first. */
  'restore.records': call<readonly RestoreRecord[]>()(shape({ site: optional(siteId) })),
} as const;
