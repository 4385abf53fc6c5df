const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** A stretch of time for people: `3 minutes`, `2 hours`, `56 years`. */
export function stretch(seconds: number): string {
  const size = Math.abs(seconds);
  const say = (unit: number, name: string): string => {
    const n = Math.round(size / unit);
    return `${n} ${name}${n === 1 ? '' : 's'}`;
  };
  if (size < 2 * minute) return say(1, 'second');
  if (size < 2 * hour) return say(minute, 'minute');
  if (size < 2 * day) return say(hour, 'hour');
  return size < 2 * year ? say(day, 'day') : say(year, 'year');
}

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Kibibytes for people. */
export function room(kib: number): string {
  if (kib < 10 * 1024) return `${kib} KiB`;
  return kib < 10 * 1024 * 1024 ? `${Math.round(kib / 1024)} MiB` : `${Math.round(kib / 1024 / 1024)} GiB`;
}
