import type { ExecNews } from '../../../preload/contract/domain.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import type { FeedHandlers } from '../../bridge/handlers.ts';
import { script } from '../../core/sh.ts';
import type { Exit } from '../../ports.ts';
import type { Nodes } from '../sites/nodes.ts';

interface Asked {
  readonly node: NodeId;
  readonly command: string;
  readonly as: 'login' | 'root';
  readonly timeoutSeconds?: number;
  readonly stdin?: Uint8Array;
}

/** One command of the technician's on a node, over whichever way it goes. Its output streams, then how it ended. */
export function execService({ nodes }: { readonly nodes: Pick<Nodes, 'withLink'> }): {
  readonly feeds: Pick<FeedHandlers, 'exec.open'>;
} {
  async function* exec(asked: Asked, listening: AbortSignal): AsyncGenerator<ExecNews, void> {
    const left = new AbortController();
    const signal = AbortSignal.any([listening, left.signal]);
    const flow = new Flow();
    const running = nodes
      .withLink(asked.node, signal, link =>
        link.exec(script(asked.command), {
          signal,
          as: asked.as,
          keepBytes: 0,
          ...(asked.timeoutSeconds !== undefined && { timeoutMs: asked.timeoutSeconds * 1000 }),
          ...(asked.stdin && { stdin: asked.stdin }),
          onOutput: (is, bytes) => flow.put({ is, bytes }),
        }),
      )
      .finally(() => flow.end());
    // heard of below, after everything that came before
    running.catch(() => undefined);
    try {
      yield* flow.pull();
      const { code, signal: by }: Exit = await running;
      yield { is: 'ended', code, signal: by };
    } finally {
      left.abort();
      flow.drop();
      await running.catch(() => undefined);
    }
  }
  return { feeds: { 'exec.open': exec } };
}

/** Hands output on one piece at a time; whoever puts waits until it was taken, so a slow reader slows the node. */
class Flow {
  #waiting: { readonly item: ExecNews; readonly taken: () => void }[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  put(item: ExecNews): Promise<void> | void {
    if (this.#ended) return undefined;
    return new Promise(taken => {
      this.#waiting.push({ item, taken });
      this.#wake();
    });
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Nobody reads any more. */
  drop(): void {
    this.end();
    for (const { taken } of this.#waiting.splice(0)) taken();
  }

  async *pull(): AsyncGenerator<ExecNews, void> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next) {
        try {
          yield next.item;
        } finally {
          next.taken();
        }
      } else if (this.#ended) return;
      else await new Promise<void>(resolve => (this.#wake = resolve));
    }
  }
}
