/** One measured number of a series. */
export interface Sample {
  readonly value: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}
export interface Series {
  /** Sorted by name, `__name__` among them. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  /** In the order of their times. */
  readonly samples: readonly Sample[];
}

export interface Metrics {
  readonly series: readonly Series[];
  /** Lines that are no sample, or carry no time: they are left where they are. */
  readonly left: number;
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)(?: ([^ ]+))?$/;
const label = /\s*([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

const plain = (escaped: string): string =>
  escaped.replaceAll(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));

function labelsIn(text: string): readonly (readonly [string, string])[] | undefined {
  const found: (readonly [string, string])[] = [];
  label.lastIndex = 0;
  while (label.lastIndex < text.length) {
    const [, name, value] = label.exec(text) ?? [];
    if (name === undefined || value === undefined) return undefined;
    found.push([name, plain(value)]);
  }
  return found;
}

const words: Readonly<Record<string, number>> = { '+Inf': Infinity, Inf: Infinity, '-Inf': -Infinity, NaN };
const numberIn = (text: string): number | undefined => {
  const value = words[text] ?? (/^[-+.\deE]+$/.test(text) ? Number(text) : NaN);
  return Number.isNaN(value) && text !== 'NaN' ? undefined : value;
};

/** An exemplar stands behind ` # {`; no label value of ours ends a sample like that. */
const withoutExemplar = (text: string): string => text.replace(/ # \{[^{}]*\}(?: [^ ]+){1,2}$/, '');

/**
 * Reads OpenMetrics text, whose times are in seconds. `more` labels are put onto every series, where it has none of that
 * name. https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export function metricsIn(text: string, more: Readonly<Record<string, string>> = {}): Metrics {
  const series = new Map<string, { labels: Series['labels']; samples: Sample[] }>();
  let left = 0;
  for (const raw of text.split('\n')) {
    if (raw === '' || raw.startsWith('#')) continue;
    const [, name, inside = '', valueText = '', time] = line.exec(withoutExemplar(raw)) ?? [];
    const own = name === undefined ? undefined : labelsIn(inside);
    const [value, seconds] = [numberIn(valueText), time === undefined ? undefined : numberIn(time)];
    if (
      name === undefined ||
      !own ||
      value === undefined ||
      seconds === undefined ||
      !Number.isFinite(seconds)
    ) {
      left += 1;
      continue;
    }
    const labels = Object.entries({ ...more, ...Object.fromEntries(own), __name__: name }).toSorted(
      ([a], [b]) => (a < b ? -1 : 1),
    );
    const key = JSON.stringify(labels);
    const known = series.get(key) ?? { labels, samples: [] };
    known.samples.push({ value, at: Math.round(seconds * 1000) });
    series.set(key, known);
  }
  return {
    series: [...series.values()].map(({ labels, samples }) => ({
      labels,
      samples: samples.toSorted((a, b) => a.at - b.at),
    })),
    left,
  };
}
