import type { LucideIcon } from 'lucide-react';
import { useStore } from 'zustand';
import type { Remedy } from '../../../preload/contract/doctor.ts';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { Button } from '../../ui/Button.tsx';
import { usePage } from '../app/page.ts';
import { chooseRemedy } from '../remedies/actions.ts';
import { RemedyAsked } from '../remedies/RemedyAsked.tsx';

/** Opens the questions of a runbook that puts something on the node or takes it away. */
export function RemedyButton({
  node,
  remedy,
  title,
  icon,
}: {
  readonly node: SiteNode;
  readonly remedy: Remedy;
  readonly title: string;
  readonly icon: LucideIcon;
}) {
  const page = usePage();
  return (
    <Button icon={icon} onClick={() => void chooseRemedy(page, node.id, { remedy, title })}>
      {title}
    </Button>
  );
}

/** The questions and the plan of one of these remedies, once it was chosen for this node. */
export function Asked({ node, remedies }: { readonly node: SiteNode; readonly remedies: readonly Remedy[] }) {
  const { chosen, node: of } = useStore(usePage().remedies);
  return of === node.id && chosen && remedies.includes(chosen.remedy) ? <RemedyAsked node={node} /> : null;
}
