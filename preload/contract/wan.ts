import { call } from './call.ts';
import { nodeId, siteId } from './ids.ts';
import { optional, shape, text, whole } from './parse.ts';

/** A time without the way out. */
export interface Outage {
  /** Milliseconds since 1970. */
  readonly from: number;
  /** When it answered again; absent while it does not, or where nobody asked any more. */
  readonly to?: number;
}

/** How one target was reached over some time. */
export interface Reachability {
  readonly target: string;
  readonly probes: number;
  /** The part of the watched time in which it answered, 0…1; absent when it was asked once or never. */
  readonly availability?: number;
  /** Watched time in milliseconds: between two questions that are close enough together. */
  readonly watchedMs: number;
  /** Longer than a flap, oldest first. */
  readonly outages: readonly Outage[];
  /** How often it was away for a moment. */
  readonly flaps: number;
  readonly isUp?: boolean;
  /** Of the answers, in seconds. */
  readonly rtt?: { readonly median: number; readonly p95: number };
}

/** What was seen of the way out from one place. */
export interface WanSeen {
  /** A node, or `laptop`. */
  readonly from: string;
  /** The way out as a whole: it is there when any target answers. */
  readonly any: Reachability;
  readonly targets: readonly Reachability[];
}

/** What came of a pull of a node's own log. */
export interface RecorderPulled {
  /** False where the node has no recorder, nor anything one left. */
  readonly there: boolean;
  readonly samples: number;
  readonly bytes: number;
  /** Samples whose time nobody knows, for the node's clock was never right in that boot. They are left out. */
  readonly unplaced: number;
  /** How often the node's clock jumped while it ran; the samples are at their true times. */
  readonly clockJumps: number;
  /** What could not be read, in sentences. */
  readonly left: readonly string[];
}

const moment = whole(0, 2 ** 50);

export const wanCalls = {
  /** Brings what the node logged by itself since the last pull among the site's metrics. Progress in bytes. */
  'recorder.pull': call<RecorderPulled>()(shape({ node: nodeId })),
  /** What is asked whether the way out is there while metrics are recorded; given, it is kept. Throws `bad-ask`. */
  'wan.targets': call<{ readonly targets: string }>()(shape({ site: siteId, targets: optional(text) })),
  'wan.seen': call<readonly WanSeen[]>()(shape({ site: siteId, from: moment, to: moment })),
} as const;
