const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const two = (n: number): string => String(n).padStart(2, '0');

/** `date +FORMAT` in UTC. */
export function formatDate(format: string, at: number): string {
  const d = new Date(at);
  const [year, month, day] = [d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate()];
  const [h, m, s] = [two(d.getUTCHours()), two(d.getUTCMinutes()), two(d.getUTCSeconds())];
  const dayName = days[d.getUTCDay()] ?? '';
  const monthName = months[month] ?? '';
  const nanos = `${String(d.getUTCMilliseconds()).padStart(3, '0')}000000`;
  const values: Readonly<Record<string, string>> = {
    Y: String(year),
    m: two(month + 1),
    d: two(day),
    e: String(day).padStart(2),
    H: h,
    M: m,
    S: s,
    N: nanos,
    s: String(Math.floor(at / 1000)),
    y: two(year % 100),
    j: String(Math.floor((at - Date.UTC(year, 0, 1)) / 86_400_000) + 1).padStart(3, '0'),
    F: `${year}-${two(month + 1)}-${two(day)}`,
    T: `${h}:${m}:${s}`,
    R: `${h}:${m}`,
    D: `${two(month + 1)}/${two(day)}/${two(year % 100)}`,
    a: dayName.slice(0, 3),
    A: dayName,
    b: monthName.slice(0, 3),
    B: monthName,
    h: monthName.slice(0, 3),
    u: String(d.getUTCDay() || 7),
    w: String(d.getUTCDay()),
    Z: 'UTC',
    z: '+0000',
    n: '\n',
    t: '\t',
    '%': '%',
    c: `${dayName.slice(0, 3)} ${monthName.slice(0, 3)} ${String(day).padStart(2)} ${h}:${m}:${s} ${year}`,
  };
  return format
    .replace(/%:z/g, '+00:00')
    .replace(/%([-_0]?)(\d?)([a-zA-Z%])/g, (all, flag: string, width: string, key: string) => {
      const value = values[key];
      if (value === undefined) return all;
      if (key === 'N' && width) return value.slice(0, Number(width));
      return flag === '-' ? value.replace(/^[ 0]+(?=\d)/, '') : value;
    });
}

/** A date as `date -d` takes it: `@seconds`, ISO forms, `now`, `yesterday`, `+2 days`. NaN for anything else. */
export function parseDate(text: string, now: number): number {
  const trimmed = text.trim();
  if (/^@-?\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed.slice(1)) * 1000;
  if (trimmed === 'now' || trimmed === '') return now;
  if (trimmed === 'today') return now;
  if (trimmed === 'yesterday') return now - 86_400_000;
  if (trimmed === 'tomorrow') return now + 86_400_000;
  const relative = /^([-+]?\d+)\s*(sec|second|min|minute|hour|day|week)s?( ago)?$/.exec(trimmed);
  if (relative) {
    const unit =
      { sec: 1, second: 1, min: 60, minute: 60, hour: 3600, day: 86_400, week: 604_800 }[
        relative[2] ?? 'sec'
      ] ?? 1;
    return now + Number(relative[1]) * unit * 1000 * (relative[3] ? -1 : 1);
  }
  const iso =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(Z|UTC|[-+]\d{2}:?\d{2})?$/.exec(
      trimmed,
    );
  if (iso)
    return Date.parse(`${iso[1] ?? ''}T${iso[2] ?? '00:00'}${!iso[3] || iso[3] === 'UTC' ? 'Z' : iso[3]}`);
  return Date.parse(/\d{4}/.test(trimmed) ? `${trimmed} UTC` : '');
}
