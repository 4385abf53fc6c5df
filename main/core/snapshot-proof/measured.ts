import type { SnapshotStatus } from '../../../preload/contract/domain.ts';
import type { EtcdFacts } from '../etcd-snapshot/kv.ts';
import type { Trailer } from '../trailer.ts';
import type { ContentsFound } from './contents.ts';
import type { Opened, TokenTried } from './token.ts';

/** How trying the tokens went, without what only the worker may know. */
export type TokenFound =
  | Exclude<TokenTried, { readonly is: 'opened' }>
  | { readonly is: 'opened'; readonly opened: Omit<Opened, 'encryption'>; readonly hasEncryption: boolean };

/** What a snapshot that can be read says. */
export interface SnapshotRead {
  readonly is: 'read';
  readonly status: SnapshotStatus;
  readonly problems: readonly string[];
  readonly moreProblems: number;
  readonly facts: Pick<EtcdFacts, 'members' | 'alarms' | 'clusterVersion' | 'storageVersion'>;
  readonly liveKeys: number;
  readonly contents: ContentsFound;
  readonly token: TokenFound;
}

/** What was measured on one file. Holds no secret. */
export interface MeasuredSnapshot {
  readonly bytes: number;
  /** Of the file as it lies. */
  readonly sha256: string;
  readonly zipped: boolean;
  /** Of a zip: the one inside. */
  readonly trailer: Trailer;
  /** `refused`: no snapshot, or one that cannot be read at all; what and what to do. */
  readonly read: SnapshotRead | { readonly is: 'refused'; readonly says: string; readonly next: string };
}

export function tokenFound(tried: TokenTried): TokenFound {
  if (tried.is !== 'opened') return tried;
  const { encryption, ...opened } = tried.opened;
  return { is: 'opened', opened, hasEncryption: encryption !== undefined };
}
