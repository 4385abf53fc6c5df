import { mkdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Gathering, packed } from '../../core/black-box/records.ts';
import type { Record } from '../../core/black-box/records.ts';
import type { BlackBoxWriter, Clock } from '../../ports.ts';
import { syncFolder } from '../../store/durable.ts';
import { errnoOf } from '../trouble.ts';
import { segmentFile, segmentNames, segmentPath, trim } from './folder.ts';
import type { SegmentFile } from './folder.ts';
import type { BoxKeys } from './keys.ts';
import { sealedBlock, segmentHead } from './segment.ts';

/** How much is kept of one port, and in which pieces. */
export interface Bounds {
  readonly segmentBytes: number;
  readonly portBytes: number;
  /** Every start of the app begins a segment of its own. */
  readonly portFiles: number;
}

/** A second is promised; the disk needs some of it. */
const flushMs = 300;
/** Written at once when so much has come, so that a fast line does not pile up. */
const flushBytes = 64 * 1024;
/** What waits for a disk that does not keep up; beyond it bytes are dropped, and said so. */
const mostWaiting = 8 * 2 ** 20;
const againMs = 5000;

interface Segment {
  readonly file: FileHandle;
  readonly head: Uint8Array;
  readonly key: Uint8Array;
  readonly number: number;
  blocks: number;
  bytes: number;
}

/** Writes one port's box. Nothing here ever throws: a console does not stop because it cannot be recorded. */
export class BoxWriter implements BlackBoxWriter {
  readonly #port: string;
  readonly #folder: string;
  readonly #keys: BoxKeys;
  readonly #clock: Clock;
  readonly #bounds: Bounds;
  readonly #gathering = new Gathering();
  /** Where the next content will stand. */
  #offset = 0;
  #segment: Segment | undefined;
  #writing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #missed: { readonly from: number; readonly why: string; bytes: number; again: number } | undefined;
  #closed = false;
  /** A write is about to begin; it takes all that was gathered by then. */
  #queued = false;

  constructor(about: { port: string; folder: string; keys: BoxKeys; clock: Clock; bounds: Bounds }) {
    this.#port = about.port;
    this.#folder = about.folder;
    this.#keys = about.keys;
    this.#clock = about.clock;
    this.#bounds = about.bounds;
  }

  /** Why nothing is recorded at the moment; absent while all is well. */
  get trouble(): string | undefined {
    return this.#missed?.why;
  }

  take(bytes: Uint8Array, at: Date): void {
    if (this.#closed) return;
    if (this.#gathering.bytes + bytes.length > mostWaiting) {
      this.#miss(bytes.length, at.getTime(), 'the disk did not keep up');
      return;
    }
    this.#gathering.add('bytes', bytes.slice(), at.getTime());
    this.#soon();
  }

  note(says: string, at: Date): void {
    if (this.#closed) return;
    this.#gathering.add('note', Buffer.from(says), at.getTime());
    this.#soon();
  }

  /** Everything given so far is on the disk afterwards, where the disk takes it. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#queued) return this.#writing;
    this.#queued = true;
    this.#writing = this.#writing.then(() => {
      this.#queued = false;
      return this.#write();
    });
    return this.#writing;
  }

  async close(): Promise<void> {
    if (this.#closed) return this.#writing;
    this.#closed = true;
    await this.flush();
    await this.#segment?.file.close().catch(() => undefined);
    this.#segment = undefined;
  }

  #soon(): void {
    if (this.#gathering.bytes >= flushBytes) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), flushMs);
  }

  async #write(): Promise<void> {
    const now = this.#clock.now().getTime();
    const missed = this.#missed;
    if (missed && now < missed.again && !this.#closed) return this.#drop(now);
    if (this.#gathering.bytes === 0) return;
    const records = this.#gathering.take();
    const told = missed ? [missedNote(missed, now), ...records] : records;
    try {
      this.#keys.settle();
      await this.#append(told);
      if (this.#missed === missed) this.#missed = undefined;
    } catch (thrown) {
      await this.#giveUp(thrown);
      this.#miss(lengthOf(records), records[0]?.at ?? now, reason(thrown));
    }
  }

  /** While the disk takes nothing, memory must not fill in its place. */
  #drop(now: number): void {
    const records = this.#gathering.take();
    this.#miss(lengthOf(records), records[0]?.at ?? now, this.#missed?.why ?? '');
  }

  #miss(bytes: number, from: number, why: string): void {
    this.#missed ??= { from, why, bytes: 0, again: 0 };
    this.#missed.bytes += bytes;
    if (this.#clock.now().getTime() >= this.#missed.again)
      this.#missed.again = this.#clock.now().getTime() + againMs;
  }

  async #append(records: readonly Record[]): Promise<void> {
    const segment = (this.#segment ??= await this.#begin());
    const content = lengthOf(records);
    const times = { from: records[0]?.at ?? 0, to: records.at(-1)?.at ?? 0 };
    const block = sealedBlock(
      packed(records),
      { content, ...times },
      segment.blocks,
      segment.key,
      segment.head,
    );
    await writeAll(segment.file, block, segment.bytes);
    await segment.file.datasync();
    segment.blocks += 1;
    segment.bytes += block.length;
    this.#offset += content;
    await this.#rotate(segment, records.at(-1));
  }

  /** A segment ends with a line where it can: a line never runs from one into the next. */
  async #rotate(segment: Segment, last: Record | undefined): Promise<void> {
    const full = segment.bytes >= this.#bounds.segmentBytes;
    const far = segment.bytes >= this.#bounds.segmentBytes * 1.25;
    if (!far && !(full && (last?.is === 'note' || last?.bytes.at(-1) === 0x0a))) return;
    this.#segment = undefined;
    await segment.file.close();
  }

