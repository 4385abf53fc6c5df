import type { CallArgs, CallName, CallReply, FeedArgs, FeedItem, FeedName } from './contract.ts';
import type { Progress } from './domain.ts';
import { cancelled, FieldError } from './failure.ts';
import type { Failure } from './failure.ts';
import { openingCredit } from './frames.ts';
import type { PageCarrier, ToHost, ToPage } from './frames.ts';

export interface CallOptions {
  /** Aborting asks the host to stop; the promise settles with what the host then says. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** The contract as functions, over any carrier: the page, the CLI and the tests all ask through this. */
export interface Client {
  /** Gives the reply, or throws the host's failure as a FieldError. A lost carrier throws `gone-away`. */
  readonly call: <N extends CallName>(
    name: N,
    args: CallArgs<N>,
    options?: CallOptions,
  ) => Promise<CallReply<N>>;
  /**
   * Items of a feed, from the first `next()` on. Credit is granted as items are taken, so a slow reader holds the
   * host back. Ends quietly when `signal` aborts or the loop is left; throws the host's failure, or `gone-away`.
   */
  readonly listen: <N extends FeedName>(
    name: N,
    args: FeedArgs<N>,
    options?: { readonly signal?: AbortSignal },
  ) => AsyncGenerator<FeedItem<N>, void>;
  /** Settles once the carrier is closed, from either side. */
  readonly closed: Promise<void>;
  close(): void;
}

const goneAway: Failure = {
  code: 'gone-away',
  says: 'The connection to Coldstart on this laptop was lost.',
  untouched: 'Work that was already under way on a node is in the journal.',
  next: 'Wait until the page is connected again, or start Coldstart again, and look at the run before repeating it.',
};

/** What waits for frames with one id. */
interface Waiting {
  hear(frame: ToPage): void;
  lost(): void;
}

class Asking {
  readonly #carrier: PageCarrier;
  readonly #waiting = new Map<number, Waiting>();
  readonly closed: Promise<void>;
  #lastId = 0;
  #lost = false;

  constructor(carrier: PageCarrier) {
    this.#carrier = carrier;
    this.closed = new Promise(done => carrier.closed(() => this.#close(done)));
    carrier.hear(frame => this.#waiting.get(frame.id)?.hear(frame));
  }

  #close(done: () => void): void {
    this.#lost = true;
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const waiting of all) waiting.lost();
    done();
  }

  /** Starts hearing frames for a new id. Throws `gone-away` on a carrier that is closed already. */
  enter(waiting: Waiting): number {
    if (this.#lost) throw new FieldError(goneAway);
    this.#lastId += 1;
    this.#waiting.set(this.#lastId, waiting);
    return this.#lastId;
  }

  leave(id: number): void {
    this.#waiting.delete(id);
  }

  /** Posts a frame; one that cannot be sent (too large) is the asker's failure. */
  post(frame: ToHost): void {
    if (this.#lost) return;
    try {
      this.#carrier.post(frame);
    } catch (cause) {
      throw new FieldError(
        {
          code: 'bad-ask',
          says: `This could not be sent to Coldstart: ${cause instanceof Error ? cause.message : String(cause)}.`,
          untouched: 'Nothing was done.',
          next: 'Send less at once.',
        },
        { cause },
      );
    }
  }

  close(): void {
    this.#carrier.close();
  }
}

function callOver(asking: Asking, name: CallName, args: unknown, options: CallOptions): Promise<unknown> {
  const { signal, onProgress } = options;
  if (signal?.aborted) return Promise.reject(cancelled('This'));
  return new Promise((done, failed) => {
    const finish = (settle: () => void): void => {
      asking.leave(id);
      signal?.removeEventListener('abort', stop);
      settle();
    };
    const id = asking.enter({
      hear: frame => {
        if (frame.t === 'item') onProgress?.(frame.item as Progress);
        if (frame.t !== 'reply') return;
        const { outcome } = frame;
        finish(() => (outcome.ok ? done(outcome.value) : failed(new FieldError(outcome.failure))));
      },
      lost: () => finish(() => failed(new FieldError(goneAway))),
    });
    const stop = (): void => asking.post({ t: 'cancel', id });
    signal?.addEventListener('abort', stop, { once: true });
    try {
      asking.post({ t: 'call', id, name, args });
    } catch (thrown) {
      finish(() => failed(thrown));
    }
  });
}

/** Items that have come and were not taken yet; never more than the credit granted. */
class Inbox {
  readonly #items: unknown[] = [];
  #ended = false;
  #failure: Failure | undefined;
  #wake: () => void = () => {};

  put(item: unknown): void {
    this.#items.push(item);
    this.#wake();
  }
  end(failure?: Failure): void {
    this.#ended = true;
    this.#failure ??= failure;
    this.#wake();
  }
  /** The next item in a list of one; undefined at the end. Throws the failure the feed ended with. */
  async take(): Promise<readonly [unknown] | undefined> {
    while (this.#items.length === 0 && !this.#ended) await new Promise<void>(done => (this.#wake = done));
    if (this.#items.length > 0) return [this.#items.shift()];
    if (this.#failure) throw new FieldError(this.#failure);
    return undefined;
  }
}

async function* listenOver(
  asking: Asking,
  name: FeedName,
  args: unknown,
  signal: AbortSignal | undefined,
): AsyncGenerator {
  if (signal?.aborted) return;
  const inbox = new Inbox();
  const id = asking.enter({
    hear: frame => {
      if (frame.t === 'item') inbox.put(frame.item);
      if (frame.t === 'end') inbox.end(frame.failure);
    },
    lost: () => inbox.end(goneAway),
  });
  const stop = (): void => inbox.end();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    asking.post({ t: 'listen', id, name, args, credit: openingCredit });
    for (let used = 1; ; used += 1) {
      const next = await inbox.take();
      if (!next || signal?.aborted) return;
      yield next[0];
      // The view asked for more, so it is done with this item. Half the credit at a time keeps the line busy.
      if (used % (openingCredit / 2) === 0) asking.post({ t: 'credit', id, n: openingCredit / 2 });
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    asking.leave(id);
    asking.post({ t: 'unlisten', id });
  }
}

/** A client over this carrier. The carrier belongs to it from now on: `close` closes it. */
export function client(carrier: PageCarrier): Client {
  const asking = new Asking(carrier);
  return {
    call: (name, args, options = {}) => callOver(asking, name, args, options) as Promise<never>,
    listen: (name, args, options = {}) =>
      listenOver(asking, name, args, options.signal) as AsyncGenerator<never>,
    closed: asking.closed,
    close: () => asking.close(),
  };
}
