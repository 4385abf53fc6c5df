import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ChartSpans } from '../../../main/core/metrics/chart.ts';
import { HistogramSpans, quantileOf } from '../../../main/core/metrics/quantile.ts';
import { selectorIn } from '../../../main/core/metrics/selector.ts';
import { secondsText, numberText, withLabels } from '../../../main/core/metrics/openmetrics.ts';
import { FieldError } from '../../../preload/contract/failure.ts';

const every = 30_000;
const times = (count: number): number[] => Array.from({ length: count }, (_, i) => i * every);

suite('a line of a chart', () => {
  test('a spike of one scrape is seen in a month of them', () => {
    const spans = new ChartSpans(0, 100_000 * every, 200);
    for (const [i, at] of times(100_000).entries()) spans.take(at, i === 51_234 ? 99 : 1);
    const line = spans.line();
    assert.ok(line.times.length <= 201);
    assert.equal(Math.max(...line.high.map(Number)), 99);
    assert.equal(Math.min(...line.low.map(Number)), 1);
  });

  test('hours nobody saw are a gap, and no line goes across', () => {
    const spans = new ChartSpans(0, 1000 * every, 1000);
    for (const at of times(1000)) if (at < 300 * every || at > 700 * every) spans.take(at, 5);
    const { values, times: at } = spans.line();
    const gaps = values.flatMap((value, i) => (value === null ? [at[i] ?? 0] : []));
    assert.equal(gaps.length, 1);
    assert.ok((gaps[0] ?? 0) > 300 * every && (gaps[0] ?? 0) < 700 * every);
  });

  test('a counter that began again is no fall, and the reset is told', () => {
    const spans = new ChartSpans(0, 10 * every, 10, 'rate');
    [100, 400, 700, 30, 330].forEach((value, i) => spans.take(i * every, value));
    assert.deepEqual(spans.line().values, [10, 10, 1, 10]);
    assert.equal(spans.resets, 1);
  });

  test('no rate is drawn across a gap', () => {
    const spans = new ChartSpans(0, 100 * every, 100, 'rate');
    for (const i of [0, 1, 2, 3, 50, 51]) spans.take(i * every, i * 300);
    assert.deepEqual(
      spans.line().values.map(value => value ?? 'gap'),
      [10, 10, 10, 'gap', 10],
    );
  });

  test('a sample that is read twice counts once', () => {
    const spans = new ChartSpans(0, every, 1);
    for (const value of [1, 3]) spans.take(1000, value);
    assert.deepEqual(spans.line().values, [1]);
  });
});

suite('a quantile of a histogram', () => {
  const bounds = [0.1, 0.5, 1, Infinity];
  test('is reckoned as Prometheus does', () => {
    assert.equal(quantileOf(0.5, bounds, [10, 20, 40, 40]), 0.5);
    assert.equal(quantileOf(0.25, bounds, [10, 20, 40, 40]), 0.1);
    assert.equal(quantileOf(0.75, bounds, [10, 20, 40, 40]), 0.75);
    assert.equal(quantileOf(0.99, bounds, [0, 0, 0, 7]), 1);
    assert.equal(quantileOf(0.99, bounds, [0, 0, 0, 0]), undefined);
  });
  test('bears buckets that are missing or out of step', () => {
    assert.equal(quantileOf(0.5, [0.1, 1], [2, 2]), 0.05);
    assert.equal(quantileOf(0.5, bounds, [10, 8, 12, 12]), 0.06);
    assert.equal(quantileOf(0.99, [Infinity], [9]), undefined);
  });
  test('counts what grew in each span, also across a restart', () => {
    const spans = new HistogramSpans(0, 4 * every, 4);
    const at = times(5);
    spans.take(0.1, at, [100, 110, 120, 5, 15]);
    spans.take(Infinity, at, [100, 110, 130, 10, 20]);
    assert.deepEqual(
      spans.line(0.5).values.map(value => Number(value?.toFixed(3))),
      [0.05, 0.1, 0.1, 0.05],
    );
  });
});

suite('a selector', () => {
  const series = 'node_filesystem_avail_bytes{device="/dev/sda1",mountpoint="/"}';
  for (const [text, fits] of [
    ['node_filesystem_avail_bytes', true],
    ['node_filesystem_avail', false],
    ['node_filesystem_avail_bytes{mountpoint="/"}', true],
    ['node_filesystem_avail_bytes{mountpoint!="/"}', false],
    ['node_filesystem_avail_bytes{device=~"/dev/sd.*",mountpoint="/"}', true],
    ['node_filesystem_avail_bytes{device=~"sd"}', false],
    ['node_filesystem_avail_bytes{fstype=""}', true],
    ['node_filesystem_avail_bytes{device!~"/dev/mmc.*"}', true],
  ] as const)
    test(`${text} ${fits ? 'picks' : 'leaves'} it`, () =>
      assert.equal(selectorIn(text).matches(series), fits));

  for (const text of ['', '{a="1"}', 'a{b=1}', 'a{b="1"', 'a b', 'a{b=~"("}', 'rate(a)'])
    test(`“${text}” is refused`, () =>
      assert.throws(
        () => selectorIn(text),
        (thrown: unknown) => thrown instanceof FieldError && thrown.failure.code === 'bad-ask',
      ));
});

test('an export has its own labels beside a series’ own', () => {
  const own = { instance: 'cp1', site: 'Dome "C"' };
  assert.equal(withLabels('up', own), 'up{instance="cp1",site="Dome \\"C\\""}');
  assert.equal(
    withLabels('up{a=",instance=",instance="x"}', own),
    'up{a=",instance=",exported_instance="x",instance="cp1",site="Dome \\"C\\""}',
  );
});

test('times and numbers are written so that they come back', () => {
  assert.equal(secondsText(1795442714726), '1795442714.726');
  assert.equal(secondsText(1795442714000), '1795442714');
  assert.equal(secondsText(1795442714007), '1795442714.007');
  assert.equal(secondsText(-1500), '-1.500');
  assert.deepEqual([NaN, Infinity, -Infinity, -0, 1e21, 0.1].map(numberText), [
    'NaN',
    '+Inf',
    '-Inf',
    '-0',
    '1e+21',
    '0.1',
  ]);
});
