const dayMs = 86_400_000;

/** The UTC day of a time in milliseconds since 1970: `2026-11-23`. */
export const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** A UTC day in milliseconds since 1970, both ends included. */
export function spanOfDay(day: string): { readonly from: number; readonly to: number } {
  const from = Date.parse(day);
  return { from, to: from + dayMs - 1 };
}
