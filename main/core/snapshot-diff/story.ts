import type { SnapshotDiff } from '../../../preload/contract/snapshots/look.ts';
import type { Json } from '../kubernetes/json.ts';
import { isObject } from '../kubernetes/object.ts';
import type { KubeObject } from '../kubernetes/object.ts';
import { imagesOf } from '../kubernetes/pod-spec.ts';
import { compare } from '../snapshot-look/contents.ts';
import type { Change } from './change.ts';

/** One screen. */
const [mostSentences, mostNames] = [24, 4];

/** Things that come and go with what made them; their number is told, not their names. */
const made = new Set(['Pod', 'ReplicaSet', 'ControllerRevision', 'Job']);
const workloads = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob']);

interface Group {
  readonly kind: string;
  readonly namespace: string;
  readonly is: 'added' | 'removed' | 'changed';
  count: number;
  readonly names: string[];
}

/** Hears of changes one by one and tells what happened in plain sentences. */
export class Story {
  readonly #nodes: string[] = [];
  readonly #runs: string[] = [];
  readonly #groups = new Map<string, Group>();
  #pods = 0;

  hear(change: Change): void {
    const { shown } = change;
    if (shown.noise) return;
    if (shown.kind === 'Pod') this.#pods += 1;
    else if (shown.kind === 'Node') this.#node(change);
    else if (!this.#workload(change)) this.#count(shown);
  }

  /** At most 24 sentences, what matters most first. */
  told(of: {
    readonly same: SnapshotDiff['sameCluster'];
    readonly isBackwards: boolean;
    readonly noise: number;
  }): readonly string[] {
    const groups = [...this.#groups.values()].toSorted(
      (a, b) => weight(a) - weight(b) || compare(a.namespace, b.namespace) || compare(a.kind, b.kind),
    );
    const body = [...this.#nodes, ...this.#runs, ...groups.map(groupSays), ...this.#podsSay()];
    const cut = body.length > mostSentences;
    const shown = cut ? body.slice(0, mostSentences - 1) : body;
    return [
      ...(of.same === 'no'
        ? ['These are snapshots of two different clusters, so nearly everything differs.']
        : []),
      ...(of.isBackwards && of.same !== 'no'
        ? ['The second snapshot is the older one, or the cluster was restored in between.']
        : []),
      ...(body.length === 0 ? ['Nothing of note changed.'] : shown),
      ...(cut ? [`And ${body.length - shown.length} more; the list below has them all.`] : []),
      ...(of.noise > 0
        ? [
            `${many(of.noise, 'object')} changed only as ${of.noise === 1 ? 'it does' : 'they do'} all the time (leases, events, heartbeats).`,
          ]
        : []),
    ];
  }

  #count({ kind, namespace, is, name }: Change['shown']): void {
    const key = `${is} ${kind} ${namespace}`;
    const group = this.#groups.get(key) ?? { kind, namespace, is, count: 0, names: [] };
    this.#groups.set(key, group);
    group.count += 1;
    if (group.names.length < mostNames) group.names.push(name);
  }

  #podsSay(): readonly string[] {
    return this.#pods === 0 ? [] : [`${many(this.#pods, 'pod')} came, went or changed with what runs them.`];
  }

  #node({ shown: { name, is }, before, after }: Change): void {
    if (is === 'added') this.#nodes.push(`Node ${name} is new.`);
    if (is === 'removed') this.#nodes.push(`Node ${name} is gone.`);
    if (is !== 'changed') return;
    const said = [
      changedText('K3s of node', name, infoOf(before, 'kubeletVersion'), infoOf(after, 'kubeletVersion')),
      changedText(
        'The kernel of node',
        name,
        infoOf(before, 'kernelVersion'),
        infoOf(after, 'kernelVersion'),
      ),
      infoOf(before, 'bootID') === infoOf(after, 'bootID') ? undefined : `Node ${name} was started anew.`,
      readySays(name, before, after),
      cordonSays(name, before, after),
    ].filter(each => each !== undefined);
    this.#nodes.push(...(said.length > 0 ? said : [`Node ${name} changed.`]));
  }

  /** Whether all there is to say of it was said. */
  #workload({ shown: { kind, name, namespace, is }, before, after, differences }: Change): boolean {
    if (!workloads.has(kind) || is !== 'changed' || !before || !after) return false;
    const who = `${name} in ${namespace}`;
    const [was, now] = [imagesOf(before), imagesOf(after)];
    const [gone, fresh] = [was.filter(each => !now.includes(each)), now.filter(each => !was.includes(each))];
    const said = [
      gone.length === 1 && fresh.length === 1
        ? `The image of ${who} changed from ${gone[0]} to ${fresh[0]}.`
        : gone.length + fresh.length > 0
          ? `The images of ${who} changed: ${[...gone.map(each => `without ${each}`), ...fresh.map(each => `with ${each}`)].join(', ')}.`
          : undefined,
      replicasSay(who, before, after),
    ].filter(each => each !== undefined);
    this.#runs.push(...said);
    // Only its status is different: pods of it were ready or not, which passes.
    return (
      said.length > 0 || (differences.length > 0 && differences.every(({ path }) => path[0] === 'status'))
    );
  }
}

