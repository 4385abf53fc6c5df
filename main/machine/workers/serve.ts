import { parentPort } from 'node:worker_threads';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';

/** What main and worker share while a job runs: no messages are needed while the worker computes. */
export type Board = BigInt64Array<SharedArrayBuffer>;
/** Places on the board: whether to stop, how much is done, and of how much; 0 while that is not known. */
export const stopAt = 0;
export const doneAt = 1;
export const totalAt = 2;

export interface JobMessage {
  readonly job: unknown;
  readonly board: SharedArrayBuffer;
}
export type WorkerReply =
  | { readonly is: 'done'; readonly value: unknown }
  | { readonly is: 'stopped' }
  | { readonly is: 'failed'; readonly failure: Failure; readonly stack: string }
  | { readonly is: 'broke'; readonly message: string; readonly stack: string };

export interface Desk {
  /** Says how many bytes of the job are done. */
  done(bytes: number): void;
  /** Says how much there is to do, in the unit of `done`. */
  total?(all: number): void;
  /** Throws when the technician stopped the job. Call it between chunks. */
  goOn(): void;
}

class Stopped extends Error {}

function replyTo(thrown: unknown): WorkerReply {
  if (thrown instanceof Stopped) return { is: 'stopped' };
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  if (thrown instanceof FieldError) return { is: 'failed', failure: thrown.failure, stack };
  return { is: 'broke', message: thrown instanceof Error ? thrown.message : String(thrown), stack };
}

const deskOver = (board: Board): Desk => ({
  done: bytes => void Atomics.store(board, doneAt, BigInt(bytes)),
  total: all => {
    if (board.length > totalAt) Atomics.store(board, totalAt, BigInt(all));
  },
  goOn: () => {
    if (Atomics.load(board, stopAt) !== 0n) throw new Stopped('stopped');
  },
});

/** Turns a worker file into an answerer of jobs, one after the other. */
export function serve<J, R>(work: (job: J, desk: Desk) => R | Promise<R>): void {
  const port = parentPort;
  if (!port) throw new Error('a worker file was loaded outside a worker');
  const answer = async ({ job, board }: JobMessage): Promise<void> => {
    let reply: WorkerReply;
    try {
      reply = { is: 'done', value: await work(job as J, deskOver(new BigInt64Array(board))) };
    } catch (thrown) {
      reply = replyTo(thrown);
    }
    port.postMessage(reply);
  };
  port.on('message', (message: JobMessage) => void answer(message));
}
