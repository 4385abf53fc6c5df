/**
 * What the file system writes for one chunk besides its bytes, in KiB: inode, bitmaps, folder, and all of them in the
 * journal first, twice (the file, then its name). Measured on ext4 with blocks of 4 KiB in /sys/block/…/stat: 64 to 76.
 */
export const overheadKib = 96;
/** Between two samples. */
export const everySeconds = 300;

export interface RecorderBudget {
  readonly diskMiB: number;
  readonly writeMiBPerDay: number;
}
/** 64 MiB hold 35 days and more; a card of 4 GB takes 2 MiB a day for centuries. */
export const defaultBudget: RecorderBudget = { diskMiB: 64, writeMiBPerDay: 2 };
export const budgetLimits = { diskMiB: [4, 4096], writeMiBPerDay: [0.5, 64] } as const;

/** Compressed bytes of one value: 1.8 were measured on a calm node with an etcd. */
const bytesPerValue = 2.5;
const blockKib = 4;
/** The fewest samples in a chunk, as the script has it. */
const fewest = 3;
/** The most chunks on a disk, as the script has it. */
const mostChunks = 4096;

export interface Foretold {
  /** Minutes from chunk to chunk; that much, and no more, a power cut may lose. */
  readonly lostMinutes: number;
  readonly days: number;
  readonly writtenMiBPerDay: number;
}

/** What a budget comes to on a node with so many series. */
export function foretold({ diskMiB, writeMiBPerDay }: RecorderBudget, series: number): Foretold {
  const kibOf = (rows: number): number =>
    Math.ceil((rows * series * bytesPerValue) / 1024 / blockKib) * blockKib;
  const perSecond = (writeMiBPerDay * 1024) / 86_400;
  let rows = fewest;
  // A day without a chunk: the budget is too small for so many series.
  while (rows < 288 && kibOf(rows) + overheadKib > perSecond * rows * everySeconds) rows++;
  const chunksPerDay = 86_400 / (rows * everySeconds);
  return {
    lostMinutes: (rows * everySeconds) / 60,
    days: Math.floor(
      Math.min((diskMiB * 1024 - 64) / (chunksPerDay * kibOf(rows)), mostChunks / chunksPerDay),
    ),
    writtenMiBPerDay: (chunksPerDay * (kibOf(rows) + overheadKib)) / 1024,
  };
}
