import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bagSite, hqBench } from '../support/hq-bags.ts';
import type { Row } from './table.ts';

const mebibyte = 1024 * 1024;
const count = 100;
/** Measured in turns, so that what else this machine does meets both alike. */
const parts = 5;
/** Of each bag; fewer for a quick look. */
const mebibytes = Number(process.env['COLDSTART_BENCH_MIB'] ?? '50');

/**
 * A hundred bags received one after the other and two at once, into an archive in memory where the machine has such a
 * folder. Each bag is a snapshot that is proven and a file of noise; the noise is the same in all, so that they fit.
 */
export async function bench(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'coldstart-bench-'));
  try {
    const hq = await hqBench(folder);
    const site = await bagSite();
    const noise = randomBytes(mebibytes * mebibyte);
    const sealedOnce = new Map();
    const bags: string[] = [];
    for (let counter = 1; counter <= count; counter += 1)
      bags.push((await hq.bag({ site, counter, more: { 'evidence/noise.tar.gz': noise }, sealedOnce })).path);
    const seconds = async (atOnce: number, some: readonly string[]): Promise<number> => {
      rmSync(hq.archive, { recursive: true, force: true });
      await hq.enroll();
      const began = performance.now();
      const { received } = await hq.receive(some, { atOnce });
      if (received !== some.length) throw new Error(`only ${received} of ${some.length} bags were received`);
      return (performance.now() - began) / 1000;
    };
    // The first bags of a process pay for starting its workers.
    await seconds(2, bags.slice(0, 2));
    let [one, two] = [0, 0];
    for (let from = 0; from < count; from += count / parts) {
      const some = bags.slice(from, from + count / parts);
      one += await seconds(1, some);
      two += await seconds(2, some);
    }
    const ratio = one / two;
    const all = `${count} bags of ${mebibytes} MiB received`;
    return [
      { name: `${all}, one at a time`, value: (count * mebibytes) / one, unit: 'MiB/s' },
      { name: `${all}, two at once`, value: (count * mebibytes) / two, unit: 'MiB/s' },
      {
        name: 'bags two at once against one after another',
        value: ratio,
        unit: '×',
        bar: '≥ 1.5',
        ...(availableParallelism() >= 2 ? { met: ratio >= 1.5 } : {}),
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
