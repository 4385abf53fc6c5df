import type { MetricsJob, OverviewPanelName } from '../../../preload/contract/metrics.ts';
import type { SpanName } from '../../features/metrics/store.ts';
import { between } from './between.ts';

const jobs: Record<MetricsJob, string> = {
  k3s: 'K3s',
  cadvisor: 'containers',
  resource: 'pods',
  etcd: 'etcd',
  node: 'machine',
  wear: 'disk wear',
  wan: 'way out',
  recorder: 'logged on the node',
};
const ways: Readonly<Record<string, string>> = {
  tunnel: 'over SSH',
  kubectl: 'by kubectl on the node',
  curl: 'by curl on the node',
  wget: 'by wget on the node',
  shell: 'read from the kernel',
};
const panels: Record<OverviewPanelName, { readonly title: string; readonly says: string }> = {
  up: { title: 'Answers', says: '✓ while a part of a node gives its metrics.' },
  api: { title: 'API latency', says: '99 of 100 requests were faster.' },
  fsync: { title: 'etcd: write to disk', says: '99 of 100 were faster. Above 10 ms the disk is too slow.' },
  commit: { title: 'etcd: commit', says: '99 of 100 were faster. Above 25 ms the disk is too slow.' },
  db: { title: 'etcd: size', says: 'Of the database, what of it is used, and what it may be.' },
  leader: {
    title: 'etcd: leader changes',
    says: 'Seen since the server started. Each is a moment without a leader.',
  },
  disk: { title: 'Disk free', says: 'For files of K3s and yours.' },
  wear: { title: 'Disk wear', says: 'How much of its life a disk or card has used.' },
  memory: { title: 'Memory free', says: 'What programs can still get.' },
  temperature: { title: 'Temperature', says: 'Of the machine’s own sensors.' },
  wan: { title: 'Way out', says: 'How long an answer from outside takes.' },
  snapshot: { title: 'Age of the newest snapshot', says: 'On the node itself.' },
  certificates: { title: 'Certificates', says: 'How long each is still good.' },
};
const spans: Record<SpanName, string> = {
  '1h': '1 hour',
  '6h': '6 hours',
  '24h': '1 day',
  '7d': '1 week',
  '35d': '5 weeks',
};

/** Words of "Metrics". */
export const metrics = {
  title: 'Metrics',
  says: 'What the nodes of this site measured. Look here for what is about to go wrong before the next visit.',
  noSite: 'There is no site yet',
  noSiteSays: 'Add a site and its nodes first.',
  toSites: 'To sites and nodes',
  jobs,
  ways,
  panels,
  spans,
  lines: {
    etcd_mvcc_db_total_size_in_bytes: 'on disk',
    etcd_mvcc_db_total_size_in_use_in_bytes: 'in use',
    etcd_server_quota_backend_bytes: 'may be',
    coldstart_wan_rtt_seconds: 'answer',
    coldstart_wan_up: 'reached',
  } as Readonly<Record<string, string>>,
  recorder: 'Recorder',
  start: 'Start logging',
  starting: 'Logging in to the nodes',
  stop: 'Stop logging',
  recording: (seconds: number, scrapes: string): string =>
    `Logging every ${seconds} seconds, ${scrapes === '1' ? 'one scrape' : `${scrapes} scrapes`} so far. It goes on while Coldstart is open; nothing is installed on the nodes.`,
  notRecording:
    'Not logging now. While it logs, this laptop asks every node for its metrics; nothing is installed there.',
  everything: 'Keep every value, not only those that matter',
  everythingSays: (day: string, all: string, free: string): string =>
    `About ${day} a day on this laptop, ${all} for 35 days. ${free} are free.`,
  scrapes: 'How the last scrapes went',
  came: (samples: string, way: string): string => `${samples} values ${way},`,
  findings: 'What the metrics show',
  findingsSays: 'By fixed rules, from the newest values. The doctor looks deeper.',
  range: 'Time shown',
  zoomed: 'Drawn',
  zoomOut: 'Back',
  nothing: 'Nothing was logged in this time',
  nothingSays: 'Start logging, or choose a longer time. Charts appear with the second scrape.',
  search: 'Any metric',
  searchSays: 'Everything that was logged can be drawn. Words are looked for in names and labels.',
  searchLabel: 'Part of a name or label',
  found: 'Metrics found',
  nothingFound: 'No metric has that in its name or labels.',
  series: (n: number): string => (n === 1 ? '1 series' : `${n} series`),
  asQuantile: '99 of 100 were below this line.',
  asRate: 'How much it grows each second. It is a counter.',
  asValue: 'As it was measured.',
  closeChart: 'Close this chart',
  worn: (disk: string, percent: number): string => `${disk}: ${percent} % of its life used.`,
  wearEnds: (at: string, earliest: string, latest: string | undefined): string =>
    `At this pace it ends about ${at}, at the earliest ${earliest}${latest === undefined ? '' : `, at the latest ${latest}`}.`,
  wearUnknown: 'When it ends cannot be told yet: no step of wear was seen while it was watched.',
  marks: 'What happened meanwhile',
  marksSays: 'Dashed lines in the charts.',
  png: 'PNG',
  svg: 'SVG',
  csv: 'CSV',
  andMore: (n: number): string => `and ${n} more`,
  more: (n: number): string => `${n} more series fit and are not drawn.`,
  doubtful: 'Some of it was logged while this laptop’s clock could not be right.',
  lost: (n: number): string =>
    n === 1
      ? 'One stored piece is damaged and was left out.'
      : `${n} stored pieces are damaged and were left out.`,
  export: 'Save for Prometheus',
  exportSays: 'Choose a folder. It gets one OpenMetrics file for each day, and a compressed twin of each.',
  exportGo: 'Save here',
  exporting: 'Writing metrics',
  exported: 'The metrics were written.',
  between,
};
