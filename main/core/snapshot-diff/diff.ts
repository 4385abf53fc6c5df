import type { ObjectChange, SnapshotDiff } from '../../../preload/contract/snapshots/look.ts';
import { compareBytes } from '../bbolt/bytes.ts';
import type { Reading } from '../etcd-snapshot/read.ts';
import type { Located } from '../etcd-snapshot/runs.ts';
import { kubeObject } from '../kubernetes/object.ts';
import { compare } from '../snapshot-look/contents.ts';
import { namedBy } from '../snapshot-look/row.ts';
import { appeared, changed } from './change.ts';
import type { Change } from './change.ts';
import { Story } from './story.ts';

/** One of the two snapshots: its keys in order, and what lies under them. */
export type Side = Pick<Reading, 'places' | 'at' | 'live' | 'revision'>;

/** What kube-system says a cluster is; nothing when the snapshot has no such namespace. */
export function clusterUid(side: Pick<Reading, 'live'>): string | undefined {
  for (const { key, value } of side.live('/registry/namespaces/kube-system')) {
    const name = Buffer.from(key).toString('utf8');
    if (name === '/registry/namespaces/kube-system') return kubeObject(name, value)?.metadata.uid;
  }
  return undefined;
}

/** Whether two snapshots are of one cluster. */
export function sameCluster(
  from: Pick<Reading, 'live'>,
  to: Pick<Reading, 'live'>,
): SnapshotDiff['sameCluster'] {
  const [left, right] = [clusterUid(from), clusterUid(to)];
  if (left === undefined || right === undefined) return 'unknown';
  return left === right ? 'yes' : 'no';
}

/** A key with what lies under it on either side. */
type Pair =
  | { readonly is: 'from'; readonly from: Located }
  | { readonly is: 'to'; readonly to: Located }
  | { readonly is: 'both'; readonly from: Located; readonly to: Located };

/** Walks over the keys of both, in order, side by side. */
function* pairs(from: Iterator<Located>, to: Iterator<Located>): Generator<Pair, void> {
  let [left, right] = [from.next(), to.next()];
  for (;;) {
    if (left.done && right.done) return;
    const [a, b] = [left.done ? undefined : left.value, right.done ? undefined : right.value];
    const side = !a ? 1 : !b ? -1 : compareBytes(a.key, 0, a.key.length, b.key, 0, b.key.length);
    if (a && b && side === 0) yield { is: 'both', from: a, to: b };
    else if (a && side < 0) yield { is: 'from', from: a };
    else if (b) yield { is: 'to', to: b };
    if (side <= 0) left = from.next();
    if (side >= 0) right = to.next();
  }
}

/** What a technician should see first: machines, then what runs, then what it runs with; noise last. */
const ranks: Readonly<Record<string, number>> = {
  Node: 0,
  Namespace: 0,
  Deployment: 1,
  StatefulSet: 1,
  DaemonSet: 1,
  CronJob: 1,
  HelmChart: 1,
  HelmChartConfig: 1,
  PersistentVolume: 2,
  PersistentVolumeClaim: 2,
  Service: 2,
  Ingress: 2,
  ConfigMap: 2,
  Secret: 2,
  Job: 3,
  ReplicaSet: 5,
  Pod: 5,
  ControllerRevision: 5,
};
const [otherRank, noiseRank] = [4, 6];
const rankOf = ({ noise, kind }: ObjectChange): number =>
  noise ? noiseRank : Object.hasOwn(ranks, kind) ? (ranks[kind] ?? otherRank) : otherRank;

const mostChanges = 2000;

/** Keeps the changes that are shown, and counts all of them. */
class Tally {
  readonly #kept: ObjectChange[][] = Array.from({ length: noiseRank + 1 }, () => []);
  readonly #counts = new Map<string, { added: number; removed: number; changed: number }>();
  readonly totals = { added: 0, removed: 0, changed: 0 };
  noise = 0;
  #all = 0;

  take({ shown }: Change): void {
    this.#all += 1;
    const kept = this.#kept[rankOf(shown)];
    if (kept && kept.length < mostChanges) kept.push(shown);
    if (shown.noise) {
      this.noise += 1;
      return;
    }
    this.totals[shown.is] += 1;
    const name = `${shown.namespace}/${shown.kind}`;
    const counts = this.#counts.get(name) ?? { added: 0, removed: 0, changed: 0 };
    this.#counts.set(name, counts);
    counts[shown.is] += 1;
  }

  get changes(): readonly ObjectChange[] {
    return this.#kept.flat().slice(0, mostChanges);
  }
  get more(): number {
    return Math.max(0, this.#all - mostChanges);
  }
  get counts(): SnapshotDiff['counts'] {
    return [...this.#counts]
      .map(([name, counts]) => {
        const slash = name.indexOf('/');
        return { namespace: name.slice(0, slash), kind: name.slice(slash + 1), ...counts };
      })
      .toSorted((a, b) => compare(a.namespace, b.namespace) || compare(a.kind, b.kind));
  }
}

/** Compares two snapshots object by object. Objects of the same bytes are passed over without a look inside. */
export function diffOf(
  from: Side,
  to: Side,
  goOn: () => void = () => undefined,
): Omit<SnapshotDiff, 'from' | 'to' | 'damage'> {
  const [tally, story] = [new Tally(), new Story()];
  const same = sameCluster(from, to);
  let seen = 0;
  for (const pair of pairs(from.places()[Symbol.iterator](), to.places()[Symbol.iterator]())) {
    if ((++seen & 0xff) === 0) goOn();
    const change = changeOf(pair, from, to);
    if (!change) continue;
    tally.take(change);
    story.hear(change);
  }
  return {
    sameCluster: same,
    ...tally.totals,
    noise: tally.noise,
    counts: tally.counts,
    changes: tally.changes,
    moreChanges: tally.more,
    says: story.told({ same, isBackwards: to.revision < from.revision, noise: tally.noise }),
  };
}

function changeOf(pair: Pair, from: Side, to: Side): Change | undefined {
  if (pair.is === 'both') {
    const [left, right] = [pair.from.place, pair.to.place];
    const [a, b] = [left && from.at(left), right && to.at(right)];
    if (!a || !b || Buffer.compare(a.value, b.value) === 0) return undefined;
    const named = namedBy(Buffer.from(b.key).toString('utf8'));
    return named && changed(named, a.value, b.value);
  }
  const [side, located] = pair.is === 'from' ? [from, pair.from] : [to, pair.to];
  const entry = located.place && side.at(located.place);
  const named = entry && namedBy(Buffer.from(entry.key).toString('utf8'));
  return named && appeared(named, entry.value, pair.is === 'from' ? 'removed' : 'added');
}
