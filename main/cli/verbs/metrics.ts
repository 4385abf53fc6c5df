import type { Site } from '../../../preload/contract/domain.ts';
import type {
  HeldTarget,
  MetricsJob,
  MetricsLine,
  RecorderState,
  RecorderTarget,
} from '../../../preload/contract/metrics.ts';
import { metricsJobs } from '../../../preload/contract/metrics.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { At } from '../at.ts';
import type { Answer } from '../output.ts';
import type { Verb } from '../verb.ts';
import { plain, size, table } from '../words.ts';

const siteOption = {
  site: { value: 'SITE', says: 'Name or id of the site; may be left out when there is only one.' },
} as const;
const rangeOptions = {
  from: {
    value: 'TIME',
    says: 'From here on: 2026-11-23, 2026-11-23T08:00Z, or a span back like 12h or 7d.',
  },
  to: { value: 'TIME', says: 'Up to here; default now.' },
} as const;

const spanMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const badTime = (word: string): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: 'This is no time.',
    about: word,
    untouched: 'Nothing was read.',
    next: 'Write a day (2026-11-23), a UTC time (2026-11-23T08:00Z), or a span back: 30m, 12h, 7d, 2w.',
  });

/** Milliseconds since 1970. */
export function timeIn(word: string, now: number): number {
  const [, count, unit = ''] = /^(\d{1,4})([mhdw])$/.exec(word) ?? [];
  if (count !== undefined) return now - Number(count) * (spanMs[unit] ?? 0);
  const at = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z?)?$/.test(word)
    ? Date.parse(word.length > 10 && !word.endsWith('Z') ? `${word}Z` : word)
    : NaN;
  if (Number.isNaN(at)) throw badTime(word);
  return at;
}

const when = (iso: string | undefined): string =>
  iso === undefined ? '' : iso.slice(0, 19).replace('T', ' ');

const targetRow = (target: HeldTarget): readonly string[] => [
  plain(target.instance),
  target.job,
  String(target.scrapes),
  String(target.samples),
  size(target.bytes),
  when(target.first),
  when(target.last),
  String(target.days.length),
];

async function listed(at: At): Promise<Answer> {
  const site = await at.site(at.option('site'));
  const held = await at.call('metrics.list', { site: site.id });
  const doubtful = held.targets.reduce((sum, target) => sum + target.doubtful, 0);
  return {
    json: held,
    text:
      held.targets.length === 0
        ? `No metrics of ${site.name} are logged yet: \`coldstart metrics record\`.`
        : [
            table(
              ['NODE', 'JOB', 'SCRAPES', 'SAMPLES', 'ON DISK', 'FIRST (UTC)', 'LAST (UTC)', 'DAYS'],
              held.targets.map(targetRow),
            ),
            `${size(held.bytes)} in all.`,
            ...(doubtful > 0
              ? [`! ${doubtful} scrapes were taken while this laptop’s clock could not be right.`]
              : []),
            ...held.lost.map(each => `! Damaged and set aside: ${plain(each)}`),
          ].join('\n'),
  };
}

const asOf = (at: At): { is: 'value' } | { is: 'rate' } | { is: 'quantile'; percent: number } => {
  const percentile = at.option('quantile');
  if (percentile === undefined) return { is: at.has('rate') ? 'rate' : 'value' };
  const percent = /^\d{1,3}$/.test(percentile) ? Number(percentile) : 0;
  if (percent >= 1 && percent <= 100) return { is: 'quantile', percent };
  throw new FieldError({
    code: 'bad-ask',
    says: 'A quantile is a whole number from 1 to 100.',
    about: percentile,
    untouched: 'Nothing was read.',
    next: 'Write --quantile 99 for the value that 99 of 100 stay below.',
  });
};

function jobOf(word: string | undefined): { job?: MetricsJob } {
  if (word === undefined) return {};
  const job = metricsJobs.find(each => each === word);
  if (job) return { job };
  throw new FieldError({
    code: 'bad-ask',
    says: `There is no job “${word}”.`,
    untouched: 'Nothing was read.',
    next: `There is ${metricsJobs.join(', ')}.`,
  });
}

const number = (value: number | null | undefined): string =>
  value === null || value === undefined ? '' : Number(value.toPrecision(6)).toString();

