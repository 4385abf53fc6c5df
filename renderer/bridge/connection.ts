import type { CallOptions, Client } from '../../preload/contract/client.ts';
import type {
  CallArgs,
  CallName,
  CallReply,
  FeedArgs,
  FeedItem,
  FeedName,
} from '../../preload/contract/contract.ts';
import { failureOf, FieldError } from '../../preload/contract/failure.ts';
import type { Failure } from '../../preload/contract/failure.ts';

/**
 * Where the page stands with its host. `lost`: it was or could not be connected and is being tried again by itself.
 * `refused`: the host answered and will not have this page; trying again is the technician's choice.
 */
export type Standing =
  | { readonly is: 'connecting' }
  | { readonly is: 'open' }
  | { readonly is: 'lost' }
  | { readonly is: 'refused'; readonly failure: Failure };

export interface Connection {
  /** Asks the host. Waits for the first connection; later, while it is lost, fails at once with `gone-away`. */
  readonly call: <N extends CallName>(
    name: N,
    args: CallArgs<N>,
    options?: CallOptions,
  ) => Promise<CallReply<N>>;
  /** A feed. When the connection is lost it throws `gone-away`; listen again once `standing` is open. */
  readonly listen: <N extends FeedName>(
    name: N,
    args: FeedArgs<N>,
    options?: { readonly signal?: AbortSignal },
  ) => AsyncGenerator<FeedItem<N>, void>;
  /** The same object until something changes. */
  readonly standing: () => Standing;
  /** Calls back on every change; returns how to stop that. */
  readonly watch: (listener: () => void) => () => void;
  /** Tries again at once, also after a refusal. */
  readonly again: () => void;
}

export interface ConnectOptions {
  /** One attempt. Rejects with a FieldError when the host refuses, with anything else when there is no host. */
  readonly connect: () => Promise<Client>;
  /** Waits this many milliseconds between attempts. */
  readonly wait: (ms: number) => Promise<void>;
}

const lostFailure: Failure = {
  code: 'gone-away',
  says: 'The connection to Coldstart on this laptop is lost. The page keeps trying to get it back.',
  untouched: 'Nothing was asked of it.',
  next: 'See whether Coldstart is still running. After a new start, open the link it shows.',
};

const longestWait = 4_000;

/** Keeps the page connected: tries, watches, and tries again with growing pauses. */
export function connection({ connect, wait }: ConnectOptions): Connection {
  let standing: Standing = { is: 'connecting' };
  let now: Client | undefined;
  let wake: () => void = () => {};
  const watchers = new Set<() => void>();

  const stand = (next: Standing): void => {
    standing = next;
    for (const watcher of watchers) watcher();
  };
  const settled = async (): Promise<Client> => {
    while (standing.is === 'connecting') {
      await new Promise<void>(done => {
        const stop = watch(() => {
          stop();
          done();
        });
      });
    }
    if (standing.is === 'refused') throw new FieldError(standing.failure);
    if (!now) throw new FieldError(lostFailure);
    return now;
  };
  const watch = (watcher: () => void): (() => void) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  };

  /** One attempt and, if it succeeds, the time until the connection ends. Gives whether it succeeded. */
  const attempt = async (): Promise<boolean> => {
    try {
      now = await connect();
    } catch (thrown) {
      const refused = thrown instanceof FieldError && thrown.failure.code !== 'gone-away';
      stand(refused ? { is: 'refused', failure: failureOf(thrown) } : { is: 'lost' });
      return false;
    }
    stand({ is: 'open' });
    await now.closed;
    now = undefined;
    stand({ is: 'lost' });
    return true;
  };

  const keep = async (): Promise<never> => {
    for (let ms = 250; ; ms = Math.min(longestWait, ms * 2)) {
      if (await attempt()) ms = 125;
      const woken = new Promise<void>(done => (wake = done));
      await (standing.is === 'refused' ? woken : Promise.race([woken, wait(ms)]));
    }
  };
  void keep();

  return {
    call: async (name, args, options) => await (await settled()).call(name, args, options),
    listen: async function* (name, args, options) {
      yield* (await settled()).listen(name, args, options);
    },
    standing: () => standing,
    watch,
    again: () => {
      if (standing.is === 'refused') stand({ is: 'connecting' });
      wake();
    },
  };
}
