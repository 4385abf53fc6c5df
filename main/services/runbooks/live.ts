import type { Progress, Run, RunNews } from '../../../preload/contract/domain.ts';
import type { NodeId, RunId } from '../../../preload/contract/ids.ts';
import type { RunTerminal } from './terminal.ts';

/** A run that is being worked on in this process. */
export interface LiveRun {
  readonly run: RunId;
  /** The nodes it works on, its own first. */
  readonly nodes: readonly NodeId[];
  readonly stop: AbortController;
  readonly done: Promise<void>;
  terminal(): RunTerminal | undefined;
  progress(): Progress | undefined;
}

/** Who is listening to which run, and which runs are being worked on. */
export class LiveRuns {
  readonly #runs = new Map<RunId, LiveRun>();
  readonly #listeners = new Map<RunId, Set<(news: RunNews) => void>>();

  add(live: LiveRun): void {
    this.#runs.set(live.run, live);
  }
  remove(run: RunId): void {
    this.#runs.delete(run);
  }
  get(run: RunId): LiveRun | undefined {
    return this.#runs.get(run);
  }
  onNode(node: NodeId): LiveRun | undefined {
    return [...this.#runs.values()].find(live => live.nodes.includes(node));
  }
  all(): readonly LiveRun[] {
    return [...this.#runs.values()];
  }

  tell(run: RunId, news: RunNews): void {
    for (const listener of this.#listeners.get(run) ?? []) listener(news);
  }

  /** The run as it stands, then its news; ends with `ended`. A slow listener misses progress, never a step or the end. */
  async *listen(run: RunId, now: () => Run, signal: AbortSignal): AsyncGenerator<RunNews> {
    const queue: RunNews[] = [];
    let wake = (): void => undefined;
    const listener = (news: RunNews): void => {
      if (news.is === 'progress' && queue.at(-1)?.is === 'progress') queue.pop();
      queue.push(news);
      wake();
    };
    const listeners = this.#listeners.get(run) ?? new Set();
    this.#listeners.set(run, listeners.add(listener));
    const stop = (): void => {
      wake();
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      const first = now();
      yield { is: 'run', run: first };
      if (!this.#runs.has(run)) {
        yield { is: 'ended', run: now() };
        return;
      }
      while (!signal.aborted) {
        const news = queue.shift();
        if (!news) {
          await new Promise<void>(resolve => {
            wake = resolve;
            if (signal.aborted || queue.length > 0) resolve();
          });
          continue;
        }
        yield news;
        if (news.is === 'ended') return;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(run);
    }
  }
}
