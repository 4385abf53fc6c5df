import { withoutEscapes } from '../escapes.ts';

/** One line of a log, tamed: no colours, no control characters, escaped quotes as quotes. */
export interface LogLine {
  /** Id of the evidence it stands in. */
  readonly evidence: string;
  readonly text: string;
  /** In lower case, for comparing. */
  readonly low: string;
  /** Milliseconds since 1970, where the line tells. */
  readonly at?: number;
}

// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** A line as it may be shown. Long ones are cut: a finding needs the line, not the stack behind it. */
export const tame = (text: string): string => withoutEscapes(text).replaceAll(controls, '').slice(0, 2000);

const iso = /\b(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?) ?(Z|[+-]\d{2}:?\d{2})?/;

/** When a line was written: the journal's own stamp at its beginning, else what logfmt, JSON or containerd put into it. */
export function timeOf(text: string): number | undefined {
  const found = iso.exec(text);
  if (!found) return undefined;
  const [, day = '', time = '', zone = 'Z'] = found;
  const offset = zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const ms = Date.parse(`${day}T${time.replace(',', '.').replace(/(\.\d{3})\d+$/, '$1')}${offset}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The lines of a log. K3s writes logfmt with `\"` inside, etcd writes JSON; both are compared on fragments. */
export function linesOf(evidence: string, text: string): readonly LogLine[] {
  const lines: LogLine[] = [];
  for (const raw of text.split('\n')) {
    const shown = tame(raw).trimEnd();
    if (shown === '') continue;
    const at = timeOf(shown);
    const plain = shown.replaceAll(/\\+"/g, '"');
    lines.push({ evidence, text: shown, low: plain.toLowerCase(), ...(at !== undefined && { at }) });
  }
  return lines;
}

const up = /\bk3s (?:agent )?is up and running/;
const unitBegins = /systemd\[\d+\]: starting (?:k3s(?:-agent)?\.service|lightweight kubernetes)/;
/** What systemd says before it starts something again by itself; a start without it was somebody's, or the boot's. */
const again = 'scheduled restart job';
const programBegins = /\bstarting k3s (?:agent )?v?\d/;

/** A start that is older than this has had the time to fail in its own way; what failed before it is history. */
const youngMs = 60_000;
/** The same for a log without times, in lines. */
const youngLines = 60;

const lastIndex = (lines: readonly LogLine[], test: (line: LogLine) => boolean): number =>
  lines.findLastIndex(test);

/** The K3s log of this boot, with what of it is about now. */
export interface RunLog {
  readonly lines: readonly LogLine[];
  /** What is not history: after it last was up and running; or of its last try, and of the one before while that is young. */
  readonly now: readonly LogLine[];
  /** Since it began the last time. */
  readonly sinceStart: readonly LogLine[];
  /** It said it is up and running, after it began the last time. */
  readonly isUp: boolean;
  readonly starts: number;
  /** Milliseconds from the last start to the end of the log, where the log tells. */
  readonly startAge?: number;
}

/**
 * Reads the order of a K3s log. `restarting`: the service manager counts restarts, so that even an “up and running” a
 * moment ago does not end the story.
 */
export function runLog(lines: readonly LogLine[], restarting = false): RunLog {
  const byUnit = lines.some(({ low }) => unitBegins.test(low));
  const begins = lines.flatMap(({ low }, i) => ((byUnit ? unitBegins : programBegins).test(low) ? [i] : []));
  const start = begins.at(-1) ?? 0;
  const lastUp = lastIndex(lines, ({ low }) => up.test(low));
  const isUp = lastUp >= start && lastUp >= 0;
  const age = (from: number): number | undefined => {
    const then = lines.slice(from).find(({ at }) => at !== undefined)?.at;
    const end = lines.findLast(({ at }) => at !== undefined)?.at;
    return then === undefined || end === undefined ? undefined : end - then;
  };
  const isYoung = (from: number): boolean => {
    const ms = age(from);
    return ms === undefined ? lines.length - from < youngLines : ms < youngMs;
  };
  const last = begins.at(-2);
  // A start by hand begins a new story: somebody changed something before it.
  const byItself = !byUnit || lines.slice(last, start).some(({ low }) => low.includes(again));
  const before = byItself ? last : undefined;
  let from = isUp ? lastUp + 1 : start;
  if (begins.length > 1 && before !== undefined) {
    if (isUp && restarting && isYoung(lastUp)) from = before;
    if (!isUp && isYoung(start)) from = Math.max(before, lastUp + 1);
  }
  const startAge = begins.length > 0 ? age(start) : undefined;
  return {
    lines,
    now: lines.slice(from),
    sinceStart: lines.slice(start),
    isUp,
    starts: begins.length,
    ...(startAge !== undefined && { startAge }),
  };
}

/** The lines from the last start on of a log that is never begun anew, such as containerd's; two starts while it is young. */
export function lastTry(lines: readonly LogLine[], begins: RegExp): readonly LogLine[] {
  const starts = lines.flatMap(({ low }, i) => (begins.test(low) ? [i] : []));
  const last = starts.at(-1) ?? 0;
  const from = lines.length - last < 20 ? (starts.at(-2) ?? 0) : last;
  return lines.slice(from);
}

/**
 * Whether something that also happens for a moment in every healthy start goes on: over at least `spanMs` and up to near
 * the end of the log; where lines tell no time, at least `times` times.
 */
export function persists(
  hits: readonly LogLine[],
  all: readonly LogLine[],
  { spanMs = 30_000, times = 5, recentMs = 180_000 } = {},
): boolean {
  const [first, last] = [hits[0]?.at, hits.at(-1)?.at];
  const end = all.findLast(({ at }) => at !== undefined)?.at;
  if (first === undefined || last === undefined || end === undefined) return hits.length >= times;
  return hits.length >= 3 && last - first >= spanMs && end - last <= recentMs;
}
