import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { cancelled } from '../../../../preload/contract/failure.ts';
import type { Road } from './command.ts';

type Retried = <T>(work: () => Promise<T>) => Promise<T>;

/** A block up to this size travels inside its request. */
const inline = 400;
/** Up to this size a block travels as base64 without trying out the line. */
const notWorth = 2048;
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 32);

/**
 * Brings stdin to a run in numbered blocks, each checked on the node before the command sees it, none of them twice. Ends
 * when all was taken, or when the command has ended and wants no more.
 */
export async function feed(
  road: Road,
  run: number,
  stdin: Uint8Array | AsyncIterable<Uint8Array>,
  retried: Retried,
  signal: AbortSignal,
): Promise<void> {
  let number = 0;
  for await (const piece of stdin instanceof Uint8Array ? [stdin] : stdin) {
    for (let at = 0; at < piece.length;) {
      const sent = await oneBlock(road, run, number, piece, at, retried, signal);
      if (sent === 'unwanted') return;
      number++;
      at += sent;
    }
  }
  await retried(() => road.talk.ask(`e ${run} ${number}`, { signal }));
}

/** Sends the block at this place and gives its length. */
async function oneBlock(
  road: Road,
  run: number,
  number: number,
  from: Uint8Array,
  at: number,
  retried: Retried,
  signal: AbortSignal,
): Promise<number | 'unwanted'> {
  while (true) {
    if (signal.aborted) throw cancelled('The command');
    const bytes = from.subarray(at, at + road.talk.block.now);
    const raw = bytes.length > notWorth && (await retried(() => road.raw()));
    const said = await retried(() => sendBlock(road, run, number, bytes, raw, signal));
    if (said === 'ok') {
      road.talk.block.went();
      return bytes.length;
    }
    if (said === 'end') return 'unwanted';
    // `full`: the command has not read yet what came before.
    if (said !== 'full') road.talk.block.failed();
  }
}

async function sendBlock(
  { talk }: Road,
  run: number,
  number: number,
  bytes: Uint8Array,
  raw: boolean,
  signal: AbortSignal,
): Promise<string> {
  if (bytes.length <= inline)
    return (
      await talk.ask(`A ${run} ${number} ${Buffer.from(bytes).toString('base64')}`, { signal, extraMs: 1200 })
    ).words;
  const squeezed = gzipSync(bytes, { level: 6 });
  const isSqueezed = squeezed.length < bytes.length * 0.95;
  const plain = isSqueezed ? squeezed : bytes;
  const sent = raw ? plain : Buffer.from(Buffer.from(plain).toString('base64'));
  const body = `B ${run} ${number} ${sent.length} ${hashOf(bytes)} ${raw ? 1 : 0} ${isSqueezed ? 1 : 0}`;
  return talk.put(body, sent, { signal, extraMs: 1200 });
}
