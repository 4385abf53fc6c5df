import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { targetFolder } from '../../../main/store/metrics/places.ts';
import { openTargetLog } from '../../../main/store/metrics/target-log.ts';
import { folder } from '../../support/folder.ts';
import { killedAt, storedCounts } from '../../support/killed-scrapes.ts';
import { needsRoot } from '../../support/needs.ts';

test('killed at eight moments, no scrape that was stored is missing', t =>
  killedAt(t, [1, 5, 12, 30, 55, 80, 140, 260]));

const noon = Date.parse('2026-11-23T12:00:00Z');
const scrape = (i: number): string =>
  `count ${i}\n${Array.from({ length: 150 }, (_, k) => `load{n="${(i * 31 + k) % 997}"} ${Math.sin(i * k)}\n`).join('')}`;

/** Stores scrapes on a disk of 256 KiB, of which `filler` takes some until five were refused. */
function fill(site: string): { stored: number[]; refused: number } {
  const log = openTargetLog(targetFolder(site, 'node', 'n1'), { job: 'node', instance: 'cp1' }, () => true);
  const filler = join(site, 'filler');
  writeFileSync(filler, Buffer.alloc(100 * 1024));
  const stored: number[] = [];
  let refused = 0;
  for (let i = 0; i < 200 && refused < 30; i++)
    try {
      log.append(scrape(i), noon + i * 1000);
      stored.push(i);
    } catch (thrown) {
      assert.equal((thrown as NodeJS.ErrnoException).code, 'ENOSPC');
      refused += 1;
      if (refused === 5) writeFileSync(filler, '');
    }
  log.close();
  return { stored, refused };
}

test(
  'on a disk that runs full a scrape is refused, what is stored stays, and it goes on when there is room',
  needsRoot(),
  t => {
    const disk = join(folder(t), 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
    try {
      const { stored, refused } = fill(disk);
      assert.ok(refused >= 5 && stored.length > 50, `${stored.length} stored, ${refused} refused`);
      assert.ok((stored.at(-1) ?? 0) > 150, 'it went on after there was room');
      assert.deepEqual(storedCounts(disk), stored);
    } finally {
      execFileSync('umount', [disk]);
    }
  },
);
