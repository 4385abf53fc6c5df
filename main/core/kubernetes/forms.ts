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
