import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ResourceLimits } from 'node:worker_threads';
import { FieldError, cancelled } from '../../../preload/contract/failure.ts';
import { doneAt, stopAt, totalAt } from './serve.ts';
import type { Board, JobMessage, WorkerReply } from './serve.ts';

export interface JobOptions {
  readonly signal: AbortSignal;
  /** Bytes done so far; called a few times a second and once at the end. `total` is 0 while the worker does not know it. */
  readonly onProgress?: ((doneBytes: number, total: number) => void) | undefined;
}

/** Runs jobs in worker threads, at most so many at once; the rest wait their turn. */
export interface Workers {
  /** `name` is the file `<name>.worker.ts` beside this one. Throws what the worker threw, or `cancelled`. */
  run<R>(name: string, job: unknown, options: JobOptions): Promise<R>;
}

/** How often progress is looked up, and how long a finished worker is kept for the next job. */
const lookEveryMs = 100;
const keepIdleMs = 5000;
/** A worker that does not stop by itself (a dead disk holds it) is ended from outside after this long. */
const patienceMs = 2000;

/** From source the worker lies beside this file; in the build every worker is `out/workers/<name>.js`. */
function workerUrl(name: string): URL {
  const path = import.meta.url.endsWith('.ts') ? `./${name}.worker.ts` : `../workers/${name}.js`;
  return new URL(path, import.meta.url);
}

function valueOf(reply: WorkerReply): unknown {
  switch (reply.is) {
    case 'done':
      return reply.value;
    case 'stopped':
      throw cancelled('The work');
    case 'failed':
      throw new FieldError(reply.failure, { cause: reply.stack });
    case 'broke':
      throw new Error(reply.message, { cause: reply.stack });
    default:
      return reply satisfies never;
  }
}

/** One job on one worker. Settles when the worker answered, died, or was given up on after a stop. */
function ask(worker: Worker, job: unknown, { signal, onProgress }: JobOptions): Promise<WorkerReply> {
  const board: Board = new BigInt64Array(new SharedArrayBuffer(24));
  const look = (): void =>
    onProgress?.(Number(Atomics.load(board, doneAt)), Number(Atomics.load(board, totalAt)));
  const { promise, resolve, reject } = Promise.withResolvers<WorkerReply>();
  let patience: NodeJS.Timeout | undefined;
  const stop = (): void => {
    Atomics.store(board, stopAt, 1n);
    patience ??= setTimeout(() => {
      void worker.terminate();
      resolve({ is: 'stopped' });
    }, patienceMs);
  };
  const died = (code: number): void => reject(new Error(`a worker ended with ${code} before it answered`));
  const looking = onProgress && setInterval(look, lookEveryMs);
  worker.once('message', resolve).once('error', reject).once('exit', died);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  worker.ref();
  worker.postMessage({ job, board: board.buffer } satisfies JobMessage);
  return promise
    .then(reply => {
      if (reply.is === 'done') look();
      return reply;
    })
    .finally(() => {
      clearInterval(looking);
      clearTimeout(patience);
      signal.removeEventListener('abort', stop);
      worker.off('message', resolve).off('error', reject).off('exit', died);
      worker.unref();
    });
}

interface Idle {
  readonly worker: Worker;
  readonly forget: () => void;
  readonly leave: NodeJS.Timeout;
}

/** Workers that have nothing to do. They keep no process alive and leave after a few seconds. */
class IdleWorkers {
  readonly #byName = new Map<string, Idle[]>();
  readonly #keepMs: number;
  readonly #resourceLimits: ResourceLimits;

  constructor(keepMs: number, resourceLimits: ResourceLimits) {
    this.#keepMs = keepMs;
    this.#resourceLimits = resourceLimits;
  }

  take(name: string): Worker {
    const idle = this.#byName.get(name)?.pop();
    if (!idle) return new Worker(workerUrl(name), { name, resourceLimits: this.#resourceLimits });
    clearTimeout(idle.leave);
    return idle.worker.off('error', idle.forget).off('exit', idle.forget);
  }

  keep(name: string, worker: Worker): void {
    const idles = this.#byName.get(name) ?? [];
    this.#byName.set(name, idles);
    const forget = (): void => {
      clearTimeout(idle.leave);
      const at = idles.indexOf(idle);
      if (at >= 0) idles.splice(at, 1);
      void worker.terminate();
    };
    const idle: Idle = { worker, forget, leave: setTimeout(forget, this.#keepMs).unref() };
    worker.once('error', forget).once('exit', forget);
    idles.push(idle);
  }
}

/** A gate that lets `most` through at once, in the order they came. */
function gate(most: number): (signal: AbortSignal) => Promise<() => void> {
  let inside = 0;
  const waiting: (() => void)[] = [];
  const leave = (): void => {
    const next = waiting.shift();
    if (next) next();
    else inside -= 1;
  };
  return async signal => {
    if (signal.aborted) throw cancelled('The work');
    if (inside < most) inside += 1;
    else await turn(waiting, signal);
    return leave;
  };
}

function turn(waiting: (() => void)[], signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const enter = (): void => {
    signal.removeEventListener('abort', giveUp);
    resolve();
  };
  const giveUp = (): void => {
    waiting.splice(waiting.indexOf(enter), 1);
    reject(cancelled('The work'));
  };
  waiting.push(enter);
  signal.addEventListener('abort', giveUp, { once: true });
  return promise;
}

/** As many at once as there are cores, up to four: more only makes a stick slower. */
export const usualWorkers = Math.max(1, Math.min(4, availableParallelism()));

/** Workers of one kind or many, `most` at once. One with nothing to do is kept for `keepMs`, with all it remembers. */
export function workers(
  most: number = usualWorkers,
  keepMs: number = keepIdleMs,
  resourceLimits: ResourceLimits = {},
): Workers {
  const idle = new IdleWorkers(keepMs, resourceLimits);
  const enter = gate(most);
  return {
    async run<R>(name: string, job: unknown, options: JobOptions): Promise<R> {
      const leave = await enter(options.signal);
      try {
        const worker = idle.take(name);
        const reply = await ask(worker, job, options).catch((thrown: unknown) => {
          void worker.terminate();
          throw thrown;
        });
        // A worker that was given up on while stopping is not used again.
        if (reply.is === 'stopped') void worker.terminate();
        else idle.keep(name, worker);
        return valueOf(reply) as R;
      } finally {
        leave();
      }
    },
  };
}

const shared = workers();

/** Runs one job in a worker of the app's shared pool. */
export const runInWorker = <R>(name: string, job: unknown, options: JobOptions): Promise<R> =>
  shared.run<R>(name, job, options);
