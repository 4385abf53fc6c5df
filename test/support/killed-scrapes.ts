import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { targetFolder, targetsIn } from '../../main/store/metrics/places.ts';
import { stretches } from '../../main/store/metrics/read.ts';
import { folder } from './folder.ts';

const child = join(import.meta.dirname, 'scrapes-child.ts');

/** The counts that are stored, in any order; nothing damaged may be met. */
export function storedCounts(site: string): number[] {
  return targetsIn(site).flatMap(place =>
    [...stretches(place, { lost: (path, why) => assert.fail(`${path}: ${why}`) })].flatMap(stretch =>
      [...stretch.series('count')].flatMap(column => [...column.values]),
    ),
  );
}

/** Kills whoever stores scrapes, so many times, each at another moment; after each nothing but the last may be missing. */
export async function killedAt(t: TestContext, moments: readonly number[]): Promise<void> {
  const site = folder(t);
  const place = targetFolder(site, 'node', 'n1');
  let next = 0;
  for (const ms of moments) {
    const storing = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', child, place, String(next)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    storing.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await once(storing.stdout, 'data');
    await new Promise(go => setTimeout(go, ms));
    storing.kill('SIGKILL');
    await once(storing, 'close');
    const last = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
    const counts = storedCounts(site);
    const kept = new Set(counts);
    assert.equal(kept.size, counts.length, 'no scrape is stored twice');
    for (let i = 0; i <= last; i++) assert.ok(kept.has(i), `scrape ${i} of ${last} is there after a kill`);
    // One more may be on the disk that could not be said any more.
    assert.ok(Math.max(...counts) <= last + 1);
    next = Math.max(...counts) + 1;
  }
  assert.deepEqual(
    readdirSync(site, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.damaged')),
    [],
  );
}
