import type { SnapshotStatus } from '../../../preload/contract/domain.ts';
import type { Reading } from '../etcd-snapshot/read.ts';
import { statusFrom } from '../etcd-snapshot/status.ts';
import type { Secret } from '../secret.ts';
import { SnapshotContents } from './contents.ts';
import { encryptionOf } from './encryption.ts';
import { tokenFound } from './measured.ts';
import type { SnapshotRead } from './measured.ts';
import { tryTokens } from './token.ts';

/** How a snapshot lay in its file. */
type Lying = Pick<SnapshotStatus, 'zipped' | 'hasTrailer'>;

export interface ReadForProof {
  readonly tokens: readonly Secret[];
  /** The technician gave the one token. */
  readonly given: boolean;
  /** Told now and then how many keys of how many were looked at; may throw to stop. */
  readonly onKeys?: ((done: number, of: number) => void) | undefined;
}

/** What a proof wants of a snapshot whose pages were walked, its keys included: the token first, then what the keys hold. */
export function readForProof(
  reading: Reading,
  lying: Lying,
  { tokens, given, onKeys }: ReadForProof,
): SnapshotRead {
  const tried = tryTokens(reading.live('/bootstrap/'), tokens, given);
  const encryption = tried.is === 'opened' ? tried.opened.encryption : undefined;
  const contents = new SnapshotContents(encryption === undefined ? undefined : encryptionOf(encryption));
  let done = 0;
  for (const key of reading.live()) {
    contents.take(key);
    if (++done % 256 === 0) onKeys?.(done, reading.liveKeys);
  }
  return {
    is: 'read',
    status: statusReply(reading, lying),
    problems: reading.problems,
    moreProblems: reading.moreProblems,
    facts: factsOf(reading),
    liveKeys: reading.liveKeys,
    contents: contents.found(),
    token: tokenFound(tried),
  };
}

function factsOf({ facts }: Reading): SnapshotRead['facts'] {
  const { members, alarms, clusterVersion, storageVersion } = facts;
  return {
    members,
    alarms,
    ...(clusterVersion === undefined ? {} : { clusterVersion }),
    ...(storageVersion === undefined ? {} : { storageVersion }),
  };
}

function statusReply(reading: Reading, { zipped, hasTrailer }: Lying): SnapshotStatus {
  const rule = reading.facts.storageVersion === undefined ? '3.5' : '3.6';
  const { revision, ...rest } = statusFrom(reading, rule);
  return { ...rest, revision: String(revision), zipped, hasTrailer, isMetaTorn: reading.isMetaTorn };
}
