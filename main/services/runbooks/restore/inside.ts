import { membersIn } from '../../../core/runbook/remedies/members.ts';
import {
  isServer,
  named,
  workloadKinds,
  workloadOf,
  workloadsCompared,
  workloadsIn,
  workloadsTemplate,
} from '../../../core/runbook/restore/workloads.ts';
import type { Inside } from '../../../core/runbook/restore/workloads.ts';
import { sh } from '../../../core/sh.ts';
import { notSo, so, tailOf } from '../book.ts';
import type { Look, Step } from '../book.ts';
import { binaryPath } from '../install-single/deliver.ts';
import type { RemedyParts } from '../remedies/frame.ts';

/** A plan holds no more names than this; the rest is counted. */
const most = 500;

/** Reads which nodes and workloads a snapshot on this laptop holds. Throws as the look into it does. */
export async function lookInside(
  { work, scratch }: RemedyParts,
  path: string,
  signal: AbortSignal,
): Promise<Inside> {
  const options = { signal, scratch };
  const rows = async (kind: string) => await work.look.objects(path, { kind, offset: 0, most }, options);
  const nodes = await rows('Node');
  // one after the other: the worker holds the snapshot open, and answers one question at a time
  const found = [];
  for (const kind of workloadKinds) found.push(await rows(kind));
  const all = found.flatMap(({ objects }) => objects.map(workloadOf));
  const total = found.reduce((sum, one) => sum + one.total, 0);
  return {
    nodes: nodes.objects.map(({ name }) => name),
    servers: nodes.objects.filter(isServer).map(({ name }) => name),
    workloads: all.slice(0, most),
    more: total - Math.min(all.length, most),
  };
}

const nodesCommand = sh`${binaryPath} kubectl get nodes -o json`;
const workloadsCommand = sh`${binaryPath} kubectl get deployments,statefulsets,daemonsets -A -o ${`jsonpath=${workloadsTemplate}`}`;

/** Whether the cluster has what the snapshot holds: the nodes that were worked on Ready, every workload there. */
function asInside(inside: Inside, worked: readonly string[]): Look {
  return {
    shows: [nodesCommand, workloadsCommand].map(({ text }) => ({ text, as: 'root' })),
    look: async (hands, again) => {
      const asking = { as: 'root', again, hush: true, timeoutMs: 60_000, keepBytes: 2 ** 22 } as const;
      const asked = await hands.exec(nodesCommand, asking);
      const nodes = membersIn(asked.stdout);
      if (!nodes) return notSo(tailOf(asked, 1) || 'the cluster does not answer');
      const waiting = nodes.filter(({ ready }) => !ready).map(({ name }) => name);
      const ours = waiting.filter(name => worked.includes(name));
      if (ours.length > 0) return notSo(`not Ready yet: ${ours.join(', ')}`);
      const lost = inside.nodes.filter(name => !nodes.some(one => one.name === name));
      if (lost.length > 0) return notSo(`in the snapshot and not in the cluster: ${named(lost)}`);
      const exit = await hands.exec(workloadsCommand, asking);
      if (exit.code !== 0) return notSo(tailOf(exit, 1) || 'the cluster does not answer');
      const { missing, other } = workloadsCompared(inside.workloads, workloadsIn(exit.stdout));
      if (missing.length > 0) return notSo(`in the snapshot and not in the cluster: ${named(missing)}`);
      return so(
        [
          `all ${inside.nodes.length} nodes and ${inside.workloads.length} workloads of the snapshot are in the cluster`,
          ...(inside.more > 0 ? [`${inside.more} more workloads were not compared`] : []),
          ...(waiting.length > 0 ? [`not Ready: ${named(waiting)}; look at each of them`] : []),
          ...(other.length > 0 ? [`changed since: ${named(other)}`] : []),
        ].join('; '),
      );
    },
  };
}

/** Compares the restored cluster with what the snapshot was seen to hold before. */
export const comparedStep = (inside: Inside, worked: readonly string[]): Step => ({
  id: 'compared',
  title: 'Compare the cluster with the snapshot',
  why: 'A start that worked is not yet a restore: the nodes and workloads of the snapshot have to be there.',
  weight: 3,
  changes: false,
  apply: [],
  verify: {
    ...asInside(inside, worked),
    patience: { everyMs: 3000, forMs: 180_000, what: 'Comparing with the snapshot' },
  },
});