  async #begin(): Promise<Segment> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const { segmentBytes, portBytes, portFiles } = this.#bounds;
    trim(this.#folder, portBytes - segmentBytes * 1.5, portFiles - 1);
    const names = segmentNames(this.#folder);
    const before = lastWhole(names);
    if (before) this.#offset = Math.max(this.#offset, before.head.offset + before.content);
    const key = this.#keys.forNew();
    const head = segmentHead(this.#port, this.#offset, key);
    const number = (names.at(-1)?.number ?? 0) + 1;
    const path = segmentPath(this.#folder, number);
    const file = await open(path, 'wx', 0o600);
    try {
      await writeAll(file, head, 0);
      syncFolder(this.#folder);
    } catch (thrown) {
      await file.close();
      rmSync(path, { force: true });
      throw thrown;
    }
    return { file, head, key: key.key, number, blocks: 0, bytes: head.length };
  }

  /** Takes back what was half written; the next try begins a segment of its own. */
  async #giveUp(thrown: unknown): Promise<void> {
    const segment = this.#segment;
    this.#segment = undefined;
    if (!segment) return;
    // After an error of the medium nothing more is asked of it.
    if (errnoOf(thrown) !== 'EIO') await segment.file.truncate(segment.bytes).catch(() => undefined);
    await segment.file.close().catch(() => undefined);
  }
}

/** The newest segment with a head: a laptop may stop right after a file was made. */
function lastWhole(names: ReturnType<typeof segmentNames>): SegmentFile | undefined {
  for (const name of names.toReversed()) {
    const file = segmentFile(name);
    if (file) return file;
  }
  return undefined;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;)
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
}

const lengthOf = (records: readonly Record[]): number =>
  records.reduce((sum, { bytes }) => sum + bytes.length, 0);

function missedNote(missed: { from: number; why: string; bytes: number }, now: number): Record {
  const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
  const says = `Not recorded: ${missed.bytes} bytes between ${time(missed.from)} and ${time(now)}, because ${missed.why}.`;
  return { at: now, is: 'note', bytes: Buffer.from(says) };
}

function reason(thrown: unknown): string {
  const code = errnoOf(thrown);
  if (code === 'ENOSPC' || code === 'EDQUOT') return "the laptop's disk was full";
  if (code === 'EROFS') return "the laptop's disk could only be read";
  return `the laptop's disk did not take it (${code ?? (thrown instanceof Error ? thrown.message : 'unknown')})`;
}
