import assert from 'node:assert/strict';
import { test } from 'node:test';
import { targetFolder, targetsIn } from '../../main/store/metrics/places.ts';
import { stretches } from '../../main/store/metrics/read.ts';
import { openTargetLog } from '../../main/store/metrics/target-log.ts';
import { folder } from '../support/folder.ts';
import { killedAt } from '../support/killed-scrapes.ts';

test('killed at 200 random moments, at most the scrape of that moment is lost', t =>
  killedAt(
    t,
    Array.from({ length: 200 }, () => Math.random() ** 2 * 400),
  ));

test('a scrape of 50 MB is stored and read like any other', t => {
  const site = folder(t);
  const place = targetFolder(site, 'node', 'n1');
  const label = 'x'.repeat(100);
  const lines = Array.from({ length: 400_000 }, (_, i) => `large{a="${label}",n="${i}"} ${i}\n`);
  const text = lines.join('');
  assert.ok(text.length > 48_000_000);
  const log = openTargetLog(place, { job: 'node', instance: 'cp1' }, () => true);
  const { samples, faults } = log.append(text, Date.parse('2026-11-23T12:00:00Z'));
  log.append('up 1\n', Date.parse('2026-11-23T12:00:30Z'));
  log.close();
  assert.equal(samples, 400_000);
  assert.deepEqual(faults, { malformed: 0, duplicate: 0, future: 0, torn: false });
  const stored = targetsIn(site).flatMap(each =>
    [...stretches(each)].flatMap(one => [...one.series(`large{a="${label}",n="399999"}`)]),
  );
  assert.deepEqual(
    stored.map(({ values }) => [...values]),
    [[399_999]],
  );
});
