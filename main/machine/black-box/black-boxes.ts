import { mkdirSync } from 'node:fs';
import type { BlackBox, BlackBoxFind, BlackBoxLine, BlackBoxPage } from '../../../preload/contract/serial.ts';
import type { Line } from '../../core/black-box/lines.ts';
import type { BlackBoxes, BlackBoxWriter, Clock, Vault } from '../../ports.ts';
import { boxFolders, folderOf, segmentFile, segmentNames } from './folder.ts';
import type { SegmentFile } from './folder.ts';
import { boxKeys } from './keys.ts';
import type { BoxKeys } from './keys.ts';
import { bytesOf, linesOf } from './reader.ts';
import { BoxWriter } from './writer.ts';
import type { Bounds } from './writer.ts';

export interface KeptBlackBoxes extends BlackBoxes {
  /** The received bytes of a port as they came, oldest first, notes left out. Throws `vault-locked`. */
  raw(port: string, signal: AbortSignal): AsyncGenerator<Uint8Array>;
  /** Sentences about what is not being recorded now; empty while all is well. */
  trouble(): readonly string[];
  close(): Promise<void>;
}

const usualBounds: Bounds = { segmentBytes: 2 ** 20, portBytes: 64 * 2 ** 20, portFiles: 1000 };
const mostFinds = 500;

/**
 * The black boxes of a home, below `folder`: one for each port, encrypted (see `boxKeys` for how that goes with a
 * locked vault), at most 64 MiB each. A killed app loses what came in the last third of a second. A full disk stops the
 * recording and nothing else; it goes on by itself, with a note of what is missing.
 */
export function blackBoxes(
  folder: string,
  {
    vault,
    clock,
    bounds = usualBounds,
  }: {
    readonly vault: Pick<Vault, 'state' | 'seal' | 'open'>;
    readonly clock: Clock;
    readonly bounds?: Bounds;
  },
): KeptBlackBoxes {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keys = boxKeys(folder, vault);
  const writers = new Map<string, { readonly writer: BoxWriter; users: number }>();

  function writer(port: string): BlackBoxWriter {
    const open = writers.get(port) ?? {
      writer: new BoxWriter({ port, folder: folderOf(folder, port), keys, clock, bounds }),
      users: 0,
    };
    open.users += 1;
    writers.set(port, open);
    let closed = false;
    return {
      take: (bytes, at) => open.writer.take(bytes, at),
      note: (says, at) => open.writer.note(says, at),
      async close() {
        if (closed) return;
        closed = true;
        open.users -= 1;
        if (open.users > 0) return open.writer.flush();
        writers.delete(port);
        await open.writer.close();
      },
    };
  }

  /** Segments of a port, oldest first, with everything given so far in them. */
  async function segments(port: string): Promise<readonly SegmentFile[]> {
    await writers.get(port)?.writer.flush();
    return segmentNames(folderOf(folder, port)).flatMap(one => segmentFile(one) ?? []);
  }

  async function ports(): Promise<readonly string[]> {
    await Promise.all([...writers.values()].map(one => one.writer.flush()));
    return boxFolders(folder).flatMap(one => {
      const last = segmentNames(one).at(-1);
      return (last && segmentFile(last)?.head.port) ?? [];
    });
  }

  return {
    writer,
    async list() {
      keys.settle();
      const all = await ports();
      return (await Promise.all(all.map(async port => summary(port, await segments(port))))).flat();
    },
    read: async (port, wanted) =>
      wanted.back === true
        ? readBack(await segments(port), keys, wanted)
        : readOn(await segments(port), keys, wanted),
    async search({ port, text }, signal) {
      const finds: BlackBoxFind[] = [];
      for (const one of port === undefined ? await ports() : [port])
        finds.push(...(await searched(one, await segments(one), keys, text, signal)));
      return finds
        .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : b.offset - a.offset))
        .slice(0, mostFinds);
    },
    async *raw(port, signal) {
      for (const segment of await segments(port)) {
        signal.throwIfAborted();
        yield* bytesOf(segment, keys);
      }
    },
    trouble: () =>
      [...writers].flatMap(
        ([
          port,
          {
            writer: { trouble },
          },
        ]) => (trouble === undefined ? [] : [`The console on ${port} is not being recorded: ${trouble}.`]),
      ),
    async close() {
      await Promise.all([...writers.values()].map(one => one.writer.close()));
      writers.clear();
    },
  };
}

const shown = ({ at, offset, text, note }: Line): BlackBoxLine => ({
  at: new Date(at).toISOString(),
  offset,
  text: note === true ? `[${text}]` : text,
});

function summary(port: string, segments: readonly SegmentFile[]): readonly BlackBox[] {
  const from = Math.min(...segments.map(one => one.from ?? Infinity));
  const to = Math.max(...segments.map(one => one.to ?? -Infinity));
  if (from > to) return [];
  const bytes = segments.reduce((sum, one) => sum + one.content, 0);
  return [{ port, from: new Date(from).toISOString(), to: new Date(to).toISOString(), bytes }];
}

async function readOn(
  segments: readonly SegmentFile[],
  keys: BoxKeys,
  { offset = 0, mostLines }: { readonly offset?: number; readonly mostLines: number },
): Promise<BlackBoxPage> {
  const lines: BlackBoxLine[] = [];
  for (const segment of segments) {
    if (segment.head.offset + segment.content < offset) continue;
    for await (const line of linesOf(segment, keys)) {
      if (line.offset < offset) continue;
      if (lines.length === mostLines) return { lines, more: true };
      lines.push(shown(line));
    }
  }
  return { lines, more: false };
}

async function readBack(
  segments: readonly SegmentFile[],
  keys: BoxKeys,
  { offset = Infinity, mostLines }: { readonly offset?: number; readonly mostLines: number },
): Promise<BlackBoxPage> {
  let lines: readonly Line[] = [];
  for (const segment of segments.toReversed()) {
    if (segment.head.offset >= offset) continue;
    // One more than wanted tells whether there is more; what lies further back in this segment is let go at once.
    const tail: Line[] = [];
    for await (const line of linesOf(segment, keys)) {
      if (line.offset >= offset) break;
      tail.push(line);
      if (tail.length > 2 * mostLines + 1) tail.splice(0, tail.length - mostLines - 1);
    }
    lines = [...tail, ...lines];
    if (lines.length > mostLines) return { lines: lines.slice(-mostLines).map(shown), more: true };
  }
  return { lines: lines.map(shown), more: false };
}

async function searched(
  port: string,
  segments: readonly SegmentFile[],
  keys: BoxKeys,
  text: string,
  signal: AbortSignal,
): Promise<readonly BlackBoxFind[]> {
  const wanted = text.toLowerCase();
  const finds: BlackBoxFind[] = [];
  for (const segment of segments.toReversed()) {
    signal.throwIfAborted();
    const here: BlackBoxFind[] = [];
    for await (const line of linesOf(segment, keys)) {
      if (!line.text.toLowerCase().includes(wanted)) continue;
      here.push({ port, ...shown(line) });
      if (here.length > 2 * mostFinds) here.splice(0, mostFinds);
    }
    finds.push(...here.toReversed());
    if (finds.length >= mostFinds) break;
  }
  return finds.slice(0, mostFinds);
}