/** The last value, the range, and how many points there are. */
const lineRow = (line: MetricsLine): readonly string[] => {
  const values = line.values.filter(value => value !== null);
  const low = line.low.filter(value => value !== null);
  const high = line.high.filter(value => value !== null);
  return [
    plain(line.instance),
    line.job,
    plain(line.name),
    number(values.at(-1)),
    number(low.length === 0 ? null : Math.min(...low)),
    number(high.length === 0 ? null : Math.max(...high)),
    String(values.length),
    line.resets > 0 ? String(line.resets) : '',
  ];
};

async function queried(at: At): Promise<Answer> {
  const site = await at.site(at.option('site'));
  const now = Date.now();
  const node = at.option('node');
  const answer = await at.call('metrics.query', {
    site: site.id,
    series: at.arg(0),
    as: asOf(at),
    ...jobOf(at.option('job')),
    ...(node === undefined ? {} : { node: (await at.node(node)).id }),
    from: timeIn(at.option('from') ?? '24h', now),
    to: at.option('to') === undefined ? now : timeIn(at.option('to') ?? '', now),
    points: 500,
  });
  const none = `Nothing of ${plain(at.arg(0))} was logged in that time.`;
  return {
    json: answer,
    text:
      answer.lines.length === 0
        ? none
        : [
            table(
              ['NODE', 'JOB', 'SERIES', 'LAST', 'LOWEST', 'HIGHEST', 'POINTS', 'RESETS'],
              answer.lines.map(lineRow),
            ),
            ...(answer.more > 0
              ? [`${answer.more} more series fit. Add labels to see others: ${plain(at.arg(0))}{…}`]
              : []),
            ...(answer.doubtful
              ? ['! Some of it was logged while this laptop’s clock could not be right.']
              : []),
            ...answer.lost.map(each => `! Damaged and left out: ${plain(each)}`),
          ].join('\n'),
    exit: answer.lines.length === 0 ? 1 : 0,
  };
}

async function exported(at: At): Promise<Answer> {
  const site = await at.site(at.option('site'));
  const out = at.option('out');
  if (out === undefined)
    throw new FieldError({
      code: 'bad-ask',
      says: 'It is not clear where the metrics should go.',
      untouched: 'Nothing was written.',
      next: 'Add --out FOLDER for one file a day, or --out FILE.om for one of all.',
    });
  const now = Date.now();
  const [from, to] = [at.option('from'), at.option('to')];
  const done = await at.call('metrics.export', {
    site: site.id,
    out: at.path(out),
    ...(from === undefined ? {} : { from: timeIn(from, now) }),
    ...(to === undefined ? {} : { to: timeIn(to, now) }),
  });
  return {
    json: done,
    text: [
      ...done.files.map(file => `  ${file.path}  ${file.samples} samples, ${size(file.bytes)}`),
      ...done.lost.map(each => `! Damaged and left out: ${plain(each)}`),
      done.samples === 0
        ? `✗ Nothing of ${site.name} was logged in that time.`
        : `✓ ${done.samples} samples in ${done.files.length} files, each with a compressed twin. Prometheus takes them:\n  promtool tsdb create-blocks-from openmetrics ${done.files[0]?.path ?? 'FILE'} DATA-FOLDER`,
    ].join('\n'),
    exit: done.samples === 0 ? 1 : 0,
  };
}

const standing = (target: RecorderTarget): readonly string[] => [
  plain(target.instance),
  target.job,
  target.failure === undefined ? String(target.samples ?? '') : '✗',
  target.by ?? '',
  `${target.everySeconds} s`,
  when(target.lastAt),
];

const recorderText = (state: RecorderState): string =>
  [
    table(['NODE', 'JOB', 'SAMPLES', 'BY', 'EVERY', 'LAST (UTC)'], state.targets.map(standing)),
    ...state.targets.flatMap(({ instance, job, failure, note }) => [
      ...(failure === undefined
        ? []
        : [`✗ ${plain(instance)} ${job}: ${plain(failure.says)} ${plain(failure.next ?? '')}`]),
      ...(note === undefined ? [] : [`! ${plain(instance)} ${job}: ${plain(note)}`]),
    ]),
  ].join('\n');

function wholeOption(at: At, name: string, usual: number, least: number, most: number): number {
  const word = at.option(name);
  if (word === undefined) return usual;
  const value = /^\d{1,6}$/.test(word) ? Number(word) : NaN;
  if (value >= least && value <= most) return value;
  throw new FieldError({
    code: 'bad-ask',
    says: `--${name} is a whole number from ${least} to ${most}.`,
    about: word,
    untouched: 'Nothing was begun.',
    next: 'Correct it and try again.',
  });
}

