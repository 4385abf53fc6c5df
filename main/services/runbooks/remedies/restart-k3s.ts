import type { Base } from '../../../core/runbook/remedies/base.ts';
import { copyStep } from './copies.ts';
import { remedyKind } from './frame.ts';
import { lookAtBase } from './look.ts';
import { startStep, worksStep } from './service.ts';

/** A restart: also what lifts etcd's quota alarm and renews certificates that soon expire. */
export const restartK3s = remedyKind<Base>({
  title: node => `Restart K3s on ${node.name}`,
  says: 'Restarts the K3s service and waits until it works. At its start K3s tidies up etcd, lifts a quota alarm and renews certificates; running pods go on.',
  look: (looker, { clock }) => lookAtBase(looker, clock),
  warnings: ({ ground }) =>
    ground.enabled
      ? []
      : ['The service does not start with the machine: after the next power cut it stays down.'],
  steps: (parts, { node, ground, run }) => [
    copyStep(parts, node, run),
    startStep(ground, run, 'restart', 'The service is stopped and started again; pods go on meanwhile.'),
    worksStep(ground),
  ],
});
