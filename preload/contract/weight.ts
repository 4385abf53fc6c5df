/**
 * Whether a value that arrived without a size of its own (over IPC it comes as it is) is no larger than a frame of
 * `most` bytes could be. Counts at most `most` things, so a value that leads back to itself is too large.
 */
export function isWithin(value: unknown, most: number): boolean {
  const waiting: unknown[] = [value];
  let left = most;
  while (waiting.length > 0) {
    const one = waiting.pop();
    left -= weigh(one, waiting, left);
    if (left < 0) return false;
  }
  return true;
}

/** Bytes this value takes by itself, at least; what it holds is added to `waiting` unless that is too much already. */
function weigh(value: unknown, waiting: unknown[], left: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 1;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  if (Array.isArray(value)) {
    if (value.length > left) return value.length;
    for (const item of value) waiting.push(item);
    return 2;
  }
  let names = 2;
  for (const [name, item] of Object.entries(value)) {
    names += name.length + 4;
    if (names > left) return names;
    waiting.push(item);
  }
  return names;
}
