import { Encrypter } from 'age-encryption';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { work } from '../../main/machine/work.ts';
import { ageKey } from '../support/age-key.ts';
import type { Row } from './table.ts';

const MiB = 2 ** 20;
const rounds = 3;
const signal = new AbortController().signal;
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const seconds = async (job: () => unknown): Promise<number> => {
  const began = performance.now();
  await job();
  return (performance.now() - began) / 1000;
};

/** What a week brings: a few large snapshots, and many small records. One GiB in all. */
function sealedFiles(folder: string): readonly { readonly name: string; readonly bytes: number }[] {
  const files = [
    ...Array.from({ length: 5 }, (_, i) => ({ name: `snapshot-${i}`, bytes: 192 * MiB })),
    ...Array.from({ length: 256 }, (_, i) => ({ name: `record-${i}`, bytes: MiB / 4 })),
  ];
  const noise = randomBytes(192 * MiB);
  for (const { name, bytes } of files) writeFileSync(join(folder, name), noise.subarray(0, bytes));
  const lines = files.map(({ name, bytes }) => {
    const hash = createHash('sha256').update(noise.subarray(0, bytes)).digest('hex');
    return `${hash}  ${name}\n`;
  });
  writeFileSync(join(folder, 'SUMS'), lines.join(''));
  return files;
}

/** Written and read back: ours, against cp, sync and sha256sum -c of the same files, in turns. */
async function written(folder: string): Promise<readonly Row[]> {
  const from = join(folder, 'spool');
  mkdirSync(from);
  const files = sealedFiles(from);
  const ours = async (to: string): Promise<void> => {
    const { carry, readBack } = work();
    for (const { name } of files) await carry(join(from, name), join(to, name), { signal });
    await readBack(
      files.map(({ name }) => join(to, name)),
      { signal },
    );
  };
  const theirs = (to: string): void => {
    execFileSync('cp', [...files.map(({ name }) => join(from, name)), join(from, 'SUMS'), to]);
    execFileSync('sync', ['-f', to]);
    execFileSync('sha256sum', ['-c', '--quiet', 'SUMS'], { cwd: to });
  };
  const [mine, tools]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++)
    for (const [job, into] of [
      [ours, mine],
      [theirs, tools],
    ] as const) {
      const to = join(folder, 'stick');
      mkdirSync(to);
      into.push(await seconds(() => job(to)));
      rmSync(to, { recursive: true });
    }
  const ratio = median(mine) / median(tools);
  return [
    { name: 'write and read back 1 GiB in memory, ours', value: median(mine), unit: 's' },
    { name: 'the same with cp, sync, sha256sum -c', value: median(tools), unit: 's' },
    { name: 'ours against the tools', value: ratio, unit: '×', bar: '≤ 0.9', met: ratio <= 0.9 },
  ];
}

const plain = 256;

/** The library alone, fed from a file as the worker feeds it, writing nothing. */
async function libraryAlone(path: string, recipient: string): Promise<void> {
  const age = new Encrypter();
  age.addRecipient(recipient);
  const fd = openSync(path, 'r');
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const buffer = Buffer.allocUnsafe(MiB);
      const got = readSync(fd, buffer);
      if (got === 0) controller.close();
      else controller.enqueue(buffer.subarray(0, got));
    },
  });
  for await (const chunk of await age.encrypt(stream)) void chunk;
  closeSync(fd);
}

/** Sealing: one worker against the library alone, and two workers at once. */
async function sealed(folder: string): Promise<readonly Row[]> {
  const { recipient } = await ageKey();
  const from = join(folder, 'plain');
  writeFileSync(from, randomBytes(plain * MiB));
  const { seal } = work();
  const one = (n: number): Promise<unknown> =>
    seal(from, join(folder, `sealed-${n}`), [recipient], { signal });
  await one(0);
  const [alone, single, double]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < rounds; round++) {
    alone.push(await seconds(() => libraryAlone(from, recipient)));
    single.push(await seconds(() => one(0)));
    double.push(await seconds(() => Promise.all([one(0), one(1)])));
  }
  const [rate, scale] = [median(alone) / median(single), (2 * median(single)) / median(double)];
  return [
    { name: 'sealing, one worker', value: plain / median(single), unit: 'MiB/s' },
    { name: 'sealing, the library alone', value: plain / median(alone), unit: 'MiB/s' },
    { name: 'one worker against the library alone', value: rate, unit: '×', bar: '≥ 0.9', met: rate >= 0.9 },
    { name: 'two workers against one', value: scale, unit: '×', bar: '≥ 1.5', met: scale >= 1.5 },
  ];
}

/** The supply run: what writing, reading back and sealing cost. In memory where the machine has such a folder. */
export async function bench(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'coldstart-bench-'));
  const idle = process.memoryUsage().rss;
  try {
    const rows = [...(await written(folder)), ...(await sealed(folder))];
    const above = (process.resourceUsage().maxRSS * 1024 - idle) / MiB;
    return [
      ...rows,
      { name: 'memory above idle, with the test’s own 192 MiB of noise', value: above, unit: 'MiB' },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
