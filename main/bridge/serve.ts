import { calls, feeds } from '../../preload/contract/contract.ts';
import type { CallName, FeedName } from '../../preload/contract/contract.ts';
import type { Progress } from '../../preload/contract/domain.ts';
import { FieldError, failureOf } from '../../preload/contract/failure.ts';
import type { HostCarrier, Outcome, ToHost } from '../../preload/contract/frames.ts';
import { forTheBridge } from './batching.ts';
import { Credit } from './credit.ts';
import { frameToHost } from './frame.ts';
import type { Handlers } from './handlers.ts';
import { pump } from './pump.ts';

export interface ServeOptions {
  /** Told what was thrown and was no failure we foresaw, with the name of the call or feed; for the log. */
  readonly onBug?: (thrown: unknown, name: string) => void;
  /** Shortest time between two progress items of one call, in ms. The last one before the reply is always sent. */
  readonly progressMs?: number;
}

/** How many calls and feeds one carrier may have open at a time. */
const mostOpen = 512;

interface Open {
  readonly stop: AbortController;
  readonly credit?: Credit;
}

const unknownName = (name: string): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: `Coldstart has no answer to "${name.slice(0, 64)}".`,
    untouched: 'Nothing was done.',
    next: 'Reload the page: it may be from another version.',
  });

const tooMany = (): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: `More than ${mostOpen} questions are open at once.`,
    untouched: 'Nothing was done.',
    next: 'Wait until some are answered.',
  });

/** Lets through the first value and then one every `ms`; `flush` sends the one held back, `stop` forgets it. */
function paced<T>(
  ms: number,
  send: (value: T) => void,
): { readonly put: (value: T) => void; readonly flush: () => void } {
  let held: { readonly value: T } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (held) send(held.value);
    held = undefined;
  };
  return {
    put: value => {
      held = { value };
      if (timer) return;
      flush();
      timer = setTimeout(() => {
        timer = undefined;
        if (held) flush();
      }, ms).unref();
    },
    flush,
  };
}

/**
 * Answers one carrier until it closes. Every call and feed has its own AbortController: `cancel`, `unlisten` and the
 * end of the carrier abort it. Outcomes cross, exceptions do not. A frame that is none closes the carrier.
 */
export function serve(carrier: HostCarrier, handlers: Handlers, options: ServeOptions = {}): void {
  const open = new Map<number, Open>();
  const bug = (thrown: unknown, name: string): void => {
    if (failureOf(thrown).code === 'bug') options.onBug?.(thrown, name);
  };

  const enter = (id: number, credit?: Credit): AbortSignal => {
    const stop = new AbortController();
    open.set(id, credit ? { stop, credit } : { stop });
    return stop.signal;
  };

  const outcomeOf = async (name: string, work: () => Promise<unknown>): Promise<Outcome> => {
    try {
      return { ok: true, value: (await work()) ?? null };
    } catch (thrown) {
      bug(thrown, name);
      return { ok: false, failure: failureOf(thrown) };
    }
  };

  const answer = async (id: number, name: string, raw: unknown): Promise<void> => {
    const pace = paced<Progress>(options.progressMs ?? 50, item => carrier.post({ t: 'item', id, item }));
    const outcome = await outcomeOf(name, async () => {
      if (open.size >= mostOpen) throw tooMany();
      const signal = enter(id);
      if (!Object.hasOwn(calls, name)) throw unknownName(name);
      const known = name as CallName;
      const handler = handlers.calls[known] as (args: unknown, context: object) => unknown;
      return await handler(calls[known].args(raw), { signal, progress: pace.put });
    });
    open.delete(id);
    pace.flush();
    try {
      carrier.post({ t: 'reply', id, outcome });
    } catch (thrown) {
      // What cannot cross (too large, or not a plain value) is told instead of leaving the caller waiting.
      bug(thrown, name);
      carrier.post({ t: 'reply', id, outcome: { ok: false, failure: failureOf(thrown) } });
    }
  };

  const feed = async (id: number, name: string, raw: unknown, first: number): Promise<void> => {
    const credit = new Credit(first);
    const outcome = await outcomeOf(name, async () => {
      if (open.size >= mostOpen) throw tooMany();
      const signal = enter(id, credit);
      if (!Object.hasOwn(feeds, name)) throw unknownName(name);
      const known = name as FeedName;
      const handler = handlers.feeds[known] as (args: unknown, signal: AbortSignal) => AsyncIterable<unknown>;
      const items = forTheBridge(known, handler(feeds[known].args(raw), signal));
      await pump(items, credit, signal, item => carrier.post({ t: 'item', id, item }));
    });
    open.delete(id);
    carrier.post(outcome.ok ? { t: 'end', id } : { t: 'end', id, failure: outcome.failure });
  };

  const hear = (frame: ToHost): void => {
    switch (frame.t) {
      case 'call':
      case 'listen':
        if (open.has(frame.id)) return carrier.close();
        void (frame.t === 'call'
          ? answer(frame.id, frame.name, frame.args)
          : feed(frame.id, frame.name, frame.args, frame.credit));
        return;
      case 'credit':
        return open.get(frame.id)?.credit?.grant(frame.n);
      case 'cancel':
      case 'unlisten':
        return open.get(frame.id)?.stop.abort();
      default:
        return frame satisfies never;
    }
  };

  carrier.hear(raw => {
    const frame = frameToHost(raw);
    if (frame) hear(frame);
    else carrier.close();
  });
  carrier.closed(() => {
    for (const { stop } of open.values()) stop.abort();
  });
}
