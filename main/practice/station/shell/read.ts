import type { Stream } from './streams.ts';

/**
 * One line for `read`, without taking a byte more from the stream than that line.
 * `ended` is false when the stream ended before a newline came.
 */
export async function readLine(
  stream: Stream,
  raw: boolean,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly ended: boolean }> {
  const parts: Buffer[] = [];
  for (;;) {
    const chunk = await stream.read(signal);
    if (!chunk) return { text: finish(parts, raw), ended: false };
    const at = chunk.indexOf(10);
    if (at < 0) {
      parts.push(Buffer.from(chunk));
      continue;
    }
    parts.push(Buffer.from(chunk.subarray(0, at)));
    stream.pushBack(chunk.subarray(at + 1));
    if (raw || !oddBackslashes(Buffer.concat(parts).toString()))
      return { text: finish(parts, raw), ended: true };
    parts.push(Buffer.from('\n'));
  }
}

const oddBackslashes = (text: string): boolean => (/\\+$/.exec(text)?.[0].length ?? 0) % 2 === 1;

const finish = (parts: readonly Buffer[], raw: boolean): string => {
  const text = Buffer.concat(parts).toString();
  return raw ? text : text.replaceAll('\\\n', '').replace(/\\(.)/g, '$1');
};
