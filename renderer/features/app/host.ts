import type { CallOptions } from '../../../preload/contract/client.ts';
import type {
  CallArgs,
  CallName,
  CallReply,
  FeedArgs,
  FeedItem,
  FeedName,
} from '../../../preload/contract/contract.ts';
import type { World } from '../../../preload/contract/domain.ts';
import type { Standing } from '../../bridge/connection.ts';

/** What the page knows of its host: the contract, in one world. A failed call throws a `FieldError`. */
export interface Host {
  /** Never changes while the page lives. */
  readonly world: World;
  /** Leaves this page for the one of another world. */
  enterWorld(world: World): void;
  call<N extends CallName>(name: N, args: CallArgs<N>, options?: CallOptions): Promise<CallReply<N>>;
  listen<N extends FeedName>(
    name: N,
    args: FeedArgs<N>,
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterable<FeedItem<N>>;
  standing(): Standing;
  /** Calls back at every change of `standing`; gives the way to stop. */
  watch(listener: () => void): () => void;
  /** Tries to connect again at once. */
  again(): void;
}
