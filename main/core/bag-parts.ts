/**
 * The largest sealed file of a bag. FAT32 holds none of 4 GiB and some systems none of 2 GiB; every stick gets the same
 * parts, so that two couriers carry identical bytes.
 */
export const mostPartBytes = 2 ** 31 - 64 * 1024;

const digits = 3;

/** `X.age.part-001` is the first. Sorted by name they are in order, so that `cat X.age.part-*` puts them together. */
export const partPath = (whole: string, nth: number): string =>
  `${whole}.part-${String(nth).padStart(digits, '0')}`;

/** The file a part belongs to and its place in it, from 1; nothing for what is no part. */
export function partOf(path: string): { readonly whole: string; readonly nth: number } | undefined {
  const found = /^(.+)\.part-(\d{3,6})$/.exec(path);
  const [, whole, nth] = found ?? [];
  if (whole === undefined || nth === undefined || partPath(whole, Number(nth)) !== path) return undefined;
  return { whole, nth: Number(nth) };
}

/** The files of a bag that a sealed file of this size becomes. */
export function inParts<T extends { readonly path: string; readonly bytes: number }>(
  file: T,
  most: number,
): readonly T[] {
  if (file.bytes <= most) return [file];
  return Array.from({ length: Math.ceil(file.bytes / most) }, (_, i) => ({
    ...file,
    path: partPath(file.path, i + 1),
    bytes: Math.min(most, file.bytes - i * most),
  }));
}

/** One sealed file as it lies in a bag: as itself, or in parts that follow each other. */
export interface Gathered {
  readonly path: string;
  readonly parts: readonly string[];
}

/** Puts the parts among these paths together. What is missing, or there both whole and in parts, is said. */
export function gathered(paths: readonly string[]): {
  readonly files: readonly Gathered[];
  readonly problems: readonly string[];
} {
  const files = new Map<string, string[]>();
  const problems: string[] = [];
  const byPlace = (path: string): number => partOf(path)?.nth ?? 0;
  for (const path of paths.toSorted((a, b) => byPlace(a) - byPlace(b) || (a < b ? -1 : 1))) {
    const part = partOf(path);
    const whole = part?.whole ?? path;
    const held = files.get(whole) ?? [];
    if (part && held[0] === whole) problems.push(`${whole} is there whole and in parts.`);
    else if (part && part.nth !== held.length + 1)
      problems.push(`${partPath(whole, held.length + 1)} is missing.`);
    files.set(whole, [...held, path]);
  }
  const sorted = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { files: sorted.map(([path, parts]) => ({ path, parts })), problems };
}
