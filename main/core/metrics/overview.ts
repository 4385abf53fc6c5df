import type { MetricsAnswer, OverviewPanelName } from '../../../preload/contract/metrics.ts';
import type { SeriesAsk } from './ask.ts';

type PanelAsk = Pick<SeriesAsk, 'series' | 'as' | 'job'>;

/** File systems that are no disk of the node's own. */
export const noDisk = 'tmpfs|ramfs|overlay|squashfs|iso9660|devtmpfs|nsfs|autofs|fuse.*|vfat';

/** What each chart of the site overview is made of. A series that nobody logs leaves its chart out. */
export const overviewAsks: Readonly<Record<OverviewPanelName, readonly PanelAsk[]>> = {
  up: [{ series: 'up', as: 'value' }],
  api: [
    {
      series: 'apiserver_request_duration_seconds_bucket{verb!~"WATCH|CONNECT|WATCHLIST"}',
      as: { quantile: 0.99 },
      job: 'k3s',
    },
  ],
  fsync: [{ series: 'etcd_disk_wal_fsync_duration_seconds_bucket', as: { quantile: 0.99 } }],
  commit: [{ series: 'etcd_disk_backend_commit_duration_seconds_bucket', as: { quantile: 0.99 } }],
  db: [
    { series: 'etcd_mvcc_db_total_size_in_bytes', as: 'value' },
    { series: 'etcd_mvcc_db_total_size_in_use_in_bytes', as: 'value' },
    { series: 'etcd_server_quota_backend_bytes', as: 'value' },
  ],
  leader: [{ series: 'etcd_server_leader_changes_seen_total', as: 'value' }],
  disk: [{ series: `node_filesystem_avail_bytes{fstype!~"${noDisk}"}`, as: 'value' }],
  wear: [
    { series: 'coldstart_emmc_life_used_ratio', as: 'value' },
    { series: 'smartctl_device_percentage_used', as: 'value' },
  ],
  memory: [{ series: 'node_memory_MemAvailable_bytes', as: 'value' }],
  temperature: [
    { series: 'node_hwmon_temp_celsius', as: 'value' },
    { series: 'node_thermal_zone_temp', as: 'value' },
  ],
  wan: [
    { series: 'coldstart_wan_rtt_seconds', as: 'value' },
    { series: 'coldstart_wan_up', as: 'value' },
  ],
  snapshot: [{ series: 'coldstart_snapshot_newest_seconds', as: 'age' }],
  certificates: [{ series: 'coldstart_certificate_not_after_seconds', as: 'left' }],
};

/** Joins the answers of one chart's questions. */
export const joinedAnswers = (answers: readonly MetricsAnswer[]): MetricsAnswer => ({
  lines: answers.flatMap(({ lines }) => lines),
  more: answers.reduce((sum, { more }) => sum + more, 0),
  doubtful: answers.some(({ doubtful }) => doubtful),
  lost: answers.flatMap(({ lost }) => lost),
});
