import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type {
  MetricsAnswer,
  MetricsExported,
  MetricsHeld,
  RecorderState,
} from '../../../preload/contract/metrics.ts';
import { timeIn } from '../../../main/cli/verbs/metrics.ts';
import { fieldSite } from '../../support/field-site.ts';
import { failureIn } from '../../support/coldstart.ts';
import { folder } from '../../support/folder.ts';

test('metrics are logged, listed, asked for and saved from the command line', async t => {
  const { cli } = await fieldSite(t);
  assert.deepEqual(((await cli.done('metrics', 'list')) as MetricsHeld).targets, []);
  const state = (await cli.done('metrics', 'record', '--every', '5', '--scrapes', '2')) as RecorderState;
  assert.equal(state.recording, false);
  assert.ok(state.scrapes >= 2, `${state.scrapes} scrapes`);
  const held = (await cli.done('metrics', 'list')) as MetricsHeld;
  const machine = held.targets.find(target => target.job === 'node');
  assert.equal(machine?.instance, 'cp1');
  const load = (await cli.done('metrics', 'query', 'node_load1', '--from', '1h')) as MetricsAnswer;
  assert.equal(load.lines.length, 1);
  const out = join(folder(t), 'om');
  const done = (await cli.done('metrics', 'export', '--out', out)) as MetricsExported;
  const [file] = done.files;
  assert.ok(file && existsSync(`${file.path}.gz`));
  const text = readFileSync(file.path, 'utf8');
  assert.match(text, /^node_load1\{instance="cp1",job="node",.*site="/m);
  assert.ok(text.endsWith('# EOF\n'));

  assert.equal((await cli.run('metrics', 'query', 'nothing_like_it')).status, 1);
  failureIn(await cli.run('metrics', 'query', 'rate(x)'), 'bad-ask');
  failureIn(await cli.run('metrics', 'query', 'x', '--from', 'yesterday'), 'bad-ask');
  failureIn(await cli.run('metrics', 'query', 'x', '--job', 'other'), 'bad-ask');
  failureIn(await cli.run('metrics', 'query', 'x', '--quantile', '101'), 'bad-ask');
  failureIn(await cli.run('metrics', 'export'), 'bad-ask');
  failureIn(await cli.run('metrics', 'record', '--every', '1'), 'bad-ask');
  const taken = join(out, 'taken.om');
  writeFileSync(taken, 'mine');
  failureIn(await cli.run('metrics', 'export', '--out', taken), 'refused');
  assert.equal(readFileSync(taken, 'utf8'), 'mine');
});

test('a time is a day, a moment or a span back', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  assert.equal(timeIn('2026-11-20', now), Date.parse('2026-11-20T00:00:00Z'));
  assert.equal(timeIn('2026-11-20T08:30', now), Date.parse('2026-11-20T08:30:00Z'));
  assert.equal(timeIn('2026-11-20T08:30Z', now), Date.parse('2026-11-20T08:30:00Z'));
  assert.equal(timeIn('12h', now), now - 12 * 3_600_000);
  assert.equal(timeIn('2w', now), now - 14 * 86_400_000);
  for (const word of ['', 'now', '7', '2026-13-01', '1y']) assert.throws(() => timeIn(word, now));
});
