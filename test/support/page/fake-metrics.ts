import type { CallHandlers, FeedHandlers } from '../../../main/bridge/handlers.ts';
import type {
  MetricsAnswer,
  MetricsJob,
  MetricsLine,
  OverviewPanel,
  OverviewPanelName,
  RecorderState,
} from '../../../preload/contract/metrics.ts';
import type { Reachability, WanSeen } from '../../../preload/contract/wan.ts';
import * as made from './made-up.ts';

type Names =
  | 'metrics.overview'
  | 'metrics.search'
  | 'metrics.query'
  | 'metrics.export'
  | 'recorder.budget'
  | 'recorder.start'
  | 'recorder.stop'
  | 'recorder.pull'
  | 'wan.targets'
  | 'wan.seen';

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A wave with noise that is the same each time, and a gap where the laptop was away. */
function line(
  name: string,
  { from, to }: Span,
  of: (part: number) => number,
  instance = 'summit-1',
  job: MetricsJob = 'node',
): MetricsLine {
  const count = 160;
  const times = Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
  let noise = 17;
  const values = times.map((_, i) => {
    noise = (noise * 48_271) % 2_147_483_647;
    const part = i / (count - 1);
    return part > 0.55 && part < 0.62 ? null : of(part) * (0.96 + (noise / 2_147_483_647) * 0.08);
  });
  return {
    name,
    job,
    node: made.nodes.summit,
    instance,
    times,
    values,
    low: values,
    high: values,
    resets: 0,
  };
}

const answer = (...lines: MetricsLine[]): MetricsAnswer => ({ lines, more: 0, doubtful: false, lost: [] });
const GiB = 2 ** 30;

function panels(span: Span): readonly OverviewPanel[] {
  const wave = (part: number): number => Math.sin(part * 12);
  const panel = (name: OverviewPanelName, ...lines: MetricsLine[]): OverviewPanel => ({
    panel: name,
    ...answer(...lines),
  });
  return [
    panel(
      'up',
      line('up', span, () => 1),
    ),
    panel(
      'api',
      line('apiserver_request_duration_seconds', span, part => 0.02 + 0.01 * wave(part)),
    ),
    panel(
      'fsync',
      line('etcd_disk_wal_fsync_duration_seconds', span, part => 0.004 + 0.02 * part ** 4),
    ),
    panel(
      'commit',
      line('etcd_disk_backend_commit_duration_seconds', span, part => 0.009 + 0.004 * wave(part)),
    ),
    panel(
      'db',
      line('etcd_mvcc_db_total_size_in_bytes', span, part => (0.4 + 0.2 * part) * GiB),
      line('etcd_mvcc_db_total_size_in_use_in_bytes', span, part => (0.3 + 0.1 * part) * GiB),
      line('etcd_server_quota_backend_bytes', span, () => 2 * GiB),
    ),
    panel(
      'disk',
      line(
        'node_filesystem_avail_bytes{device="/dev/mmcblk0p2",mountpoint="/"}',
        span,
        part => (9 - 4 * part) * GiB,
      ),
      line(
        'node_filesystem_avail_bytes{device="/dev/nvme0n1p1",mountpoint="/var/lib/rancher"}',
        span,
        () => 71 * GiB,
      ),
    ),
    panel(
      'wear',
      line('coldstart_emmc_life_used_ratio{device="mmcblk0",kind="a"}', span, part => 0.6 + 0.1 * part),
    ),
    panel(
      'memory',
      line('node_memory_MemAvailable_bytes', span, part => (2.4 + 0.4 * wave(part)) * GiB),
    ),
    panel(
      'temperature',
      line('node_hwmon_temp_celsius{chip="cpu",sensor="temp1"}', span, part => 48 + 6 * wave(part)),
      line('node_hwmon_temp_celsius{chip="nvme",sensor="temp1"}', span, part => 41 + 3 * wave(part)),
    ),
    panel(
      'certificates',
      line(
        'coldstart_certificate_not_after_seconds{file="server/tls/client-admin.crt"}',
        span,
        () => 86_400 * 61,
      ),
    ),
  ];
}

const found = [
  { metric: 'node_network_receive_bytes_total', job: 'node', series: 2 },
  { metric: 'node_network_transmit_bytes_total', job: 'node', series: 2 },
  { metric: 'container_network_receive_bytes_total', job: 'cadvisor', series: 41 },
] as const;

/** The way out from a node and from the laptop, with an outage of two hours. */
function wan({ from, to }: Span): readonly WanSeen[] {
  const reached = (target: string, availability: number): Reachability => ({
    target,
    probes: 1440,
    availability,
    watchedMs: to - from,
    outages: [{ from: from + 5_000_000, to: from + 12_200_000 }],
    flaps: 3,
    isUp: true,
    rtt: { median: 0.614, p95: 0.92 },
  });
  const targets = [reached('192.0.2.1', 0.9166), reached('hq.example.org:443', 0.9098)];
  return ['summit-1', 'laptop'].map(place => ({ from: place, any: reached('any', 0.9166), targets }));
}

