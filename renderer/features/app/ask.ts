import type {
  CallArgs,
  CallName,
  CallReply,
  FeedArgs,
  FeedItem,
  FeedName,
} from '../../../preload/contract/contract.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import type { Fetched } from '../../ui/loadable.ts';
import { without } from '../../ui/without.ts';
import type { CallOptions } from '../../../preload/contract/client.ts';
import { nodeOf, obstacleOf, secretOf } from './obstacle.ts';
import type { Obstacle } from './obstacle.ts';
import type { Page } from './page.ts';
import { foldTask } from './tasks.ts';
import type { TaskNews } from './tasks.ts';

/** Puts an obstacle before the technician. One at a time: a second one waits, then what it blocked is simply tried again. */
export async function face(page: Page, obstacle: Obstacle): Promise<boolean> {
  const before = page.app.getState().facing;
  if (before)
    return new Promise(done => {
      const stop = page.app.subscribe(({ facing }) => {
        if (facing === before) return;
        stop();
        done(true);
      });
    });
  return new Promise(resolve => {
    page.app.setState({
      facing: {
        obstacle,
        done: cleared => {
          page.app.setState(state => without(state, 'facing'), true);
          resolve(cleared);
        },
      },
    });
  });
}

/** Asks for the password a node refused a moment ago; once it was given, the work is done again. */
export async function passwordAgain(
  page: Page,
  node: NodeId,
  failure: Failure,
  again: () => unknown,
): Promise<void> {
  const kind = secretOf(failure) ?? 'password';
  if (await face(page, { is: 'secret', node, kind, refused: true, failure })) await again();
}

/** Whether the work can be tried again after this failure. */
async function cleared(
  page: Page,
  thrown: unknown,
  node: NodeId | undefined,
  asked: boolean,
): Promise<boolean> {
  const obstacle = obstacleOf(failureOf(thrown), node, asked);
  return obstacle !== undefined && (await face(page, obstacle));
}

/**
 * Asks the host for something the technician wanted. An unknown host key, a missing secret or a locked vault is put
 * before the technician and the call is made again; a dismissed dialog throws what stood in the way.
 */
export async function ask<N extends CallName>(
  page: Page,
  name: N,
  args: CallArgs<N>,
  options: CallOptions & { readonly node?: NodeId | undefined } = {},
): Promise<CallReply<N>> {
  const { node = nodeOf(args), ...rest } = options;
  for (let asked = false; ; asked = true) {
    try {
      return await page.host.call(name, args, rest);
    } catch (thrown) {
      if (rest.signal?.aborted === true || !(await cleared(page, thrown, node, asked))) throw thrown;
    }
  }
}

/** Hears a feed in the same way: what stands in the way before its first item is cleared first. */
export async function* hear<N extends FeedName>(
  page: Page,
  name: N,
  args: FeedArgs<N>,
  signal: AbortSignal,
): AsyncGenerator<FeedItem<N>> {
  for (let asked = false; ; asked = true) {
    let began = false;
    try {
      for await (const item of page.host.listen(name, args, { signal })) {
        began = true;
        yield item;
      }
      return;
    } catch (thrown) {
      if (began || signal.aborted || !(await cleared(page, thrown, nodeOf(args), asked))) throw thrown;
    }
  }
}

/** Fetches something to show. What stands in the way is shown where it should have been, not as a dialog. */
export async function fetchTo<T>(work: () => Promise<T>, put: (news: Fetched<T>) => void): Promise<void> {
  put({ is: 'asked' });
  try {
    put({ is: 'came', value: await work() });
  } catch (thrown) {
    put({ is: 'failed', failure: failureOf(thrown) });
  }
}

const tell = (page: Page, key: string, news: TaskNews): void =>
  page.app.setState(state => {
    const task = foldTask(state.tasks[key], news);
    return task ? { tasks: { ...state.tasks, [key]: task } } : {};
  });

/**
 * Does a piece of work under a key, with its progress, end and failure in the store. A key that is busy is not begun
 * again. Gives what came of it; nothing when it failed or was stopped.
 */
export async function task<T>(
  page: Page,
  key: string,
  work: (options: Required<CallOptions>) => Promise<T>,
): Promise<T | undefined> {
  if (page.stops.has(key)) return undefined;
  const stop = new AbortController();
  page.stops.set(key, stop);
  tell(page, key, { is: 'began' });
  try {
    const value = await work({
      signal: stop.signal,
      onProgress: progress => tell(page, key, { is: 'progress', progress }),
    });
    tell(page, key, { is: 'done' });
    return value;
  } catch (thrown) {
    tell(page, key, { is: 'failed', failure: failureOf(thrown) });
    return undefined;
  } finally {
    page.stops.delete(key);
  }
}

/** Stops a task; it says so itself when it has. */
export function stopTask(page: Page, key: string): void {
  tell(page, key, { is: 'stopping' });
  page.stops.get(key)?.abort();
}

/** Forgets how a task ended. */
export const clearTask = (page: Page, key: string): void =>
  page.app.setState(({ tasks }) => ({ tasks: without(tasks, key) }));
