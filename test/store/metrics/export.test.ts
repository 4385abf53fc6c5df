import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportText, siteDays } from '../../../main/store/metrics/export.ts';
import { targetFolder } from '../../../main/store/metrics/places.ts';
import { openTargetLog } from '../../../main/store/metrics/target-log.ts';
import { folder } from '../../support/folder.ts';
import { needs } from '../../support/needs.ts';

const noon = Date.parse('2026-11-23T12:00:00Z');

/** Two nodes, of which one was renamed, with blocks and newest scrapes, a restart and a clock that went back. */
function site(at: string): void {
  const log = (
    node: string,
    instance: string,
    scrapes: readonly (readonly [ms: number, text: string])[],
  ): void => {
    const one = openTargetLog(targetFolder(at, 'node', node), { job: 'node', instance }, () => true);
    for (const [ms, text] of scrapes) one.append(text, noon + ms);
    one.close();
  };
  log('n1', 'cp1', [
    [0, 'load 1\nload_1{x="a"} 1\nload{core="0"} 2\n'],
    [1000, 'load 2\nload{core="0"} 3\nlimit +Inf\nnothing NaN\n'],
    [-5000, 'load 9\n'],
  ]);
  log('n1', 'server-1', [[60_000, 'load 3\nload_1{x="a"} 5\n']]);
  log('n2', 'cp2', [[500, 'load{core="1"} 7\nload_1{x="b"} 6\n']]);
}

const text = (at: string, from = 0, to = noon + 1e9): string =>
  [...exportText(at, { from, to }, { site: 'Dome C' }, undefined)].map(part => part.text).join('');

test('the series of a metric stand together, of every node and under every name, each in the order of its times', t => {
  const at = folder(t);
  site(at);
  const lines = text(at).trimEnd().split('\n');
  assert.equal(lines.at(-1), '# EOF');
  const metrics = lines.slice(0, -1).map(line => line.replace(/\{.*$/, ''));
  assert.equal(new Set(metrics).size, metrics.filter((name, i) => name !== metrics[i - 1]).length);
  assert.deepEqual(
    lines
      .filter(line => /^load\{instance="(cp1|server-1)"/.test(line))
      .map(line => line.replace(/^.*\} /, '')),
    [`9 ${noon / 1000 - 5}`, `1 ${noon / 1000}`, `2 ${noon / 1000 + 1}`, `3 ${noon / 1000 + 60}`],
  );
  assert.match(lines.join('\n'), /^limit\{instance="cp1",job="node",site="Dome C"\} \+Inf /m);
  assert.match(lines.join('\n'), /^nothing\{.*\} NaN /m);
});

test('a span holds what was scraped in it and nothing else', t => {
  const at = folder(t);
  site(at);
  assert.equal(text(at, noon, noon).match(/^\w/gm)?.length, 3);
  assert.equal(text(at, noon + 2e9, noon + 3e9), '# EOF\n');
  assert.deepEqual(siteDays(at), ['2026-11-23']);
});

test('promtool makes blocks of it', needs('prometheus'), t => {
  const at = folder(t);
  site(at);
  const [file, blocks] = [join(at, 'out.om'), join(at, 'blocks')];
  writeFileSync(file, text(at));
  execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, blocks], { stdio: 'pipe' });
  assert.ok(readdirSync(blocks).length > 0);
});
