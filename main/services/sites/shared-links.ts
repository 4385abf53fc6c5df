import { cancelled } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import type { Clock, Link } from '../../ports.ts';

/** How long an unused link stays open; a screen that is looked at asks again within this time. */
export const lingerMs = 20_000;

interface Shared {
  readonly link: Promise<Link>;
  users: number;
  /** Ends the opening when nobody waits for it any more. */
  readonly opening: AbortController;
  lingering: AbortController | undefined;
  standing: 'opening' | 'open' | 'leaving' | 'ended';
}

/** One connection for each node, however many use it at the same time. */
export interface SharedLinks {
  use<T>(id: NodeId, signal: AbortSignal, work: (link: Link) => Promise<T>): Promise<T>;
  /** The next user gets a new link; the present ones keep theirs until they are done. */
  drop(id: NodeId): Promise<void>;
  close(): Promise<void>;
}

/** `open` gives a link whose identity was checked; whoever waits for it shares it. */
export function sharedLinks(
  clock: Clock,
  open: (id: NodeId, signal: AbortSignal) => Promise<Link>,
): SharedLinks {
  const current = new Map<NodeId, Shared>();
  const closing = new Set<Promise<void>>();
  let closed = false;

  function begin(id: NodeId): Shared {
    const opening = new AbortController();
    const link = open(id, opening.signal);
    const shared: Shared = { link, users: 0, opening, lingering: undefined, standing: 'opening' };
    current.set(id, shared);
    const leave = (): void => {
      retire(id, shared);
    };
    void watch(shared).then(leave, leave);
    return shared;
  }

  /** Settles when the link cannot be opened, or is lost. */
  async function watch(shared: Shared): Promise<void> {
    const link = await shared.link;
    if (shared.standing === 'opening') shared.standing = 'open';
    await link.lost;
  }

  /** Nobody new joins; it is closed as soon as its last user is done. */
  function retire(id: NodeId, shared: Shared): void {
    if (current.get(id) === shared) current.delete(id);
    shared.lingering?.abort();
    if (shared.standing === 'ended') return;
    shared.standing = shared.users > 0 ? 'leaving' : 'ended';
    if (shared.standing === 'leaving') return;
    shared.opening.abort();
    const ending = shared.link
      .then(link => link.close())
      // It never opened, or the line was gone already: there is nothing left to close.
      .catch(() => undefined)
      .finally(() => closing.delete(ending));
    closing.add(ending);
  }

  function release(id: NodeId, shared: Shared): void {
    shared.users--;
    if (shared.users > 0) return;
    if (shared.standing === 'open') void linger(id, shared);
    else retire(id, shared);
  }

  async function linger(id: NodeId, shared: Shared): Promise<void> {
    const lingering = new AbortController();
    shared.lingering = lingering;
    // Woken early: somebody uses it again, or it was retired.
    await clock.sleep(lingerMs, lingering.signal).catch(() => undefined);
    if (!lingering.signal.aborted) retire(id, shared);
  }

  return {
    async use(id, signal, work) {
      signal.throwIfAborted();
      if (closed) throw cancelled('The connection');
      const shared = current.get(id) ?? begin(id);
      shared.users++;
      shared.lingering?.abort();
      shared.lingering = undefined;
      try {
        return await work(await raced(shared.link, signal));
      } finally {
        release(id, shared);
      }
    },
    async drop(id) {
      const shared = current.get(id);
      if (shared) retire(id, shared);
      await Promise.all(closing);
    },
    async close() {
      closed = true;
      for (const [id, shared] of current) {
        shared.users = 0;
        retire(id, shared);
      }
      await Promise.all(closing);
    },
  };
}

/** Waits for the link, or for this user to give up. */
function raced<T>(wanted: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const stop = (): void => {
    reject(cancelled('Connecting'));
  };
  signal.addEventListener('abort', stop, { once: true });
  void wanted.then(resolve, reject).finally(() => {
    signal.removeEventListener('abort', stop);
  });
  return promise;
}
