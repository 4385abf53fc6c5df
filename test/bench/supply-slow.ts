import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { work } from '../../main/machine/work.ts';
import type { Row } from './table.ts';

const { signal } = new AbortController();
const throttle = '/sys/fs/cgroup/blkio/blkio.throttle';
/** Bytes a second. */
interface Pace {
  readonly write: number;
  readonly read: number;
}
const bytes = 100_000_000;
const rounds = 3;

const run = (tool: string, ...args: readonly string[]): string =>
  execFileSync(tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

function canThrottle(): boolean {
  try {
    accessSync(`${throttle}.write_bps_device`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function seconds(job: () => unknown): Promise<number> {
  const began = performance.now();
  await job();
  return (performance.now() - began) / 1000;
}

/** The median of some rounds of ours against the tool's. */
async function ratioOf(own: () => unknown, ours: () => unknown, after: () => void): Promise<number> {
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const theirs = await seconds(own);
    ratios.push((await seconds(ours)) / theirs);
    after();
  }
  return ratios.toSorted((a, b) => a - b)[rounds >> 1] ?? 0;
}

const row = (name: string, value: number): Row => ({
  name,
  value,
  unit: '×',
  bar: '≤ 1.05',
  met: value <= 1.05,
});

/** Sticks of two paces: a loop device held back by the kernel. Nothing where that cannot be had. */
export async function slowly(folder: string): Promise<readonly Row[]> {
  if (!canThrottle()) return [];
  const [image, at, from] = ['image', 'slow', 'sealed'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(at);
  run('truncate', '-s', '400M', image);
  run('mkfs.ext4', '-q', '-F', image);
  writeFileSync(from, randomBytes(bytes));
  const device = run('losetup', '-f', '--show', image);
  const number = readFileSync(`/sys/block/${basename(device)}/dev`, 'utf8').trim();
  const held = ({ write, read }: Pace): void => {
    writeFileSync(`${throttle}.write_bps_device`, `${number} ${write}\n`);
    writeFileSync(`${throttle}.read_bps_device`, `${number} ${read}\n`);
  };
  const [dd, bag] = [join(at, 'dd'), join(at, 'bag')];
  const write = (): string =>
    run('dd', `if=${from}`, `of=${dd}`, 'bs=1M', 'oflag=direct', 'conv=fsync', 'status=none');
  const carry = (): Promise<unknown> => work().carryAll([{ from, to: bag }], { signal });
  const clear = (): void => {
    for (const path of [dd, bag]) rmSync(path);
  };
  try {
    run('mount', device, at);
    held({ write: 30_000_000, read: 60_000_000 });
    const both = await ratioOf(
      () => {
        write();
        run('dd', `if=${dd}`, 'of=/dev/null', 'bs=1M', 'iflag=direct', 'status=none');
      },
      async () => {
        await carry();
        await work().readBack([bag], { signal, sha512: false });
      },
      clear,
    );
    held({ write: 60_000_000, read: 0 });
    const copied = await ratioOf(write, carry, clear);
    return [
      row('written and read back on a stick of 30 MB/s, against dd', both),
      row('sealed files copied to a stick of 60 MB/s, against dd', copied),
    ];
  } finally {
    held({ write: 0, read: 0 });
    run('umount', at);
    run('losetup', '-d', device);
  }
}
