import type { FifoNode } from '../disk/nodes.ts';
import { Killed, Stream, until } from './streams.ts';

/** What is in a named pipe, and who has it open. The kernel forgets the bytes with the last who has. */
interface Inside {
  waiting: Uint8Array[];
  bytes: number;
  readers: number;
  writers: number;
  wake: (() => void)[];
}

/** As much as a pipe of the kernel holds (pipe(7)). */
const room = 65_536;
const insides = new WeakMap<FifoNode, Inside>();

function inside(node: FifoNode): Inside {
  const there = insides.get(node);
  if (there) return there;
  const made: Inside = { waiting: [], bytes: 0, readers: 0, writers: 0, wake: [] };
  insides.set(node, made);
  return made;
}

const changed = (pipe: Inside): Promise<void> => new Promise(resolve => pipe.wake.push(resolve));

function news(pipe: Inside): void {
  for (const each of pipe.wake.splice(0)) each();
}

/** Opens a named pipe: for reading or writing it waits for the other side, for both it never waits (fifo(7)). */
export async function openFifo(node: FifoNode, operator: string, signal: AbortSignal): Promise<Stream> {
  const pipe = inside(node);
  const reads = operator.startsWith('<');
  const writes = operator !== '<';
  if (reads) pipe.readers += 1;
  if (writes) pipe.writers += 1;
  news(pipe);
  const stream = new Stream({
    ...(reads && {
      read: (stop: AbortSignal) => take(pipe, stop),
      unread: (bytes: Uint8Array) => untake(pipe, bytes),
    }),
    ...(writes && { write: (bytes: Uint8Array, stop: AbortSignal) => put(pipe, bytes, stop) }),
    closed: () => {
      if (reads) pipe.readers -= 1;
      if (writes) pipe.writers -= 1;
      if (pipe.readers + pipe.writers === 0) Object.assign(pipe, { waiting: [], bytes: 0 });
      news(pipe);
    },
  });
  try {
    while (!(reads && writes) && (reads ? pipe.writers : pipe.readers) === 0)
      await until(changed(pipe), signal);
  } catch (thrown) {
    stream.release();
    throw thrown;
  }
  return stream;
}

async function take(pipe: Inside, signal: AbortSignal): Promise<Uint8Array | undefined> {
  while (pipe.waiting.length === 0 && pipe.writers > 0) await until(changed(pipe), signal);
  const chunk = pipe.waiting.shift();
  pipe.bytes -= chunk?.length ?? 0;
  news(pipe);
  return chunk;
}

function untake(pipe: Inside, bytes: Uint8Array): void {
  pipe.waiting.unshift(bytes);
  pipe.bytes += bytes.length;
  news(pipe);
}

async function put(pipe: Inside, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  while (pipe.bytes >= room && pipe.readers > 0) await until(changed(pipe), signal);
  if (pipe.readers === 0) throw new Killed('PIPE');
  if (bytes.length === 0) return;
  pipe.waiting.push(bytes.slice());
  pipe.bytes += bytes.length;
  news(pipe);
}
