import type { SnapshotObject } from '../../../../preload/contract/snapshots/look.ts';

/** What keeps pods running. Jobs and pods come and go, so a snapshot says nothing of how many there are now. */
export const workloadKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const;

/** One workload: what it is, where, and how many it wants; a DaemonSet has one a node. */
export interface Workload {
  /** `Deployment shop/web`. */
  readonly name: string;
  readonly replicas?: number;
}

/** Nodes and workloads inside a snapshot, for the comparison with what the cluster has afterwards. No values. */
export interface Inside {
  readonly nodes: readonly string[];
  /** Those of the nodes that are servers. */
  readonly servers: readonly string[];
  readonly workloads: readonly Workload[];
  /** Workloads beyond those listed here. */
  readonly more: number;
}

/** Whether a Node is one of a server. */
export const isServer = ({ labels }: SnapshotObject): boolean =>
  labels.some(({ name }) => /^node-role\.kubernetes\.io\/(?:control-plane|master|etcd)$/.test(name));

export const workloadOf = ({ kind, namespace, name, replicas }: SnapshotObject): Workload => ({
  name: `${kind} ${namespace}/${name}`,
  ...(replicas !== undefined && { replicas }),
});

/** Prints a line for each: kind, namespace and name, replicas. */
export const workloadsTemplate = String.raw`{range .items[*]}{.kind}{" "}{.metadata.namespace}{"/"}{.metadata.name}{" "}{.spec.replicas}{"\n"}{end}`;

/** Reads what `workloadsTemplate` printed. */
export const workloadsIn = (stdout: string): readonly Workload[] =>
  [...stdout.matchAll(/^([A-Z]\w+) (\S+\/\S+) ?(\d*)$/gm)].map(([, kind = '', name = '', replicas = '']) => ({
    name: `${kind} ${name}`,
    ...(replicas !== '' && { replicas: Number(replicas) }),
  }));

export interface Compared {
  /** In the snapshot and not in the cluster. */
  readonly missing: readonly string[];
  /** In both, with other replicas. */
  readonly other: readonly string[];
}

/** What of the snapshot's workloads the cluster lacks, or has otherwise. What it has beyond them does not count. */
export function workloadsCompared(inside: readonly Workload[], now: readonly Workload[]): Compared {
  const found = new Map(now.map(one => [one.name, one]));
  return {
    missing: inside.filter(({ name }) => !found.has(name)).map(({ name }) => name),
    other: inside.flatMap(({ name, replicas }) => {
      const there = found.get(name);
      return there === undefined || there.replicas === replicas
        ? []
        : [`${name} (${replicas ?? '—'} in the snapshot, ${there.replicas ?? '—'} now)`];
    }),
  };
}

const mostNamed = 10;

/** Some names, and how many more. */
export const named = (names: readonly string[]): string =>
  names.length <= mostNamed
    ? names.join(', ')
    : `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more`;
