import assert from 'node:assert/strict';
import { appendFileSync, cpSync, readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { daysOf, stretches } from '../../../main/store/metrics/read.ts';
import type { Reading } from '../../../main/store/metrics/read.ts';
import { headPath, targetFolder, targetsIn } from '../../../main/store/metrics/places.ts';
import { openTargetLog } from '../../../main/store/metrics/target-log.ts';
import { folder } from '../../support/folder.ts';

const target = { job: 'node', instance: 'cp1' } as const;
const noon = Date.parse('2026-11-23T12:00:00Z');

function site(t: TestContext) {
  const at = folder(t);
  const place = targetFolder(at, 'node', 'n1');
  const open = (instance = 'cp1') => openTargetLog(place, { ...target, instance }, () => true);
  const points = (series: string, reading: Reading = {}): [number, number][] =>
    targetsIn(at).flatMap(one =>
      [...stretches(one, reading)].flatMap(stretch =>
        [...stretch.series(series)].flatMap(column =>
          [...column.at].map((i, k): [number, number] => [
            (stretch.times[i] ?? 0) - noon,
            column.values[k] ?? 0,
          ]),
        ),
      ),
    );
  return { at, place, open, points };
}

suite('the scrapes of a target', () => {
  test('are there after the log is opened again, and go on with their series', t => {
    const { open, points } = site(t);
    const first = open();
    first.append('up 1\nload{core="0"} 0.5\n', noon);
    first.append('up 1\nload{core="1"} 0.7\n', noon + 30_000);
    first.close();
    const second = open();
    second.append('load{core="1"} 0.9\nup 0\n', noon + 60_000);
    second.close();
    assert.deepEqual(points('up'), [
      [0, 1],
      [30_000, 1],
      [60_000, 0],
    ]);
    assert.deepEqual(points('load'), [
      [0, 0.5],
      [30_000, 0.7],
      [60_000, 0.9],
    ]);
    assert.deepEqual(points('load{core="0"}'), [[0, 0.5]]);
    assert.deepEqual(points('loa'), []);
  });

  test('torn at any byte, at most the last scrape is lost, and the log goes on', t => {
    const { at, place, open } = site(t);
    const log = open();
    for (let i = 0; i < 4; i++) log.append(`up 1\ncount ${i}\nlate{n="${i}"} 1\n`, noon + i * 1000);
    log.close();
    const whole = readFileSync(headPath(place));
    const ends: number[] = [];
    for (let from = 0; (from = whole.indexOf('CSMR', from)) >= 0; from += 4) ends.push(from);
    ends.push(whole.length);
    // The first record names the target; then comes one for each scrape.
    for (let cut = ends[1] ?? 0; cut < whole.length; cut++) {
      const torn = join(at, 'torn');
      cpSync(place, targetFolder(torn, 'node', 'n1'), { recursive: true });
      truncateSync(headPath(targetFolder(torn, 'node', 'n1')), cut);
      const again = openTargetLog(targetFolder(torn, 'node', 'n1'), target, () => true);
      again.append('count 99\n', noon + 60_000);
      again.close();
      const [place2] = targetsIn(torn);
      assert.ok(place2);
      const counts = [...stretches(place2)].flatMap(one =>
        [...one.series('count')].flatMap(column => [...column.values]),
      );
      const kept = ends.filter(end => end <= cut).length - 2;
      assert.deepEqual(counts, [...Array.from({ length: kept }, (_, i) => i), 99]);
    }
  });

  test('noise in the middle of the log costs the scrape it hit', t => {
    const { place, open, points } = site(t);
    const log = open();
    for (let i = 0; i < 5; i++) log.append(`count ${i}\n`, noon + i * 1000);
    log.close();
    const bytes = readFileSync(headPath(place));
    const third = [...bytes.toString('latin1').matchAll(/CSMR/g)][3]?.index ?? 0;
    bytes[third + 14] = (bytes[third + 14] ?? 0) ^ 0xff;
    writeFileSync(headPath(place), bytes);
    assert.deepEqual(
      points('count').map(([, value]) => value),
      [0, 1, 3, 4],
    );
  });

  test('a block is made of many scrapes, at midnight, and when the clock goes back', t => {
    const { place, open, points } = site(t);
    const log = open();
    const midnight = Date.parse('2026-11-24T00:00:00Z');
    log.append('count 1\n', midnight - 1000);
    log.append('count 2\n', midnight + 1000);
    const { jumpedBackMs } = log.append('count 3\n', 5000);
    assert.equal(jumpedBackMs, midnight + 1000 - 5000);
    for (let i = 0; i < 500; i++) log.append(`count ${10 + i}\n`, 6000 + i);
    log.close();
    assert.deepEqual(readdirSync(place).toSorted(), ['1970-01-01', '2026-11-23', '2026-11-24', 'head.log']);
    assert.deepEqual(daysOf({ folder: place, job: 'node', node: 'n1' }), [
      '1970-01-01',
      '2026-11-23',
      '2026-11-24',
    ]);
    assert.equal(points('count').length, 503);
    assert.deepEqual(
      points('count', { from: noon }).map(([, value]) => value),
      [1, 2],
    );
  });

  test('a plug pulled between making the block and emptying the log doubles nothing', t => {
    const { place, open, points } = site(t);
    const log = open();
    log.append('count 1\n', noon);
    log.append('count 2\n', noon + 1000);
    const before = readFileSync(headPath(place));
    log.append('count 3\n', noon - 5000);
    log.close();
    writeFileSync(headPath(place), before);
    open().close();
    assert.deepEqual(
      points('count').map(([, value]) => value),
      [1, 2],
    );
  });

  test('a damaged block is set aside, and the rest is served', t => {
    const { place, open, points } = site(t);
    const log = open();
    log.append('count 1\n', noon);
    log.append('count 2\n', noon - 5000);
    log.append('count 3\n', noon - 9000);
    log.close();
    const [block] = readdirSync(join(place, '2026-11-23'));
    const path = join(place, '2026-11-23', block ?? '');
    const bytes = readFileSync(path);
    bytes[20] = (bytes[20] ?? 0) ^ 0xff;
    writeFileSync(path, bytes);
    const lost: string[] = [];
    assert.equal(points('count', { lost: where => lost.push(where) }).length, 2);
    assert.deepEqual(lost, [`${path}.damaged`]);
    assert.equal(points('count').length, 2);
  });

  test('a damaged group of a block costs its series alone', t => {
    const { place, open, points } = site(t);
    const log = open();
    const text = Array.from({ length: 300 }, (_, i) => `m${1000 + i} ${i}\n`).join('');
    log.append(text, noon);
    log.append('up 1\n', noon - 5000);
    log.close();
    const [block] = readdirSync(join(place, '2026-11-23'));
    const path = join(place, '2026-11-23', block ?? '');
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
    writeFileSync(path, bytes);
    const lost: string[] = [];
    const reading = { lost: (where: string) => lost.push(where) };
    assert.deepEqual(points('m1005', reading), [[0, 5]]);
    assert.deepEqual(lost, []);
    assert.deepEqual(points('m1299', reading), []);
    assert.deepEqual(lost, [path]);
  });

  test('a node that was renamed begins a stretch under its new name', t => {
    const { at, open } = site(t);
    const first = open('cp1');
    first.append('up 1\n', noon);
    first.close();
    const second = open('server-1');
    second.append('up 1\n', noon + 1000);
    second.close();
    const names = targetsIn(at).flatMap(place => [...stretches(place)].map(one => one.target.instance));
    assert.deepEqual(names, ['cp1', 'server-1']);
  });

  test('a log that is no log is begun anew', t => {
    const { place, open, points } = site(t);
    open().close();
    appendFileSync(headPath(place), 'not a log at all');
    const log = open();
    log.append('count 1\n', noon);
    log.close();
    assert.deepEqual(points('count'), [[0, 1]]);
  });
});
