/** A series as it is stored: its metric's name and its labels sorted by name, written as in the exposition format. */
export type SeriesName = string;

export type Labels = readonly (readonly [name: string, value: string])[];

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const label = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,|$)/y;

const plain = (escaped: string): string =>
  escaped.replaceAll(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number =>
  a < b ? -1 : Number(a > b);

export const seriesName = (name: string, labels: Labels): SeriesName =>
  labels.length === 0
    ? name
    : `${name}{${[...labels]
        .toSorted(byName)
        .map(([key, value]) => `${key}="${escaped(value)}"`)
        .join(',')}}`;

/** What stands before the value of a sample. Nothing when it is no name, or a label comes twice. */
export function namedIn(head: string): { readonly name: string; readonly labels: Labels } | undefined {
  const brace = head.indexOf('{');
  const name = (brace < 0 ? head : head.slice(0, brace)).trim();
  if (!metricName.test(name)) return undefined;
  if (brace < 0) return { name, labels: [] };
  if (!head.endsWith('}')) return undefined;
  const inside = head.slice(brace + 1, -1).trim();
  const labels: (readonly [string, string])[] = [];
  label.lastIndex = 0;
  while (label.lastIndex < inside.length) {
    const [, key, value] = label.exec(inside) ?? [];
    if (key === undefined || value === undefined) return undefined;
    // An empty value is the same as no label.
    if (value !== '') labels.push([key, plain(value)]);
  }
  return new Set(labels.map(([key]) => key)).size === labels.length ? { name, labels } : undefined;
}

/** The metric's name alone. */
export function metricOf(series: SeriesName): string {
  const brace = series.indexOf('{');
  return brace < 0 ? series : series.slice(0, brace);
}

/**
 * What series are sorted by: all of one metric stand together, the one without labels first. (By their texts alone
 * `load_1` would stand between `load` and `load{…}`.)
 */
export const orderOf = (series: SeriesName): string => series.replace('{', '\u{0}');