/** Metrics of a site. Scenarios: `metrics-none` (nothing was logged), `metrics-recording`, `metrics-failing`. */
export function metricsStandIn(scenario: string): {
  readonly calls: Pick<CallHandlers, Names>;
  readonly feeds: Pick<FeedHandlers, 'recorder.watch'>;
} {
  const none = scenario === 'metrics-none';
  const target = { node: made.nodes.summit, instance: 'summit-1', everySeconds: 30, lastAt: made.ago(0) };
  const state = (recording: boolean): RecorderState => ({
    site: made.sites.north,
    recording,
    everySeconds: 30,
    full: false,
    scrapes: recording ? 1284 : 0,
    targets: !recording
      ? []
      : [
          { ...target, job: 'etcd', by: 'tunnel', samples: 148 },
          { ...target, job: 'k3s', by: 'kubectl', everySeconds: 300, samples: 1902 },
          scenario === 'metrics-failing'
            ? {
                ...target,
                job: 'node',
                failure: {
                  code: 'timed-out',
                  says: 'No answer came within 20 seconds.',
                  about: 'summit-1, port 9100/metrics',
                  untouched: 'Nothing was changed on the node.',
                  next: 'It is asked again next time. A node that swaps or whose disk hangs answers late.',
                },
              }
            : { ...target, job: 'node', by: 'shell', samples: 96 },
          {
            ...target,
            job: 'wear',
            by: 'shell',
            samples: 4,
            note: 'the laptop’s clock went back by 3600 seconds since the scrape before.',
          },
        ],
  });
  let recording = /metrics-(?:recording|failing)/.test(scenario);
  return {
    calls: {
      'metrics.overview': ({ from, to }) => ({
        panels: none ? [] : panels({ from, to }),
        wear: none
          ? []
          : [
              {
                instance: 'summit-1',
                device: 'mmcblk0',
                used: 0.7,
                ends: {
                  perDay: 0.0011,
                  at: made.ago(-270 * 1440),
                  earliest: made.ago(-140 * 1440),
                  latest: made.ago(-900 * 1440),
                },
              },
            ],
        marks: none
          ? []
          : [
              { at: from + (to - from) * 0.3, is: 'run', says: 'Free disk space' },
              { at: from + (to - from) * 0.62, is: 'reboot', says: 'summit-1 started' },
            ],
        findings: none
          ? []
          : [
              {
                rule: 'disk-fills',
                grade: 'bad',
                instance: 'summit-1',
                says: 'The disk at / will be full in about 5 days, before anybody is here again.',
                next: 'Ask the doctor: it shows what can go.',
                seen: 'node_filesystem_avail_bytes{mountpoint="/"}',
              },
              {
                rule: 'fsync-slow',
                grade: 'warn',
                instance: 'summit-1',
                says: 'etcd waits 24 ms for its disk (99 of 100 writes are faster); 10 ms is what it needs.',
                next: 'A slow or worn disk makes the cluster lose its leader. Look at the disk’s wear and at what else writes to it.',
                seen: 'etcd_disk_wal_fsync_duration_seconds',
              },
            ],
      }),
      'metrics.search': ({ words }) => (none ? [] : found.filter(each => each.metric.includes(words))),
      'metrics.query': ({ series, from, to }) =>
        answer(
          line(`${series}{device="eth0"}`, { from, to }, part => 40_000 + 20_000 * Math.sin(part * 20)),
          line(`${series}{device="wwan0"}`, { from, to }, part => 3000 + 2000 * Math.cos(part * 9)),
        ),
      'metrics.export': ({ out }) => ({
        files: [{ path: `${out}/2026-11-23.om`, bytes: 41_000_000, samples: 310_000 }],
        samples: 310_000,
        bytes: 41_000_000,
        lost: [],
      }),
      'recorder.pull': () => ({
        there: !none,
        samples: 8064,
        bytes: 1_400_000,
        unplaced: 12,
        clockJumps: 1,
        left: ['00000031.gz is damaged.'],
      }),
      'wan.targets': ({ targets }) => ({ targets: targets ?? (none ? '' : '192.0.2.1 hq.example.org:443') }),
      'wan.seen': ({ from, to }) => (none ? [] : wan({ from, to })),
      'recorder.budget': () => ({
        samples: 210_000,
        bytesADay: 120_000_000,
        bytesFor35Days: 4_200_000_000,
        free: 81_000_000_000,
      }),
      'recorder.start': () => {
        recording = true;
        return state(true);
      },
      'recorder.stop': () => {
        recording = false;
        return state(false);
      },
    },
    feeds: {
      async *'recorder.watch'(_, signal) {
        let shown: boolean | undefined;
        while (!signal.aborted) {
          if (shown !== recording) {
            shown = recording;
            yield state(recording);
          }
          await new Promise(go => setTimeout(go, 50));
        }
      },
    },
  };
}
