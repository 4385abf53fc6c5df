import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MetricsLine } from '../../../preload/contract/metrics.ts';
import {
  aligned,
  csvOf,
  lastOf,
  lineNames,
  svgOf,
  told,
  unitOf,
} from '../../../renderer/features/metrics/series.ts';
import { isCounter, rangeAt } from '../../../renderer/features/metrics/store.ts';

const line = (name: string, times: number[], values: (number | null)[], instance = 'cp1'): MetricsLine => ({
  name,
  job: 'node',
  node: instance,
  instance,
  times,
  values,
  low: values,
  high: values,
  resets: 0,
});

test('numbers are told in the unit a person reads', () => {
  assert.deepEqual(
    [
      told(0, 'bytes'),
      told(1536, 'bytes'),
      told(3.2e10, 'bytes'),
      told(0.0042, 'seconds'),
      told(0.00004, 'seconds'),
      told(90_000, 'days'),
      told(5_270_400, 'days'),
      told(41.26, 'celsius'),
      told(1, 'yes'),
      told(0, 'yes'),
      told(1_234_567, 'count'),
    ],
    ['0 B', '1.5 KiB', '29.8 GiB', '4.2 ms', '40 µs', '25 h', '61 d', '41.3 °C', '✓', '✗', '1.23 M'],
  );
});

test('a metric’s unit is read off its name', () => {
  assert.deepEqual(
    [
      unitOf('node_filesystem_avail_bytes', false),
      unitOf('node_network_receive_bytes_total', true),
      unitOf('etcd_disk_wal_fsync_duration_seconds_bucket', false),
      unitOf('node_boot_time_seconds', false),
      unitOf('node_cpu_seconds_total', true),
      unitOf('node_hwmon_temp_celsius', false),
    ],
    ['bytes', 'bytes', 'seconds', 'count', 'count', 'celsius'],
  );
  assert.equal(isCounter('node_cpu_seconds_total'), true);
  assert.equal(isCounter('node_load1'), false);
});

suite('lines of a chart', () => {
  const lines = [
    line('m{device="a",job="x"}', [1000, 2000, 4000], [1, null, 3]),
    line('m{device="b",job="x"}', [1000, 3000], [5, 6]),
  ];

  test('share their times; where one has no point there is none, and a gap stays a gap', () => {
    assert.deepEqual(aligned(lines), {
      times: [1, 2, 3, 4],
      values: [
        [1, null, undefined, 3],
        [5, undefined, 6, undefined],
      ],
    });
  });

  test('are named by what tells them apart', () => {
    assert.deepEqual(lineNames(lines), ['a', 'b']);
    assert.deepEqual(lineNames([line('m', [1], [1]), line('m', [1], [1], 'cp2')]), ['cp1', 'cp2']);
    assert.deepEqual(lineNames([line('m', [1], [1]), line('n', [1], [1])], { m: 'size' }), ['size', 'n']);
    assert.deepEqual(lineNames([line('m', [1], [1])]), ['cp1']);
  });

  test('end with their last value that is no gap', () => {
    assert.equal(lastOf(line('m', [1, 2], [7, null])), 7);
    assert.equal(lastOf(line('m', [1], [null])), undefined);
  });

  test('are saved as a table that a spreadsheet reads', () => {
    assert.equal(
      csvOf([line('m{device="a"}', [0, 1000], [1, null])]),
      'time,"cp1 m{device=""a""}"\r\n1970-01-01T00:00:00.000Z,1\r\n1970-01-01T00:00:01.000Z,\r\n',
    );
  });

  test('are saved as a picture in which a gap breaks the line and a name is no markup', () => {
    const svg = svgOf('Disk <free>', [line('m', [0, 1000, 2000, 3000], [1, 2, null, 3])], ['a & b'], 'count');
    assert.match(svg, /Disk &lt;free&gt;/);
    assert.match(svg, /a &amp; b/);
    const [, path = ''] = /<path d="(M80[^"]*)" fill="none"/.exec(svg) ?? [];
    assert.equal(path.match(/M/g)?.length, 2);
    assert.doesNotMatch(svg, /NaN|undefined/);
  });
});

test('a range is a span that ends now, or what was drawn', () => {
  assert.deepEqual(rangeAt({ is: 'last', span: '1h' }, 10_000_000), { from: 6_400_000, to: 10_000_000 });
  assert.deepEqual(rangeAt({ is: 'zoomed', from: 1, to: 2, before: '1h' }, 9), { from: 1, to: 2 });
});
