import type { ProofPart, ProofPartName, ProofVerdict } from '../../../preload/contract/snapshots/proof.ts';

/**
 * Parts without which nobody may count on a restore of the cluster. One that failed makes the snapshot not restorable;
 * one that could not be checked leaves it not proven. A warning in them has to be read and does not stop.
 *
 * - file, trailer, pages: K3s refuses a torn file, or etcd breaks on it later.
 * - keys: what Kubernetes cannot read is gone after a restore.
 * - reference: the trailer is a checksum that anybody can compute anew; only a hash recorded elsewhere tells that nothing
 *   was changed (safety rule 7).
 * - token: without the right one the restored server cannot read its own CA and keys.
 * - site: a snapshot of another site, restored here, takes this site's place.
 * - secrets: sealed ones whose key is nowhere are lost. Secrets in the clear only warn: they restore.
 * - versions: another K3s may not read it (safety rule 5).
 * - alarms: K3s does not start with CORRUPT; that alone fails.
 */
export const thatMatter: ReadonlySet<ProofPartName> = new Set<ProofPartName>([
  'file',
  'trailer',
  'pages',
  'keys',
  'reference',
  'token',
  'site',
  'secrets',
  'versions',
  'alarms',
]);

/**
 * Parts that tell whether more than the cluster's state comes back (safety rule 6): etcd holds no volume data, no images,
 * no binaries, no configuration files. All of them must have passed before a whole site is promised. Age, members and
 * quota are told and decide nothing: an old or a large snapshot restores all the same.
 */
export const ofTheSite: ReadonlySet<ProofPartName> = new Set<ProofPartName>([
  'volumes',
  'images',
  'binary',
  'configuration',
]);

/** The one verdict on a snapshot, from its parts alone. A part that is not there counts as not checked. */
export function verdictOf(parts: readonly Pick<ProofPart, 'part' | 'is'>[]): ProofVerdict {
  const standing = (name: ProofPartName): ProofPart['is'] =>
    parts.find(each => each.part === name)?.is ?? 'not-checked';
  const matter = [...thatMatter].map(standing);
  if (matter.includes('failed')) return 'not-restorable';
  if (matter.includes('not-checked')) return 'not-proven';
  return [...ofTheSite].every(name => standing(name) === 'passed') ? 'site-restorable' : 'cluster-restorable';
}

/** Whether a verdict is good enough to count on. */
export const isProven = (verdict: ProofVerdict): boolean =>
  verdict === 'site-restorable' || verdict === 'cluster-restorable';

const list = (parts: readonly ProofPart[]): string => parts.map(each => each.title.toLowerCase()).join(', ');

/** The verdict in words, with what to do next. */
export function verdictSays(verdict: ProofVerdict, parts: readonly ProofPart[]): string {
  const matter = parts.filter(each => thatMatter.has(each.part));
  switch (verdict) {
    case 'site-restorable':
      return 'The whole site can be restored with what is on this laptop.';
    case 'cluster-restorable': {
      const missing = parts.filter(each => ofTheSite.has(each.part) && each.is !== 'passed');
      return `The cluster’s state can be restored. For the whole site more is needed: ${list(missing)}.`;
    }
    case 'not-proven': {
      const open = matter.filter(each => each.is === 'not-checked');
      return `Not proven: ${list(open)} could not be checked. ${open.find(each => each.next !== undefined)?.next ?? ''}`.trim();
    }
    case 'not-restorable': {
      const [first] = matter.filter(each => each.is === 'failed');
      return `Do not count on it. ${first?.says ?? ''} ${first?.next ?? ''}`.trim();
    }
    default:
      return verdict satisfies never;
  }
}
