import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { work } from '../../main/machine/work.ts';
import type { Row } from './table.ts';

const { signal } = new AbortController();
const throttle = '/sys/fs/cgroup/blkio/blkio.throttle';
const pace = { write_bps_device: 30_000_000, read_bps_device: 60_000_000 };
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

/** A stick that writes 30 MB/s and reads 60: a loop device held back by the kernel. Nothing where that cannot be had. */
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
  const limit = (held: boolean): void => {
    for (const [name, bps] of Object.entries(pace))
      writeFileSync(`${throttle}.${name}`, `${number} ${held ? bps : 0}\n`);
  };
  try {
    run('mount', device, at);
    limit(true);
    const [dd, bag] = [join(at, 'dd'), join(at, 'bag')];
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const own = await seconds(() => {
        run('dd', `if=${from}`, `of=${dd}`, 'bs=1M', 'oflag=direct', 'conv=fsync', 'status=none');
        run('dd', `if=${dd}`, 'of=/dev/null', 'bs=1M', 'iflag=direct', 'status=none');
      });
      const ours = await seconds(async () => {
        await work().carryAll([{ from, to: bag }], { signal });
        await work().readBack([bag], { signal, sha512: false });
      });
      ratios.push(ours / own);
      for (const path of [dd, bag]) rmSync(path);
    }
    const ratio = ratios.toSorted((a, b) => a - b)[rounds >> 1] ?? 0;
    const name = 'written and read back on a stick of 30 MB/s, against dd';
    return [{ name, value: ratio, unit: '×', bar: '≤ 1.05', met: ratio <= 1.05 }];
  } finally {
    limit(false);
    run('umount', at);
    run('losetup', '-d', device);
  }
}
