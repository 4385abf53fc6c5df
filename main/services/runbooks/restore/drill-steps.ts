import { sh } from '../../../core/sh.ts';
import { asking, notSo, so, tailOf } from '../book.ts';
import type { Look, Step } from '../book.ts';
import { binaryPath } from '../install-single/deliver.ts';

/** Once K3s is being taken off the spare again, nothing that came before is looked for or done any more. */
export function beforeRemoval(step: Step): Step {
  const past = <L extends Look>(look: L): L => ({
    ...look,
    look: async (hands, again) =>
      hands.changedSince('remove', step.id) || hands.didBefore('remove')
        ? so('done before K3s was taken off again')
        : await look.look(hands, again),
  });
  const none: Look = { shows: [], look: () => Promise.resolve(notSo('not done in this run yet')) };
  return { ...step, probe: past(step.probe ?? none), verify: past(step.verify) };
}

/** Keeps the workloads of the restored cluster from starting on the spare: they may write to what is outside of it. */
export function cordonStep(nodeName: string): Step {
  const get = sh`${binaryPath} kubectl get node ${nodeName} -o ${'jsonpath={.spec.unschedulable}'}`;
  const cordoned: Look = asking(
    'root',
    get,
    exit =>
      exit.stdout.trim() === 'true'
        ? so('no pod is put on it')
        : notSo(tailOf(exit, 1) || 'pods may be put on it'),
    { hush: true, timeoutMs: 60_000 },
  );
  return {
    id: 'cordon',
    title: 'Let no workload start on the spare',
    why: 'Within minutes the restored cluster would move its pods here, and they might write to something real.',
    weight: 1,
    changes: true,
    probe: cordoned,
    apply: [
      { is: 'command', as: 'root', command: sh`${binaryPath} kubectl cordon ${nodeName}`, timeoutMs: 60_000 },
    ],
    verify: {
      ...cordoned,
      patience: { everyMs: 2000, forMs: 60_000, what: 'Closing the spare to workloads' },
    },
  };
}
