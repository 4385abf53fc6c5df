import type {
  CallArgs,
  CallName,
  CallReply,
  FeedArgs,
  FeedItem,
  FeedName,
} from '../../preload/contract/contract.ts';
import type { OnProgress } from '../ports.ts';

export interface CallContext {
  /** Aborted by a `cancel` frame and when the carrier closes. */
  readonly signal: AbortSignal;
  readonly progress: OnProgress;
}

/** What the host answers: one function for each call of the contract, given parsed arguments. */
export type CallHandlers = {
  readonly [N in CallName]: (args: CallArgs<N>, context: CallContext) => Promise<CallReply<N>> | CallReply<N>;
};

/** One async iterable for each feed. Items are pulled only while the listener has granted credit. */
export type FeedHandlers = {
  readonly [N in FeedName]: (args: FeedArgs<N>, signal: AbortSignal) => AsyncIterable<FeedItem<N>>;
};

export interface Handlers {
  readonly calls: CallHandlers;
  readonly feeds: FeedHandlers;
}
