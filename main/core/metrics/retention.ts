/** What decides which days of a site's metrics may go. All times are milliseconds since 1970. */
export interface RetentionFacts {
  readonly now: number;
  /** The laptop's clock cannot be right: nothing goes. */
  readonly clockDoubtful: boolean;
  /** The site exports to headquarters, so that nothing goes before it has arrived. */
  readonly exportDue: boolean;
  /** Up to when headquarters has confirmed what it received. */
  readonly confirmedUntil?: number | undefined;
}

export const keptDays = 35;
const dayMs = 86_400_000;
/** Before Coldstart was: a laptop whose clock had forgotten the time. */
const impossible = Date.parse('2024-01-01T00:00:00Z');

/**
 * The UTC days that may be dropped: older than 35 days, and where exports are due confirmed by headquarters. Days the
 * clock cannot have meant (1970, or the future) have no age; they go only once an export that was made after carried them.
 */
export function daysToDrop(days: readonly string[], facts: RetentionFacts): readonly string[] {
  if (facts.clockDoubtful) return [];
  return days.filter(day => {
    const end = Date.parse(day) + dayMs;
    const hasAge = end > impossible && end <= facts.now + dayMs;
    if (hasAge && end > facts.now - keptDays * dayMs) return false;
    if (!facts.exportDue) return hasAge;
    return hasAge && (facts.confirmedUntil ?? -Infinity) >= end;
  });
}
