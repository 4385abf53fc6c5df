import { FieldError } from '../../../preload/contract/failure.ts';
import { metricOf, namedIn } from './series-name.ts';
import type { SeriesName } from './series-name.ts';

/** Which series are wanted, as Prometheus' selectors say it: `name{label="value",other!~"pattern"}`. */
export interface Selector {
  readonly metric: string;
  matches(series: SeriesName): boolean;
}

const matcherText = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\\n]|\\.)*)"\s*(,|$)/y;
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

type Test = (value: string) => boolean;

function testOf(how: string, value: string): Test | undefined {
  if (how === '=') return found => found === value;
  if (how === '!=') return found => found !== value;
  try {
    // Prometheus' patterns match the whole value.
    const pattern = new RegExp(`^(?:${value})$`, 'u');
    return how === '=~' ? found => pattern.test(found) : found => !pattern.test(found);
  } catch {
    return undefined;
  }
}

/** Throws `bad-ask` for what is no selector. */
export function selectorIn(text: string): Selector {
  const brace = text.indexOf('{');
  const metric = (brace < 0 ? text : text.slice(0, brace)).trim();
  const inside = brace < 0 ? '' : text.slice(brace + 1, text.lastIndexOf('}')).trim();
  const tests: (readonly [label: string, test: Test])[] = [];
  if (!metricName.test(metric) || (brace >= 0 && !text.trimEnd().endsWith('}'))) throw notOne(text);
  matcherText.lastIndex = 0;
  while (matcherText.lastIndex < inside.length) {
    const [, label, how = '', raw = ''] = matcherText.exec(inside) ?? [];
    const value = raw.replaceAll(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));
    const test = label === undefined ? undefined : testOf(how, value);
    if (label === undefined || !test) throw notOne(text);
    tests.push([label, test]);
  }
  return {
    metric,
    matches: series => {
      if (metricOf(series) !== metric) return false;
      if (tests.length === 0) return true;
      const labels = new Map(namedIn(series)?.labels);
      // A label that is not there is an empty one.
      return tests.every(([label, test]) => test(labels.get(label) ?? ''));
    },
  };
}

const notOne = (text: string): FieldError =>
  new FieldError({
    code: 'bad-ask',
    says: 'This is no series that could be looked for.',
    about: text,
    untouched: 'Nothing was read.',
    next: 'Write a metric’s name, with labels if you like: node_filesystem_avail_bytes{mountpoint="/"}',
  });
