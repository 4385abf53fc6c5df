import { lockStep } from '../lock.ts';
import { disableStep, moveStep } from '../remedies/etcd-aside.ts';
import { onceOnly, unlessStarted } from '../remedies/rejoin-member.ts';
import { startStep, worksStep } from '../remedies/service.ts';
import { tidyMemoryStep } from '../remedies/tidy.ts';
import { removeStep } from '../remove-k3s/book.ts';
import type { Step } from '../book.ts';
import { beforeRemoval, cordonStep } from './drill-steps.ts';
import { restoreKind } from './frame.ts';
import { lookAtFresh } from './fresh.ts';
import { freshAsideStep } from './new-host-steps.ts';
import { tokenStep } from './raw-db-token.ts';
import { lookAtOne } from './several/site.ts';
import type { Standing } from './several/look.ts';
import { explained, firstServerStep, resetStep } from './several/reset.ts';
import { broughtFrom } from './snapshot-there.ts';
import type { Brought } from './snapshot-there.ts';

interface DrillGround {
  readonly own: Standing;
  readonly brought: Brought;
  /** First digits of the hash of the token that opens the snapshot. */
  readonly token: string;
}

/** A restore onto a spare machine, to know that it works and how long it takes. The site itself is not touched. */
export const restoreDrill = restoreKind<DrillGround>({
  title: node => `Drill a restore on the spare machine ${node.name}`,
  says: 'Restores the snapshot on a spare machine with a fresh K3s, compares the cluster with it, and takes K3s off again. No other node is touched. The time it took goes into the record of the site.',
  async look(looker, parts, of) {
    const own = await lookAtOne(looker, parts);
    return { own, ...(await lookAtFresh(looker, parts, of, own)) };
  },
  fields: () => [],
  warnings: ({ brought }, node) => [
    `K3s and everything in it is taken off ${node.name} at the end.`,
    `While the drill runs, ${node.name} believes to be the cluster. Pull it off the site’s network, except for the cable to this laptop: what announces addresses by itself (kube-vip, MetalLB) would announce them twice.`,
    ...brought.warnings,
  ],
  steps(parts, { node, ground, run, owner, whose, takeOver }) {
    const { own, brought, token } = ground;
    const from = broughtFrom(parts, run, brought);
    const reset = { node, standing: own, run, snapshot: from.snapshot };
    const steps: readonly Step[] = [
      unlessStarted(disableStep(own.base, run)),
      ...from.bring,
      tokenStep(parts, { node, run, standing: own }, { hash: token, there: false }),
      freshAsideStep(own.base, run),
      onceOnly(moveStep(own.base, run)),
      firstServerStep(parts, reset),
      resetStep(reset),
      startStep(
        own.base,
        run,
        'start',
        'It does not start by itself: after a power cut the spare stays down.',
      ),
      explained(worksStep(own.base)),
      cordonStep(own.base.nodeName),
      from.compare([own.base.nodeName]),
    ];
    return [
      lockStep(run, owner, whose, takeOver),
      ...steps.map(beforeRemoval),
      removeStep('etcd'),
      tidyMemoryStep(run),
    ];
  },
});