const field = (value: Json | undefined, ...path: readonly string[]): Json | undefined =>
  path.reduce<Json | undefined>((here, name) => (isObject(here) ? here[name] : undefined), value);

const infoOf = (node: KubeObject | undefined, name: string): string => {
  const found = field(node, 'status', 'nodeInfo', name);
  return typeof found === 'string' ? found : '';
};

const changedText = (what: string, name: string, before: string, after: string): string | undefined =>
  before === after || before === '' || after === ''
    ? undefined
    : `${what} ${name} changed from ${before} to ${after}.`;

function readyOf(node: KubeObject | undefined): string | undefined {
  const conditions = field(node, 'status', 'conditions');
  const ready = Array.isArray(conditions)
    ? (conditions as readonly Json[]).filter(isObject).find(each => each['type'] === 'Ready')
    : undefined;
  return typeof ready?.['status'] === 'string' ? ready['status'] : undefined;
}

function readySays(name: string, before?: KubeObject, after?: KubeObject): string | undefined {
  const [was, is] = [readyOf(before), readyOf(after)];
  if (was === is || is === undefined) return undefined;
  return is === 'True' ? `Node ${name} is ready again.` : `Node ${name} is no longer ready.`;
}

function cordonSays(name: string, before?: KubeObject, after?: KubeObject): string | undefined {
  const [was, is] = [field(before, 'spec', 'unschedulable'), field(after, 'spec', 'unschedulable')];
  if ((was === true) === (is === true)) return undefined;
  return is === true ? `Node ${name} takes no new pods (cordoned).` : `Node ${name} takes pods again.`;
}

function replicasSay(who: string, before: KubeObject, after: KubeObject): string | undefined {
  const [was, is] = [field(before, 'spec', 'replicas'), field(after, 'spec', 'replicas')];
  if (was === is || typeof was !== 'number' || typeof is !== 'number') return undefined;
  return `The replicas of ${who} changed from ${was} to ${is}.`;
}

/** What is said first: what came or went, of what matters. */
function weight({ kind, is }: Group): number {
  const base =
    kind === 'Namespace' ? 0 : workloads.has(kind) ? 1 : made.has(kind) ? 8 : kind === 'Secret' ? 3 : 4;
  return base * 2 + (is === 'changed' ? 1 : 0);
}

/** `2 deployments`; words of Kubernetes keep their form. */
function many(count: number, kind: string): string {
  if (count === 1) return `1 ${kind}`;
  if (kind.endsWith('s')) return `${count} ${kind}es`;
  return `${count} ${/[^aeiou]y$/.test(kind) ? `${kind.slice(0, -1)}ies` : `${kind}s`}`;
}

function groupSays({ kind, namespace, is, count, names }: Group): string {
  const where = namespace === '' ? '' : ` in ${namespace}`;
  const named =
    made.has(kind) || names.length === 0
      ? ''
      : ` (${names.join(', ')}${count > names.length ? ` and ${count - names.length} more` : ''})`;
  const verb = count === 1 ? 'was' : 'were';
  if (kind === 'Secret' && is === 'changed')
    return `${many(count, kind)} ${verb} rewritten${where}${named}; values are not shown.`;
  return `${many(count, kind)} ${verb} ${is}${where}${named}.`;
}
