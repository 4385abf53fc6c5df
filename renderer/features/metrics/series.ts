import type { MetricsLine, OverviewPanelName } from '../../../preload/contract/metrics.ts';

/** How the numbers of a chart are told. */
export type Unit = 'bytes' | 'seconds' | 'days' | 'percent' | 'celsius' | 'count' | 'yes';

export const panelUnits: Record<OverviewPanelName, Unit> = {
  up: 'yes',
  api: 'seconds',
  fsync: 'seconds',
  commit: 'seconds',
  db: 'bytes',
  leader: 'count',
  disk: 'bytes',
  wear: 'percent',
  memory: 'bytes',
  temperature: 'celsius',
  wan: 'seconds',
  snapshot: 'days',
  certificates: 'days',
};

/** By the endings Prometheus' names have; whatever says nothing is a plain number. */
export function unitOf(metric: string, rate: boolean): Unit {
  if (metric.endsWith('_celsius')) return 'celsius';
  if (/_bytes(?:_total)?$/.test(metric)) return 'bytes';
  if (rate) return 'count';
  if (/_seconds(?:_bucket)?$/.test(metric) && !metric.endsWith('_time_seconds')) return 'seconds';
  return 'count';
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
const scaled = (value: number, step: number, units: readonly string[]): string => {
  let [left, unit] = [value, 0];
  while (Math.abs(left) >= step && unit < units.length - 1) {
    left /= step;
    unit += 1;
  }
  return `${short(left)} ${units[unit] ?? ''}`;
};
const secondsText = (value: number): string => {
  const size = Math.abs(value);
  if (size === 0) return '0 s';
  if (size < 0.001) return `${short(value * 1e6)} µs`;
  if (size < 1) return `${short(value * 1000)} ms`;
  if (size < 7200) return `${short(value)} s`;
  return size < 172_800 ? `${short(value / 3600)} h` : `${short(value / 86_400)} d`;
};

/** A number as it stands at an axis or beside a chart. */
export function told(value: number, unit: Unit): string {
  switch (unit) {
    case 'bytes':
      return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
    case 'seconds':
    case 'days':
      return secondsText(value);
    case 'percent':
      return `${short(value)} %`;
    case 'celsius':
      return `${short(value)} °C`;
    case 'yes':
      return value >= 1 ? '✓' : value <= 0 ? '✗' : short(value);
    case 'count':
      return Math.abs(value) >= 10_000 ? scaled(value, 1000, ['', 'k', 'M', 'G', 'T']) : short(value);
    default:
      return unit satisfies never;
  }
}

/** The labels of a series without its name; nothing where it has none. */
export function labelsOf(name: string): string {
  const brace = name.indexOf('{');
  return brace < 0 ? '' : name.slice(brace + 1, -1).replaceAll('"', '');
}

/** What tells a line of a chart from the others: its node, the metric (in these words), and the labels that differ. */
export function lineNames(
  lines: readonly MetricsLine[],
  words: Readonly<Record<string, string>> = {},
): readonly string[] {
  const wordOf = (metric: string): string => words[metric] ?? metric;
  const parts = lines.map(line => (labelsOf(line.name) === '' ? [] : labelsOf(line.name).split(',')));
  const shared = new Set(parts[0]?.filter(part => parts.every(each => each.includes(part))) ?? []);
  const metrics = new Set(lines.map(line => line.name.replace(/\{.*$/s, '')));
  const oneNode = new Set(lines.map(line => line.node)).size === 1;
  return lines.map((line, i) => {
    const own = (parts[i] ?? []).filter(part => !shared.has(part)).map(part => part.replace(/^[^=]*=/, ''));
    const words = [
      ...(oneNode && lines.length > 1 ? [] : [line.instance]),
      ...(metrics.size > 1 ? [wordOf(line.name.replace(/\{.*$/s, ''))] : []),
      ...own,
    ];
    return words.length === 0 ? line.instance : words.join(' · ');
  });
}

const two = (n: number): string => String(n).padStart(2, '0');

/** Times at an axis, in this laptop's own time: the day where a new one begins, else hour and minute. */
export function timeNames(splits: readonly number[]): readonly string[] {
  return splits.map(split => {
    const at = new Date(split * 1000);
    if (at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0)
      return `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    const seconds = at.getSeconds() === 0 ? '' : `:${two(at.getSeconds())}`;
    return `${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
  });
}

/** The last value of a line that is no gap. */
export const lastOf = (line: MetricsLine): number | undefined =>
  line.values.findLast(value => value !== null) ?? undefined;

/** Columns for a chart: the times of all lines, and each line's values at them; a gap stays one. */
export function aligned(lines: readonly MetricsLine[]): {
  /** Seconds since 1970. */
  readonly times: number[];
  /** Undefined where the line has no point, null where it has a gap. */
  readonly values: (number | null | undefined)[][];
} {
  const all = [...new Set(lines.flatMap(line => line.times))].toSorted((a, b) => a - b);
  const place = new Map(all.map((time, i) => [time, i]));
  const values = lines.map(line => {
    const column: (number | null | undefined)[] = Array.from({ length: all.length });
    for (const [k, time] of line.times.entries()) column[place.get(time) ?? 0] = line.values[k] ?? null;
    return column;
  });
  return { times: all.map(time => time / 1000), values };
}

const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** A chart as a table: UTC time, then one column for each line with its mean, as RFC 4180 has it. */
export function csvOf(lines: readonly MetricsLine[]): string {
  const { times, values } = aligned(lines);
  const head = ['time', ...lines.map(line => `${line.instance} ${line.name}`)].map(cell).join(',');
  const rows = times.map((time, i) =>
    [new Date(time * 1000).toISOString(), ...values.map(column => column[i] ?? '')].join(','),
  );
  return `${[head, ...rows].join('\r\n')}\r\n`;
}

export const lineColours = [
  '#0b5a7d',
  '#b3541e',
  '#4b7a1f',
  '#7a3f9d',
  '#a3201a',
  '#00796b',
  '#8a6d00',
  '#5b6670',
];
export const darkColours = [
  '#7cd0f2',
  '#f2a97c',
  '#a8d977',
  '#cfa6ec',
  '#ff9f96',
  '#6fd6c6',
  '#e6cb62',
  '#b7c3cc',
];

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A chart as a picture of its own, black on white, for a report. */
export function svgOf(
  title: string,
  lines: readonly MetricsLine[],
  names: readonly string[],
  unit: Unit,
): string {
  const [width, height, left, top, right, bottom] = [960, 420, 80, 40, 20, 30 + 18 * lines.length];
  const known = lines.flatMap(line => line.values.filter(value => value !== null));
  const [low, high] = [Math.min(0, ...known), Math.max(...known, 0)];
  const times = lines.flatMap(line => [line.times[0] ?? 0, line.times.at(-1) ?? 0]);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  const span = Math.max(1, to - from);
  const x = (time: number): string => (left + ((time - from) / span) * (width - left - right)).toFixed(1);
  const y = (value: number): string =>
    (height - bottom - ((value - low) / (high - low || 1)) * (height - top - bottom)).toFixed(1);
  const path = (line: MetricsLine): string => {
    let pen = 'M';
    return line.times
      .map((time, i) => {
        const value = line.values[i];
        if (value === null || value === undefined) {
          pen = 'M';
          return '';
        }
        const step = `${pen}${x(time)} ${y(value)}`;
        pen = 'L';
        return step;
      })
      .join('');
  };
  const marks = [0, 0.25, 0.5, 0.75, 1].map(part => low + part * (high - low));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="24" font-size="16" font-weight="600">${escaped(title)}</text>`,
    ...marks.map(
      mark =>
        `<path d="M${left} ${y(mark)}H${width - right}" stroke="#ccc"/><text x="${left - 8}" y="${y(mark)}" text-anchor="end" dominant-baseline="middle">${escaped(told(mark, unit))}</text>`,
    ),
    ...[from, to].map(
      (time, i) =>
        `<text x="${i === 0 ? left : width - right}" y="${height - bottom + 18}" text-anchor="${i === 0 ? 'start' : 'end'}">${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC</text>`,
    ),
    ...lines.map(
      (line, i) =>
        `<path d="${path(line)}" fill="none" stroke="${lineColours[i % lineColours.length] ?? '#000'}" stroke-width="1.5"/>`,
    ),
    ...names.map(
      (name, i) =>
        `<text x="${left}" y="${height - bottom + 38 + 18 * i}" fill="${lineColours[i % lineColours.length] ?? '#000'}">${escaped(name)}</text>`,
    ),
    '</svg>',
  ].join('\n');
}
