import type { Readable, Writable } from 'node:stream';
import { Killed, Stream, until } from '../station/shell/streams.ts';

const settles = (from: Readable | Writable, ...events: readonly string[]): Promise<void> =>
  new Promise(resolve => {
    const done = () => {
      for (const event of events) from.off(event, done);
      resolve();
    };
    for (const event of events) from.on(event, done);
  });

/** Standard input from an SSH channel; it ends with the channel. */
export function inputFrom(channel: Readable): Stream {
  let over = false;
  channel.once('end', () => (over = true));
  channel.once('close', () => (over = true));
  return new Stream({
    async read(signal) {
      for (;;) {
        const chunk = channel.read() as Buffer | null;
        if (chunk !== null) return chunk;
        if (over || channel.readableEnded || channel.destroyed) return undefined;
        await until(settles(channel, 'readable', 'end', 'close'), signal);
      }
    },
  });
}

/** Output to an SSH channel. Writing waits while the client does not read; a closed channel is a broken pipe. */
export function outputTo(channel: Writable): Stream {
  return new Stream({
    async write(bytes, signal) {
      if (bytes.length === 0) return;
      if (!channel.writable) throw new Killed('PIPE');
      if (!channel.write(Buffer.from(bytes)))
        await until(settles(channel, 'drain', 'close', 'finish'), signal);
    },
  });
}
