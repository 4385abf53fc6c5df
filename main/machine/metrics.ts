import type { MetricsBox } from '../ports.ts';
import type { MetricsJobAsk } from './workers/metrics.worker.ts';
import type { MetricsReadAsk } from './workers/metrics-read.worker.ts';
import { workers } from './workers/start.ts';

/** The longest time a timer can wait: the writer keeps its logs open for as long as the app runs. */
const always = 2 ** 31 - 1;
const keepReaderMs = 10_000;
const never = new AbortController().signal;

/** The metrics of all sites: one worker writes, another reads, so that no long question keeps a scrape waiting. */
export function metricsBox(): MetricsBox {
  const writer = workers(1, always);
  const reader = workers(1, keepReaderMs);
  const write = <R>(ask: MetricsJobAsk, signal = never): Promise<R> =>
    writer.run<R>('metrics', ask, { signal });
  const read = <R>(
    ask: MetricsReadAsk,
    signal: AbortSignal,
    onProgress?: (doneBytes: number) => void,
  ): Promise<R> => reader.run<R>('metrics-read', ask, { signal, onProgress });
  return {
    append: (site, scrape, signal) => write({ is: 'append', site, ...scrape }, signal),
    query: (site, asks, signal) => read({ is: 'query', site, asks }, signal),
    search: (site, wanted, signal) => read({ is: 'search', site, ...wanted }, signal),
    held: (site, signal) => read({ is: 'held', site }, signal),
    export: (site, ask, { signal, onProgress }) => read({ is: 'export', site, ...ask }, signal, onProgress),
    drop: async (site, days) => {
      await write<null>({ is: 'drop', site, days });
    },
    close: async () => {
      await write<null>({ is: 'close' });
    },
  };
}
