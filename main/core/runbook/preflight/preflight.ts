import type { Check } from '../../../../preload/contract/domain.ts';
import { diskJudges } from './disk.ts';
import { k3sJudges } from './k3s.ts';
import { machineJudges } from './machine.ts';
import { networkJudges } from './network.ts';
import type { Sight } from './sight.ts';
import { timeJudges } from './time.ts';

/** All checks of a node, in the order a technician would look: the machine, its disks, its network, its clock, K3s. */
export function checks(sight: Sight): readonly Check[] {
  const all = [...machineJudges, ...diskJudges, ...networkJudges, ...timeJudges, ...k3sJudges];
  const found = all.flatMap(judge => judge(sight) ?? []);
  if (sight.facts.whole) return found;
  const cut: Check = {
    id: 'whole',
    title: 'The look at the node',
    verdict: 'unknown',
    saw: 'It stopped before its end, so some answers are missing.',
    next: 'Look again; if it happens twice, look at the node’s shell.',
  };
  return [cut, ...found];
}
