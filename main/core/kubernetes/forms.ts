/** Seconds of the years 0 to 9999: what RFC 3339 can say. */
const [firstSecond, lastSecond] = [-62_167_219_200, 253_402_300_799];

/** A moment in RFC 3339 to the second; nothing when it is in no year of four digits. */
export function rfc3339(seconds: number): string | undefined {
  if (!(seconds >= firstSecond && seconds <= lastSecond)) return undefined;
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The same with six digits behind the point, as Kubernetes prints a MicroTime. */
export function rfc3339Micro(seconds: number, nanos: number): string | undefined {
  const micros = String(Math.floor(nanos / 1000)).padStart(6, '0');
  return nanos >= 0 && nanos < 1e9 ? rfc3339(seconds)?.replace('Z', `.${micros}Z`) : undefined;
}

/** A duration as Go prints it: `1h2m3.5s`, `150ms`, `0s`. */
export function goDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s';
  const sign = nanos < 0n ? '-' : '';
  const size = nanos < 0n ? -nanos : nanos;
  if (size < 1_000_000_000n) return sign + small(size);
  const [hours, rest] = [size / 3_600_000_000_000n, size % 3_600_000_000_000n];
  const [minutes, left] = [rest / 60_000_000_000n, rest % 60_000_000_000n];
  const seconds = `${pointed(left, 9)}s`;
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : sign + seconds;
}

function small(nanos: bigint): string {
  if (nanos < 1000n) return `${nanos}ns`;
  return nanos < 1_000_000n ? `${pointed(nanos, 3)}µs` : `${pointed(nanos, 6)}ms`;
}

/** A whole number with a point `digits` from its end, without zeros at its end. */
function pointed(value: bigint, digits: number): string {
  const text = String(value).padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return text.slice(0, -digits) + (fraction === '' ? '' : `.${fraction}`);
}
