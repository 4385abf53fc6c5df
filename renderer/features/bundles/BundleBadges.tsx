import type { Bundle } from '../../../preload/contract/domain.ts';
import { Badge } from '../../ui/Verdict.tsx';
import { useWords } from '../../words/context.ts';

/** Whether all files are there and sound. */
export function CompleteBadge({ bundle }: { readonly bundle: Bundle }) {
  const words = useWords().bundles;
  return bundle.complete ? (
    <Badge tone="good">{words.complete}</Badge>
  ) : (
    <Badge tone="bad">{words.incomplete}</Badge>
  );
}

/** Who vouches for it. */
export function OriginBadge({ bundle: { origin } }: { readonly bundle: Bundle }) {
  const words = useWords().bundles;
  if (origin.is === 'signed')
    return <Badge tone="good">{origin.practice ? words.signedPractice : words.signed}</Badge>;
  return <Badge tone="warn">{origin.consent ? words.consented(origin.consent.by) : words.unknown}</Badge>;
}
