import { openTargetLog } from '../../main/store/metrics/target-log.ts';

/** Stores numbered scrapes as fast as it can and says each on stdout once it is on the disk, until it is killed. */
const [folder = '', first = '0'] = process.argv.slice(2);
const log = openTargetLog(folder, { job: 'node', instance: 'cp1' }, () => true);
const start = Date.parse('2026-11-23T00:00:00Z');
for (let i = Number(first); ; i++) {
  const text = `count ${i}\n${Array.from({ length: 40 }, (_, k) => `load{n="${(i + k) % 97}"} ${i / 7}\n`).join('')}`;
  // Every thousandth clock is wrong by an hour: blocks are made in between, too.
  log.append(text, start + i * 250 - (i % 1000 === 999 ? 3_600_000 : 0));
  process.stdout.write(`${i}\n`);
}
