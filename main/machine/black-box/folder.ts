import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { blockHead, readBlockHead, readSegmentHead } from './segment.ts';
import type { SegmentHead } from './segment.ts';

/** A segment as its open parts describe it. */
export interface SegmentFile {
  readonly path: string;
  readonly number: number;
  readonly head: SegmentHead;
  /** Milliseconds since 1970; absent while nothing is in it. */
  readonly from?: number;
  readonly to?: number;
  /** Content held by whole blocks. */
  readonly content: number;
  /** Bytes on the disk. */
  readonly bytes: number;
}

const ending = '.segment';
const mostHead = 4108;

/** Folder of one port below the folder of all boxes: a port's name may hold anything. */
export const folderOf = (folder: string, port: string): string =>
  join(folder, createHash('sha256').update(port).digest('hex').slice(0, 20));

export const segmentPath = (folder: string, number: number): string =>
  join(folder, `${String(number).padStart(8, '0')}${ending}`);

/** Segments of one port with their numbers, oldest first. */
export function segmentNames(folder: string): readonly { readonly path: string; readonly number: number }[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter(name => /^\d{8}\.segment$/.test(name))
    .sort()
    .map(name => ({ path: join(folder, name), number: Number.parseInt(name, 10) }));
}

/** Folders of all ports that have a box. */
export function boxFolders(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter(name => /^[0-9a-f]{20}$/.test(name))
      .map(name => join(folder, name));
  } catch {
    return [];
  }
}

/**
 * What a segment's open parts say: it walks from block to block without reading what they hold. Nothing when the file
 * is no segment or was pulled away meanwhile.
 */
export function segmentFile({ path, number }: { path: string; number: number }): SegmentFile | undefined {
  let all: Uint8Array;
  let changed: number;
  try {
    const { size, mtimeMs } = statSync(path);
    const known = walked.get(path);
    if (known && known.file.bytes === size && known.changed === mtimeMs) return known.file;
    changed = mtimeMs;
    all = readFileSync(path);
  } catch {
    return undefined;
  }
  const head = readSegmentHead(all.slice(0, mostHead));
  if (!head) return undefined;
  const file = { path, number, head, bytes: all.length, ...walk(all, head.size) };
  walked.set(path, { file, changed });
  return file;
}

/** A full box is 64 MiB: what did not change is not walked again. */
const walked = new Map<string, { readonly file: SegmentFile; readonly changed: number }>();

function walk(all: Uint8Array, start: number): Pick<SegmentFile, 'content' | 'from' | 'to'> {
  let content = 0;
  let times: { from: number; to: number } | undefined;
  for (let here = start; here + blockHead <= all.length;) {
    const block = readBlockHead(all.subarray(here, here + blockHead));
    here += blockHead + (block?.sealed ?? 0);
    if (!block || here > all.length) break;
    content += block.content;
    // The laptop's clock may have been set back in between.
    times = {
      from: Math.min(times?.from ?? block.from, block.from),
      to: Math.max(times?.to ?? block.to, block.to),
    };
  }
  return { content, ...times };
}

/** Removes the oldest segments until the rest is within the bounds. */
export function trim(folder: string, mostBytes: number, mostFiles: number): void {
  const files = segmentNames(folder).map(one => ({ path: one.path, bytes: sizeOf(one.path) }));
  let bytes = files.reduce((sum, one) => sum + one.bytes, 0);
  for (let i = 0; i < files.length - 1 && (bytes > mostBytes || files.length - i > mostFiles); i += 1) {
    bytes -= files[i]?.bytes ?? 0;
    const path = files[i]?.path ?? '';
    walked.delete(path);
    rmSync(path, { force: true });
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
