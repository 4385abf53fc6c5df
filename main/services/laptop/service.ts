import type { Run, RunNews } from '../../../preload/contract/domain.ts';
import type { RunId } from '../../../preload/contract/ids.ts';
import type { CallContext, CallHandlers } from '../../bridge/handlers.ts';
import { batteryWarning } from '../../core/battery.ts';
import type { GoingOn } from '../../core/going-on.ts';
import type { Awake, Power } from '../../ports.ts';

type Watched =
  | 'run.plan'
  | 'run.start'
  | 'run.continue'
  | 'carry.write'
  | 'bundle.import'
  | 'snapshot.pull'
  | 'export.write'
  | 'export.send'
  | 'hq.receive';

export interface LaptopDeps {
  /** The calls as their services answer them. */
  readonly calls: Pick<CallHandlers, Watched>;
  /** News of a run from now until it ends. */
  readonly news: (args: { readonly run: RunId }, signal: AbortSignal) => AsyncIterable<RunNews>;
  readonly awake: Awake;
  readonly power: Power;
  /** Whether the technician wants the laptop kept awake; asked when the first thing begins. */
  readonly keepAwake: () => boolean;
}

export interface LaptopService {
  /** The same calls; what is going on is known while they work, and plans warn of an empty battery. */
  readonly calls: Pick<CallHandlers, Watched>;
  /** Everything that is going on now, in the order it began. */
  readonly goingOn: () => readonly GoingOn[];
  /** Stops watching and lets the laptop sleep. What is going on is not ours to end. */
  close(): void;
}

/** What concerns the laptop itself while others work: it stays awake, and it knows what a closing would interrupt. */
export function laptopService({ calls, news, awake, power, keepAwake }: LaptopDeps): LaptopService {
  const going = new Set<GoingOn>();
  const runs = new Set<RunId>();
  const closing = new AbortController();
  let held: { close(): void } | undefined;

  function begin(one: GoingOn): () => void {
    going.add(one);
    if (!held && keepAwake()) held = awake.hold('Work on a site is going on');
    return () => {
      going.delete(one);
      if (going.size > 0) return;
      held?.close();
      held = undefined;
    };
  }

  async function follow({ id, title, nodeName }: Run): Promise<void> {
    if (runs.has(id) || closing.signal.aborted) return;
    runs.add(id);
    const end = begin({ is: 'run', what: title, about: nodeName });
    try {
      for await (const one of news({ run: id }, closing.signal)) if (one.is === 'ended') break;
    } finally {
      runs.delete(id);
      end();
    }
  }

  /** Never fails a run: not knowing how it ends only costs the watch. */
  const watched = (run: Run): Run => {
    follow(run).catch(() => undefined);
    return run;
  };

  const during =
    <A, R>(
      what: string,
      about: (args: A) => string | undefined,
      work: (args: A, context: CallContext) => Promise<R> | R,
    ) =>
    async (args: A, context: CallContext): Promise<R> => {
      const it = about(args);
      const end = begin({ is: 'work', what, ...(it !== undefined && { about: it }) });
      try {
        return await work(args, context);
      } finally {
        end();
      }
    };

  return {
    calls: {
      'run.plan': async (args, context) => {
        const plan = await calls['run.plan'](args, context);
        const warning = plan.runbook === 'preflight' ? undefined : batteryWarning(await power.supplies());
        return warning === undefined ? plan : { ...plan, warnings: [warning, ...plan.warnings] };
      },
      'run.start': async (args, context) => watched(await calls['run.start'](args, context)),
      'run.continue': async (args, context) => watched(await calls['run.continue'](args, context)),
      'carry.write': during('Writing a stick for a node', ({ to }) => to, calls['carry.write']),
      'bundle.import': during('Importing a bundle', ({ path }) => path, calls['bundle.import']),
      'snapshot.pull': during('Copying a snapshot', ({ name }) => name, calls['snapshot.pull']),
      'export.write': during('Writing a bag', ({ to }) => to, calls['export.write']),
      'hq.receive': during('Receiving bags', ({ to }) => to, calls['hq.receive']),
      'export.send': during('Sending a bag', ({ path }) => path, calls['export.send']),
    },
    goingOn: () => [...going],
    close: () => {
      closing.abort();
      held?.close();
      held = undefined;
    },
  };
}
