import type { InstallOptions, SiteNode } from '../../../../preload/contract/domain.ts';
import { coverage } from '../../../../preload/contract/coverage.ts';
import type { BundleId, RunId } from '../../../../preload/contract/ids.ts';
import type { Delivery } from '../../bundles/bundles.ts';
import { asking, so, notSo } from '../book.ts';
import type { Book, Step } from '../book.ts';
import { lockStep, unlock } from '../lock.ts';
import type { Whose } from '../lock.ts';
import { preflightStep } from '../preflight.ts';
import type { SurveyParts } from '../survey.ts';
import { script } from '../../../core/sh.ts';
import { binaryStep, imagesStep, tidyScript } from './deliver.ts';
import type { InstallGround } from './ground.ts';
import { configStep } from './configure.ts';
import { certificateStep, kubeconfigStep, recordStep, tokenStep } from './keep.ts';
import type { KeepParts } from './keep.ts';
import { identityStep, rescueStep } from './rescue.ts';
import { datastoreStep, readyStep, serviceStep, startStep } from './start.ts';

export interface InstallOf {
  readonly node: SiteNode;
  readonly bundle: BundleId;
  readonly options: InstallOptions;
  readonly ground: InstallGround;
  readonly delivery: Delivery;
  readonly run: RunId;
  readonly owner: string;
  readonly whose: Whose;
  readonly takeOver: string | undefined;
  readonly supplyRunDays: number;
}

const leftScript = String.raw`# is anything of this run left?
for p in "$1/.coldstart" /usr/local/bin/.k3s.coldstart "/run/coldstart/$2"; do [ -e "$p" ] && echo "$p"; done
grep -qx "run=$2" /run/coldstart/lock/holder 2>/dev/null && echo the lock
exit 0`;

/** The last step: nothing of the runbook itself stays on the node. */
export const tidyStep = (run: string): Step => ({
  id: 'tidy',
  title: 'Leave the node clean',
  why: 'Temporary files and the reservation are taken away.',
  weight: 1,
  changes: false,
  apply: [{ is: 'command', as: 'root', command: tidyScript(run) }],
  verify: asking('root', script(leftScript, '/var/lib/rancher/k3s', run), ({ stdout }) =>
    stdout.trim() === ''
      ? so('nothing of the runbook is left on the node')
      : notSo(`left: ${stdout.trim().split('\n').join(', ')}`),
  ),
});

function warnings({ options, ground, supplyRunDays }: InstallOf): readonly string[] {
  const sum = coverage(options.snapshotCron, options.snapshotRetention, supplyRunDays);
  return [
    ...(sum && !sum.enough ? [sum.says] : []),
    ...(sum ? [] : ['The snapshot schedule fires too rarely to be counted on.']),
    ...(options.secretsEncryption
      ? []
      : ['Secrets will lie unencrypted in every snapshot; this cannot simply be changed later.']),
    ...(options.disable.includes('local-storage')
      ? ['Without local-storage there is no storage class: workloads that ask for a volume wait for ever.']
      : []),
    ...(options.disable.includes('coredns') ? ['Without coredns no workload finds another by name.'] : []),
    ...(ground.living && ground.differs.length > 0
      ? [`The running cluster gets new settings and is restarted: ${ground.differs.join('; ')}.`]
      : []),
    ...(ground.living && ground.differs.some(one => one.startsWith('disable:'))
      ? ['Disabling a part of a running cluster deletes it, with what depends on it.']
      : []),
    ...(!options.rescuable
      ? ['The node is not made rescuable: when its network dies, a screen and keyboard are the only way in.']
      : []),
  ];
}

/** The runbook that installs a single server with embedded etcd. Running it again changes nothing and says so. */
export function installBook(parts: SurveyParts & KeepParts, of: InstallOf): Book {
  const { node, options, ground, delivery, run, bundle } = of;
  const keep = { ground, options, node, run };
  const steps: Step[] = [
    preflightStep(parts, { node, bundle, options }, true),
    lockStep(run, of.owner, of.whose, of.takeOver),
    identityStep((machineId, bootId) => {
      parts.nodes.learned(node.id, { machineId, bootId });
    }),
    tokenStep(parts, keep),
    imagesStep(delivery, ground.login),
    binaryStep(delivery, ground.login),
    configStep(parts, keep),
    serviceStep(ground, delivery, run),
    startStep(ground),
    readyStep(ground, options.nodeName, delivery.k3sVersion),
    datastoreStep(options.nodeName),
    certificateStep(parts, keep),
    recordStep(parts, keep, delivery.k3sVersion),
    kubeconfigStep(parts, keep),
    ...(options.rescuable ? [rescueStep(ground, options.serialConsole)] : []),
    tidyStep(run),
  ];
  return {
    title: `Install K3s ${delivery.k3sVersion} on ${node.name}`,
    steps,
    warnings: warnings(of),
    afterFailure: 'Continue the run, or run “Remove K3s” to go back.',
    release: async (hands, why) => {
      await hands.exec(why === 'cancelled' ? tidyScript(run) : unlock(run), {
        as: 'root',
        timeoutMs: 15_000,
      });
    },
  };
}
