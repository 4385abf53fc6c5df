import type { MetricsTarget } from '../../core/metrics/scraped.ts';
import type { Keeps } from '../../core/metrics/exposition.ts';
import { keepsSeries } from '../../core/metrics/keep-list.ts';
import { storeFailure } from '../../store/metrics/failures.ts';
import { dropDays } from '../../store/metrics/held.ts';
import { targetFolder } from '../../store/metrics/places.ts';
import { openTargetLog } from '../../store/metrics/target-log.ts';
import type { Appended, TargetLog } from '../../store/metrics/target-log.ts';
import { serve } from './serve.ts';

/** The writing side of the metrics. One worker has all logs open, for as long as the app runs. */
export type MetricsJobAsk =
  | {
      readonly is: 'append';
      /** The site's folder. */
      readonly site: string;
      readonly target: MetricsTarget;
      /** Id of the node. */
      readonly node: string;
      readonly at: number;
      readonly text: Uint8Array;
      readonly keep: 'list' | 'all';
      readonly doubtful: boolean;
    }
  | { readonly is: 'drop'; readonly site: string; readonly days: readonly string[] }
  | { readonly is: 'close' };

const all: Keeps = () => true;
const logs = new Map<string, { readonly log: TargetLog; readonly as: string }>();

function logOf(folder: string, target: MetricsTarget, keep: 'list' | 'all'): TargetLog {
  const known = logs.get(folder);
  // Under another name, or with another choice of series, it is begun anew.
  const as = `${target.instance} ${keep}`;
  if (known?.as === as) return known.log;
  known?.log.close();
  logs.delete(folder);
  const log = openTargetLog(folder, target, keep === 'all' ? all : keepsSeries);
  logs.set(folder, { log, as });
  return log;
}

function answer(job: MetricsJobAsk): Appended | null {
  switch (job.is) {
    case 'append': {
      const folder = targetFolder(job.site, job.target.job, job.node);
      try {
        const text = new TextDecoder().decode(job.text);
        return logOf(folder, job.target, job.keep).append(text, job.at, job.doubtful);
      } catch (thrown) {
        throw storeFailure(thrown, folder);
      }
    }
    case 'drop':
      dropDays(job.site, job.days);
      return null;
    case 'close':
      for (const { log } of logs.values()) log.close();
      logs.clear();
      return null;
    default:
      job satisfies never;
      throw new Error('a question nobody knows');
  }
}

serve<MetricsJobAsk, Appended | null>(answer);
