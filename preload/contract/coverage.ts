/**
 * Does what a node keeps of its own snapshots reach from one supply run to the next? K3s keeps the newest N files of a
 * schedule; right after a save the oldest is (N−1) intervals old, right before the next one N intervals.
 */
export interface Coverage {
  /** Hours between two saves: equal for an even schedule. */
  readonly everyHours: { readonly least: number; readonly most: number };
  /** How far back the oldest kept snapshot reaches. */
  readonly coversHours: { readonly least: number; readonly most: number };
  readonly gapHours: number;
  readonly enough: boolean;
  /** The sum in one sentence, for the technician. */
  readonly says: string;
  /** The retention that would do; only when there is not enough. */
  readonly retentionWanted?: number;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const shorthands: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** One field of a schedule: which values match, and whether it was written as "any". */
interface Field {
  readonly values: ReadonlySet<number>;
  readonly any: boolean;
}
/** A schedule as K3s reads it (robfig/cron, five fields, no time zone): fields, or a fixed pace in minutes. */
export type Schedule =
  | { readonly is: 'fields'; readonly fields: readonly [Field, Field, Field, Field, Field] }
  | { readonly is: 'every'; readonly minutes: number };

const whole = (text: string, names: readonly string[], first: number): number | undefined => {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + first;
  return /^\d{1,2}$/.test(text) ? Number(text) : undefined;
};

function part(text: string, least: number, most: number, names: readonly string[]): number[] | undefined {
  const [range = '', step, more] = text.split('/');
  if (more !== undefined || (step !== undefined && !/^[1-9]\d?$/.test(step))) return undefined;
  const [from = '', to, extra] = range.split('-');
  if (extra !== undefined) return undefined;
  const any = range === '*' || range === '?';
  const first = any ? least : whole(from, names, least);
  const last = any ? most : to !== undefined ? whole(to, names, least) : step === undefined ? first : most;
  if (first === undefined || last === undefined || first < least || last > most || first > last)
    return undefined;
  const values: number[] = [];
  for (let value = first; value <= last; value += Number(step ?? 1)) values.push(value);
  return values;
}

function field(text: string, least: number, most: number, names: readonly string[] = []): Field | undefined {
  const values = new Set<number>();
  for (const one of text.split(',')) {
    const found = part(one, least, most, names);
    if (!found) return undefined;
    for (const value of found) values.add(value);
  }
  return { values, any: /^[*?](\/1)?$/.test(text) };
}

/** `@every 6h`, `@every 90m`, `@every 1h30m`: Go's notation, minutes and up. */
function pace(text: string): number | undefined {
  const found = /^@every (?:(\d{1,4})h)?(?:(\d{1,4})m)?$/.exec(text);
  const minutes = found ? Number(found[1] ?? 0) * 60 + Number(found[2] ?? 0) : 0;
  return minutes > 0 ? minutes : undefined;
}

/** Reads a schedule; undefined when K3s would not take it, or when it names a time zone. */
export function schedule(cron: string): Schedule | undefined {
  const minutes = pace(cron);
  if (minutes !== undefined) return { is: 'every', minutes };
  const texts = (shorthands[cron] ?? cron).split(' ');
  if (texts.length !== 5) return undefined;
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = texts;
  const fields = [
    field(minute, 0, 59),
    field(hour, 0, 23),
    field(day, 1, 31),
    field(month, 1, 12, months),
    field(weekday, 0, 6, weekdays),
  ];
  return fields.every(found => found !== undefined)
    ? { is: 'fields', fields: fields as unknown as [Field, Field, Field, Field, Field] }
    : undefined;
}

const minutesOfDay = 24 * 60;
/** Four years hold every leap day once. */
const daysLookedAt = 4 * 366;

/** Does a schedule fire on this day at all? Of `date` its day in UTC counts. */
export function dayMatches(
  [, , day, month, weekday]: readonly [Field, Field, Field, Field, Field],
  date: Date,
): boolean {
  if (!month.values.has(date.getUTCMonth() + 1)) return false;
  const byDay = day.values.has(date.getUTCDate());
  const byWeekday = weekday.values.has(date.getUTCDay());
  // cron's oldest surprise: with both given, either one is enough
  return day.any || weekday.any ? byDay && byWeekday : byDay || byWeekday;
}

/** The first `most` moments of a schedule in minutes from a Monday midnight; fewer when it hardly ever fires. */
function moments(plan: Schedule, most: number): number[] {
  if (plan.is === 'every') return Array.from({ length: most }, (_, i) => i * plan.minutes);
  const found: number[] = [];
  const [minute, hour] = plan.fields;
  const hours = [...hour.values].toSorted((a, b) => a - b);
  const minutes = [...minute.values].toSorted((a, b) => a - b);
  for (let day = 0; day < daysLookedAt && found.length < most; day++) {
    if (!dayMatches(plan.fields, new Date(Date.UTC(2024, 0, 1 + day)))) continue;
    for (const h of hours) for (const m of minutes) found.push(day * minutesOfDay + h * 60 + m);
  }
  return found.slice(0, most);
}

const spread = (values: readonly number[]): { least: number; most: number } => ({
  least: Math.min(...values),
  most: Math.max(...values),
});
const tidy = (hours: number): string => String(Math.round(hours * 10) / 10);
const range = ({ least, most }: { least: number; most: number }): string =>
  tidy(least) === tidy(most) ? tidy(least) : `${tidy(least)}–${tidy(most)}`;
const inHours = ({ least, most }: { least: number; most: number }): { least: number; most: number } => ({
  least: least / 60,
  most: most / 60,
});

/**
 * What `retention` snapshots of a schedule cover, against the days between two supply runs. Undefined when the schedule
 * cannot be read or fires too rarely to say.
 */
export function coverage(cron: string, retention: number, supplyRunDays: number): Coverage | undefined {
  const plan = schedule(cron);
  if (!plan || retention < 1) return undefined;
  const at = moments(plan, retention + 400);
  if (at.length < retention + 2) return undefined;
  const steps = at.slice(1).map((moment, i) => moment - (at[i] ?? 0));
  const everyHours = inHours(spread(steps));
  const fresh = at.slice(retention - 1).map((moment, i) => moment - (at[i] ?? 0));
  const stale = at.slice(retention).map((moment, i) => moment - (at[i] ?? 0));
  const coversHours = inHours({ least: Math.min(...fresh), most: Math.max(...stale) });
  const gapHours = supplyRunDays * 24;
  const enough = coversHours.least >= gapHours;
  const sum = `${retention} snapshot${retention === 1 ? '' : 's'} × every ${range(everyHours)} h cover ${range(coversHours)} h of ${supplyRunDays} day${supplyRunDays === 1 ? '' : 's'}`;
  if (enough)
    return { everyHours, coversHours, gapHours, enough, says: `${sum}: enough until the next supply run.` };
  // the longest run of the shortest intervals decides, so the least interval is the safe one to count with
  const retentionWanted = Math.ceil(gapHours / everyHours.least) + 1;
  return {
    everyHours,
    coversHours,
    gapHours,
    enough,
    retentionWanted,
    says: `${sum}: the oldest are gone before the next supply run. Keep ${retentionWanted}, or save less often.`,
  };
}
