const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A size for people, in the units the CLI prints: `512 B`, `1.5 MiB`. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** A moment in this laptop's own time, the same in every country: `2026-11-22 18:53`. Empty when it is no moment. */
export function moment(instant: string): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return '';
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** A moment to the second, for lines of a log: `2026-11-22 18:53:07`. Empty when it is no moment. */
export function exactly(instant: string): string {
  const minute = moment(instant);
  return minute === '' ? '' : `${minute}:${two(new Date(instant).getSeconds())}`;
}

/** A duration as on a stopwatch: `0:07`, `12:30`, `1:02:03`. */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Whole percent, rounded down so that 100 is only ever said of what is complete; nothing while the total is unknown. */
export function percent(done: number, total: number | undefined): number | undefined {
  if (total === undefined || total <= 0) return undefined;
  return Math.max(0, Math.min(100, Math.floor((done / total) * 100)));
}

export type Span = { readonly n: number; readonly unit: 'second' | 'minute' | 'hour' | 'day' };

/** How long ago or how far off, in the one unit a person would use. Rounds up: a remaining time never flatters. */
export function span(seconds: number): Span {
  const s = Math.max(0, seconds);
  if (s < 60) return { n: Math.max(5, Math.ceil(s / 5) * 5), unit: 'second' };
  if (s < 5400) return { n: Math.ceil(s / 60), unit: 'minute' };
  if (s < 172_800) return { n: Math.ceil(s / 3600), unit: 'hour' };
  return { n: Math.ceil(s / 86_400), unit: 'day' };
}

/** Seconds between a moment and now; negative when the moment lies ahead. */
export const secondsSince = (instant: string, now: number): number => (now - Date.parse(instant)) / 1000;

/** Splits what a person typed into a list field: by commas, white space or lines; no empty and no double entries. */
export const listOf = (typed: string): string[] => [...new Set(typed.split(/[\s,]+/).filter(Boolean))];

/** A large number in groups of three, such as `12 345`. */
export const count = (n: number): string => String(n).replace(/\B(?=(?:\d{3})+$)/g, '\u202f');
