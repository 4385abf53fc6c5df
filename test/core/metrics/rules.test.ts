import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MetricsLine } from '../../../preload/contract/metrics.ts';
import { keepsSeries } from '../../../main/core/metrics/keep-list.ts';
import { daysToDrop } from '../../../main/core/metrics/retention.ts';
import { findingsIn, ruleAsks, runsOutAt } from '../../../main/core/metrics/rules.ts';
import { namedIn } from '../../../main/core/metrics/series-name.ts';
import { diskWear } from '../../../main/core/metrics/wear/forecast.ts';
import { smartText } from '../../../main/core/metrics/wear/smartctl.ts';

const hour = 3_600_000;
const day = 24 * hour;
const now = Date.parse('2026-11-23T12:00:00Z');
const context = { now, nextVisit: now + 7 * day };

/** A line of the last hours with these values, the newest last. */
function line(name: string, values: readonly (number | null)[], stepMs = hour / 12): MetricsLine {
  const times = values.map((_, i) => now - (values.length - 1 - i) * stepMs);
  return {
    name,
    job: 'node',
    node: 'n1',
    instance: 'cp1',
    times,
    values,
    low: values,
    high: values,
    resets: 0,
  };
}

/** What the rules find when the store answers with these lines. */
const found = (...lines: MetricsLine[]): string[] =>
  findingsIn(
    ruleAsks(now).map(({ series }) => {
      const metric = series.replace(/[{].*$/s, '');
      return { lines: lines.filter(each => each.name.replace(/[{].*$/s, '') === metric) };
    }),
    context,
  ).map(({ rule, grade }) => `${rule} ${grade}`);

suite('the rules', () => {
  test('say nothing about a node that is well', () => {
    assert.deepEqual(
      found(
        line('up', [1, 1]),
        line('etcd_disk_wal_fsync_duration_seconds_bucket', [0.002, 0.004, 0.003]),
        line('etcd_mvcc_db_total_size_in_bytes', [1e8]),
        line('etcd_server_quota_backend_bytes', [2e9]),
        line('node_filesystem_avail_bytes{mountpoint="/"}', [6e10, 6e10]),
        line('node_filesystem_size_bytes{mountpoint="/"}', [1e11]),
        line('coldstart_certificate_not_after_seconds{file="a.crt"}', [90 * 86_400]),
        line('node_timex_offset_seconds', [0.001]),
      ),
      [],
    );
  });

  for (const [what, lines, rules] of [
    [
      'a slow disk under etcd',
      [line('etcd_disk_wal_fsync_duration_seconds_bucket', [0.02, 0.03, 0.02])],
      ['fsync-slow warn'],
    ],
    ['a very slow one', [line('etcd_disk_wal_fsync_duration_seconds_bucket', [0.3])], ['fsync-slow bad']],
    [
      'one slow write among fast ones is none',
      [line('etcd_disk_wal_fsync_duration_seconds_bucket', [0.002, 0.9, 0.002])],
      [],
    ],
    [
      'a database near its limit',
      [line('etcd_mvcc_db_total_size_in_bytes', [1.99e9]), line('etcd_server_quota_backend_bytes', [2e9])],
      ['db-near-quota bad'],
    ],
    [
      'leaders that come and go',
      [line('etcd_server_leader_changes_seen_total', [1, 2, 5])],
      ['leader-changes warn'],
    ],
    ['no leader', [line('etcd_server_has_leader', [1, 0])], ['no-leader bad']],
    [
      'a certificate that ends before the next visit',
      [line('coldstart_certificate_not_after_seconds{file="a"}', [5 * 86_400])],
      ['certificate-ends bad'],
    ],
    [
      'one that ends soon after it',
      [line('coldstart_certificate_not_after_seconds{file="a"}', [20 * 86_400])],
      ['certificate-ends warn'],
    ],
    [
      'a full disk',
      [
        line('node_filesystem_avail_bytes{mountpoint="/"}', [2e9]),
        line('node_filesystem_size_bytes{mountpoint="/"}', [1e11]),
      ],
      ['disk-fills bad'],
    ],
    ['a read-only disk', [line('node_filesystem_readonly{mountpoint="/"}', [1])], ['read-only bad']],
    ['a clock beside ours', [line('coldstart_clock_offset_seconds', [-3600])], ['clock-off bad']],
    ['one that is right beside ours', [line('coldstart_clock_offset_seconds', [0])], []],
    ['a wrong clock', [line('node_timex_offset_seconds', [-42])], ['clock-off bad']],
    [
      'little memory',
      [line('node_memory_MemAvailable_bytes', [1e8]), line('node_memory_MemTotal_bytes', [8e9])],
      ['memory-low warn'],
    ],
    ['a hot machine', [line('node_hwmon_temp_celsius{sensor="t"}', [40, 91, 60])], ['hot warn']],
    ['a worn card', [line('coldstart_emmc_life_used_ratio{device="mmcblk0"}', [0.9])], ['worn warn']],
    ['a target that is gone', [line('up', [1, 0])], ['scrape-fails warn']],
    ['a gap at the end is no value', [line('up', [1, null])], []],
  ] as const)
    test(`${what}: ${rules.join(', ') || 'nothing'}`, () => assert.deepEqual(found(...lines), rules));

  test('a disk that fills tells when, whatever one deleted file did', () => {
    const falling = Array.from({ length: 72 }, (_, i) => 40e9 - i * 3e8 + (i === 40 ? 9e9 : 0));
    const at = runsOutAt(line('x', falling, hour)) ?? 0;
    const wanted = now + ((falling.at(-1) ?? 0) / 3e8) * hour;
    assert.ok(Math.abs(at - wanted) < 6 * hour, `${(at - wanted) / hour} hours off`);
    assert.equal(runsOutAt(line('x', [3, 2, 1], hour)), undefined);
    assert.equal(
      runsOutAt(
        line(
          'x',
          Array.from({ length: 30 }, () => 5),
          hour,
        ),
      ),
      undefined,
    );
    assert.deepEqual(
      found(
        line('node_filesystem_avail_bytes{mountpoint="/"}', falling, hour),
        line('node_filesystem_size_bytes{mountpoint="/"}', [1e11]),
      ),
      ['disk-fills warn'],
    );
  });
});

suite('what is kept by default', () => {
  const keeps = (series: string): boolean => {
    const named = namedIn(series);
    assert.ok(named, series);
    return keepsSeries(named.name, named.labels);
  };
  for (const series of [
    'up',
    'node_load1',
    'etcd_disk_wal_fsync_duration_seconds_bucket{le="0.01"}',
    'etcd_server_quota_backend_bytes',
    'apiserver_request_duration_seconds_bucket{resource="pods",verb="GET",le="0.5"}',
    'apiserver_request_total{code="500",resource="widgets",verb="GET"}',
    'container_memory_working_set_bytes{container="app",pod="p"}',
    'container_network_receive_bytes_total{interface="eth0",pod="p"}',
    'k3s_certificate_expiration_seconds{subject="a"}',
    'workqueue_depth{name="x"}',
  ])
    test(`${series} is`, () => assert.equal(keeps(series), true));
  for (const series of [
    'apiserver_request_duration_seconds_bucket{resource="widgets",verb="GET",le="0.5"}',
    'apiserver_request_duration_seconds_bucket{resource="pods",verb="WATCH",le="0.5"}',
    'apiserver_request_duration_seconds_bucket{resource="pods",verb="GET",le="0.35"}',
    'apiserver_request_total{code="200",resource="pods",verb="GET"}',
    'container_memory_working_set_bytes{id="/system.slice"}',
    'container_network_receive_bytes_total{interface="veth1"}',
    'go_gc_duration_seconds{quantile="0.5"}',
    'apiserver_flowcontrol_seat_fair_frac',
  ])
    test(`${series} is not`, () => assert.equal(keeps(series), false));
});

suite('days that may go', () => {
  const days = ['1970-01-01', '2026-10-01', '2026-10-18', '2026-10-19', '2026-11-22', '2031-05-05'];
  const facts = { now, clockDoubtful: false, exportDue: false };
  test('are those older than 35 days, where nothing is exported', () =>
    assert.deepEqual(daysToDrop(days, facts), ['2026-10-01', '2026-10-18']));
  test('wait for headquarters where exports are due', () => {
    assert.deepEqual(daysToDrop(days, { ...facts, exportDue: true }), []);
    const confirmedUntil = Date.parse('2026-10-10T00:00:00Z');
    assert.deepEqual(daysToDrop(days, { ...facts, exportDue: true, confirmedUntil }), ['2026-10-01']);
  });
  test('are none while the clock cannot be right', () =>
    assert.deepEqual(daysToDrop(days, { ...facts, clockDoubtful: true }), []));
});

suite('the wear of a disk', () => {
  const points = (
    used: (i: number) => number,
    name = 'coldstart_emmc_life_used_ratio{device="mmcblk0",kind="a"}',
  ) =>
    line(
      name,
      Array.from({ length: 35 }, (_, i) => used(i)),
      day,
    );

  test('told in tenths, its end has the width of a tenth', () => {
    const [disk] = diskWear([points(i => (i < 20 ? 0.5 : 0.6))]);
    assert.equal(disk?.used, 0.6);
    assert.ok(disk.ends);
    const [at, earliest] = [disk.ends.at, disk.ends.earliest].map(Date.parse) as [number, number];
    assert.ok(earliest < at && earliest > now);
    // Of one step nobody knows how long it took: there is no latest.
    assert.equal(disk.ends.latest, undefined);
  });

  test('told in hundredths and watched for long, it is narrow, and the true end lies within', () => {
    const [disk] = diskWear([
      points(i => 20 + Math.floor(i * 0.5), 'smartctl_device_percentage_used{device="nvme0"}'),
    ]);
    assert.ok(disk?.ends?.latest);
    const truth = now + ((100 - 37) / 0.5) * day;
    assert.ok(Date.parse(disk.ends.earliest) <= truth && truth <= Date.parse(disk.ends.latest));
    assert.ok(Math.abs(Date.parse(disk.ends.at) - truth) < 20 * day);
  });

  test('without a step seen, or watched for two days, no end is told', () => {
    assert.equal(diskWear([points(() => 0.3)])[0]?.ends, undefined);
    assert.equal(
      diskWear([line('coldstart_emmc_life_used_ratio{device="a"}', [0.3, 0.4, 0.5], day / 2)])[0]?.ends,
      undefined,
    );
  });

  test('of two kinds of cells the one that is worn more counts', () => {
    const disks = diskWear([
      points(() => 0.2),
      points(() => 0.7, 'coldstart_emmc_life_used_ratio{device="mmcblk0",kind="b"}'),
    ]);
    assert.deepEqual(
      disks.map(disk => disk.used),
      [0.7],
    );
  });
});

test('smartctl’s answer is told under the names of its exporter', () => {
  const told = smartText(
    'nvme0n1',
    JSON.stringify({
      smart_status: { passed: true },
      temperature: { current: 41 },
      power_on_time: { hours: 10 },
      nvme_smart_health_information_log: {
        percentage_used: 7,
        available_spare: 100,
        critical_warning: 0,
        media_errors: 0,
        data_units_written: 3,
      },
    }),
  );
  assert.match(told, /^smartctl_device_smart_status\{device="nvme0n1"\} 1$/m);
  assert.match(told, /^smartctl_device_percentage_used\{device="nvme0n1"\} 7$/m);
  assert.match(told, /^smartctl_device_bytes_written\{device="nvme0n1"\} 1536000$/m);
  assert.match(told, /^smartctl_device_power_on_seconds\{device="nvme0n1"\} 36000$/m);
  const ata = smartText(
    'sda',
    JSON.stringify({
      ata_smart_attributes: {
        table: [{ id: 177, name: 'Wear_Leveling_Count', value: 94, thresh: 0, raw: { value: 61 } }],
      },
    }),
  );
  assert.match(
    ata,
    /^smartctl_device_attribute\{attribute_id="177",attribute_name="Wear_Leveling_Count",attribute_value_type="raw",device="sda"\} 61$/m,
  );
  assert.equal(smartText('sda', 'no json'), '');
});
