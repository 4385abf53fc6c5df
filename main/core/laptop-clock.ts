/** A clock this much behind the journal is set wrong; less is two clocks that drifted. */
const slackMs = 5 * 60_000;

const day = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** Sentence about the laptop's clock when it cannot be right. Certificates of a new cluster would be dated by it. */
export function clockWarning(now: Date, builtAt: Date, newest?: Date): string | undefined {
  const next = 'Set the clock before installing anything: certificates are dated by it.';
  if (newest && now.getTime() < newest.getTime() - slackMs)
    return `The laptop's clock says ${day(now)}, but the journal here has an entry from ${day(newest)}. ${next}`;
  if (now.getTime() < builtAt.getTime())
    return `The laptop's clock says ${day(now)}, but this Coldstart was built at ${day(builtAt)}. ${next}`;
  return undefined;
}
