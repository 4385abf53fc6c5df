import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { writeBlock } from '../../core/metrics/block.ts';
import type { Scrape } from '../../core/metrics/block.ts';
import { ExpositionReader } from '../../core/metrics/exposition.ts';
import type { ExpositionFaults, Keeps } from '../../core/metrics/exposition.ts';
import { readHeadLog, scrapeRecord, targetRecord } from '../../core/metrics/head-log.ts';
import type { HeadLog } from '../../core/metrics/head-log.ts';
import { dayOf } from '../../core/metrics/days.ts';
import type { MetricsTarget } from '../../core/metrics/scraped.ts';
import type { SeriesName } from '../../core/metrics/series-name.ts';
import { syncFolder, writeDurably } from '../durable.ts';
import { blockPath, headPath } from './places.ts';

/** When a block is made of the newest scrapes: so many scrapes, or so many samples, whichever comes first. */
const mostScrapes = 480;
const mostSamples = 2_000_000;
/** Series that came and went are forgotten when they are so many times the ones that come. */
const mostForgotten = 4;

export interface Appended {
  readonly samples: number;
  readonly faults: ExpositionFaults;
  /** A clock that went back, or over midnight: a new block begins. */
  readonly jumpedBackMs: number;
}

/** The writing end of one target's scrapes. One process at a time may have it open. */
export interface TargetLog {
  /**
   * Takes in one scrape and has it on the disk when it returns. Throws what the file system threws (`ENOSPC`); the log is
   * then as it was before.
   */
  append(text: string, at: number, doubtful?: boolean): Appended;
  close(): void;
}

const noLog = (): HeadLog => ({
  target: undefined,
  doubtful: false,
  names: [],
  scrapes: [],
  soundBytes: 0,
  damaged: 0,
});

/** Opens or makes the log of a target. What a power cut tore off is cut; `keeps` says which series are stored. */
export function openTargetLog(folder: string, target: MetricsTarget, keeps: Keeps): TargetLog {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = headPath(folder);
  const isNew = !existsSync(path);
  const file = openSync(path, 'a+', 0o600);
  if (isNew) syncFolder(folder);
  let log = isNew ? noLog() : readHeadLog(readFileSync(path));
  let reader = new ExpositionReader(keeps);
  /** The reader's numbers to this log's. */
  let numbers: number[] = [];
  let bySeries = new Map<SeriesName, number>();

  const startAt = (found: HeadLog): void => {
    log = found;
    bySeries = new Map(found.names.map((name, id) => [name, id]));
    numbers = [];
  };
  const empty = (): void => {
    const present = log.scrapes.at(-1)?.ids.length ?? 0;
    ftruncateSync(file, 0);
    fdatasyncSync(file);
    startAt(noLog());
    if (reader.names.length > mostForgotten * Math.max(1000, present)) reader = new ExpositionReader(keeps);
  };
  const cut = (): void => {
    const first = log.scrapes[0];
    if (first) {
      const block = blockPath(folder, first.at, log.scrapes.length);
      // It is there when the plug was pulled between writing the block and emptying the log.
      if (!existsSync(block)) {
        mkdirSync(dirname(block), { recursive: true, mode: 0o700 });
        writeDurably(block, writeBlock(log.target ?? target, log.names, log.scrapes, log.doubtful));
        syncFolder(folder);
      }
    }
    empty();
  };
  const write = (record: Uint8Array): void => {
    const before = fstatSync(file).size;
    try {
      for (let at = 0; at < record.length;) at += writeSync(file, record, at);
      fdatasyncSync(file);
    } catch (thrown) {
      ftruncateSync(file, before);
      throw thrown;
    }
  };
  const isFull = (more: number): boolean =>
    log.scrapes.length >= mostScrapes ||
    log.scrapes.reduce((sum, { ids }) => sum + ids.length, more) > mostSamples;

  const { size } = fstatSync(file);
  startAt(log);
  if (log.soundBytes < size) ftruncateSync(file, log.soundBytes);
  const [first] = log.scrapes;
  if (first && existsSync(blockPath(folder, first.at, log.scrapes.length))) empty();

  /** A log is of one target, one day, one opinion of the clock, and its times ascend. */
  const begin = (at: number, doubtful: boolean, more: number): number => {
    const last = log.scrapes.at(-1);
    const back = last && at <= last.at ? last.at - at : 0;
    const another =
      log.target &&
      (log.target.instance !== target.instance || log.target.job !== target.job || log.doubtful !== doubtful);
    if (last && (back > 0 || at === last.at || another || dayOf(at) !== dayOf(last.at) || isFull(more)))
      cut();
    if (!log.target || another) {
      if (another) empty();
      write(targetRecord(target, doubtful));
      log = { ...log, target, doubtful };
    }
    return back;
  };

  const numbered = (ids: Uint32Array): { own: Uint32Array; fresh: SeriesName[] } => {
    const fresh: SeriesName[] = [];
    const own = ids.map(id => {
      const known = numbers[id];
      if (known !== undefined) return known;
      const name = reader.names[id] ?? '';
      let number = bySeries.get(name);
      if (number === undefined) {
        number = log.names.length + fresh.length;
        fresh.push(name);
        bySeries.set(name, number);
      }
      numbers[id] = number;
      return number;
    });
    return { own, fresh };
  };

  return {
    append(text, at, doubtful = false) {
      const read = reader.read(text, at);
      const jumpedBackMs = begin(at, doubtful, read.ids.length);
      const { own, fresh } = numbered(read.ids);
      const scrape: Scrape = { at, ids: own, values: read.values };
      try {
        write(scrapeRecord(scrape, log.names.length, fresh));
      } catch (thrown) {
        // What this scrape would have named is not in the log.
        for (const name of fresh) bySeries.delete(name);
        numbers = [];
        throw thrown;
      }
      // One by one: a scrape may bring more names than a call may have arguments.
      for (const name of fresh) log.names.push(name);
      log.scrapes.push(scrape);
      return { samples: read.ids.length, faults: read.faults, jumpedBackMs };
    },
    close: () => closeSync(file),
  };
}