/** Host keys, passwords and rights are settled before the recorder begins: it asks nobody. */
async function settled(at: At, site: Site): Promise<void> {
  for (const node of await at.call('node.list', { site: site.id }))
    try {
      await at.call('node.look', { node: node.id }, node.id);
    } catch (thrown) {
      // One that does not answer now may do so later; the recorder tells it.
      if (!(thrown instanceof FieldError) || thrown.failure.code !== 'unreachable') throw thrown;
    }
}

async function recorded(at: At): Promise<Answer> {
  const site = await at.site(at.option('site'));
  const everySeconds = wholeOption(at, 'every', 30, 5, 3600);
  const wanted = wholeOption(at, 'scrapes', Infinity, 1, 100_000);
  await settled(at, site);
  if (at.has('full')) {
    const { samples, bytesADay, bytesFor35Days, free } = await at.call('recorder.budget', { site: site.id });
    at.output.say(
      `Everything is about ${samples} values each five minutes: ${size(bytesADay)} a day, ${size(bytesFor35Days)} for 35 days. ${size(free)} are free here.`,
    );
  }
  let state = await at.call('recorder.start', { site: site.id, everySeconds, full: at.has('full') });
  at.output.say(
    `Logging the metrics of ${site.name} every ${everySeconds} s. Ctrl-C ends it; what was logged stays.`,
  );
  try {
    for await (const news of at.listen('recorder.watch', { site: site.id })) {
      state = news;
      if (state.scrapes >= wanted) break;
      // Every node was tried and none gave anything: a fixed number of scrapes would never come.
      const tried = state.targets.length > 0 && state.targets.every(target => target.failure !== undefined);
      if (wanted !== Infinity && state.scrapes === 0 && tried) break;
    }
  } finally {
    state = await at.client.call('recorder.stop', { site: site.id }, {});
  }
  return {
    json: state,
    text: `${recorderText(state)}\n${state.scrapes > 0 ? '✓' : '✗'} ${state.scrapes} scrapes were logged.`,
    exit: state.scrapes > 0 ? 0 : 5,
  };
}

export const metricsVerbs: readonly Verb[] = [
  {
    name: 'metrics record',
    takes: [],
    says: 'Log the metrics of a site’s nodes on this laptop until it is stopped.',
    more: 'Examples:\n  coldstart metrics record --site "Dome C"\n  coldstart metrics record --every 10 --scrapes 20',
    options: {
      ...siteOption,
      every: { value: 'SECONDS', says: 'How often, from 5 to 3600; default 30.' },
      scrapes: { value: 'N', says: 'End by itself after so many scrapes.' },
      full: { says: 'Keep every series, not only those that matter. Takes about 40 times the room.' },
    },
    run: recorded,
  },
  {
    name: 'metrics list',
    takes: [],
    says: 'Show what was logged: nodes, jobs, days, and what it takes on this laptop’s disk.',
    options: siteOption,
    run: listed,
  },
  {
    name: 'metrics query',
    takes: ['SERIES'],
    says: 'Show logged values of the series that fit.',
    more: [
      'SERIES is a metric’s name, with labels as Prometheus writes them. Examples:',
      '  coldstart metrics query node_load1',
      `  coldstart metrics query 'node_filesystem_avail_bytes{mountpoint="/"}' --from 7d`,
      '  coldstart metrics query node_network_receive_bytes_total --rate',
      '  coldstart metrics query etcd_disk_wal_fsync_duration_seconds_bucket --quantile 99',
    ].join('\n'),
    options: {
      ...siteOption,
      ...rangeOptions,
      node: { value: 'NODE', says: 'Only of this node.' },
      job: { value: 'JOB', says: `Only of this job: ${metricsJobs.join(', ')}.` },
      rate: { says: 'How much a counter grows each second.' },
      quantile: { value: 'PERCENT', says: 'Of a histogram’s buckets: the value so many of 100 stay below.' },
    },
    run: queried,
  },
  {
    name: 'metrics export',
    takes: [],
    says: 'Write logged metrics as OpenMetrics text that Prometheus takes.',
    more: 'Example: coldstart metrics export --from 7d --out metrics',
    options: {
      ...siteOption,
      ...rangeOptions,
      out: {
        value: 'PATH',
        says: 'A folder: one file for each UTC day. A name ending in .om: one file of all.',
      },
    },
    run: exported,
  },
];
