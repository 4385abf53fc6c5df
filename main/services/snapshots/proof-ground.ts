import { join } from 'node:path';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import type { NodeId, SiteId } from '../../../preload/contract/ids.ts';
import type { SnapshotNode } from '../../../preload/contract/snapshots/proof.ts';
import type { Secret } from '../../core/secret.ts';
import { caHashOf } from '../../core/server-token.ts';
import type { KnownSite } from '../../core/snapshot-proof/context.ts';
import { nodes as allNodes } from '../../store/nodes.ts';
import { allRuns } from '../../store/runs.ts';
import { sites as allSites } from '../../store/sites.ts';
import type { ProveDeps } from './prove.ts';

type Deps = Pick<ProveDeps, 'store' | 'nodes'>;

/** Every server token in the vault, those of `first` before the others, newest first. Throws `vault-locked`. */
export const serverTokens = ({ store, nodes }: Deps, first: SiteId | undefined): readonly Secret[] =>
  store
    .read(allSites)
    .toSorted((a, b) => Number(b.id === first) - Number(a.id === first))
    .flatMap(site => nodes.history(site.id, 'server-token').map(each => each.secret));

/** The CAs that tokens of a site name. With a token that was given, a locked vault is no reason to stop. */
function casOfTokens({ nodes }: Deps, site: SiteId, maybeLocked: boolean): readonly string[] {
  try {
    return nodes
      .history(site, 'server-token')
      .map(each => caHashOf(each.secret))
      .filter(hash => hash !== undefined);
  } catch (thrown) {
    if (maybeLocked && failureOf(thrown).code === 'vault-locked') return [];
    throw thrown;
  }
}

/** The sites of this laptop with every server CA they were seen with. */
export const knownSites = (deps: Deps, maybeLocked: boolean): readonly KnownSite[] =>
  deps.store.read(allSites).map(({ id, name }) => ({
    id,
    name,
    caHashes: [
      ...new Set([
        ...deps.store.read(db => allNodes(db, id)).flatMap(node => node.caHash ?? []),
        ...casOfTokens(deps, id, maybeLocked),
      ]),
    ],
  }));

/** How runs name a copy of the main settings they kept: on its own, and among files read off a disk. */
const settings = [/^etc-rancher-k3s-config\.yaml\..*\.sealed$/, /^etc_rancher_k3s_config\.yaml\.is-sealed$/];

async function hasSettings(files: ProveDeps['files'], folder: string): Promise<boolean> {
  if ((await files.stat(folder))?.kind !== 'folder') return false;
  return (await files.list(folder)).some(({ name }) => settings.some(one => one.test(name)));
}

/** Whether a node gave its configuration along with a snapshot. A locked vault knows of none. */
function gaveConfiguration({ nodes }: Deps, node: NodeId): boolean {
  try {
    return nodes.history(node, 'configuration').length > 0;
  } catch (thrown) {
    if (failureOf(thrown).code === 'vault-locked') return false;
    throw thrown;
  }
}

/**
 * Of the nodes in a snapshot those whose settings this laptop has, by their names in the snapshot: taken with a snapshot,
 * or kept by some run.
 */
export async function configurationsKept(
  deps: Pick<ProveDeps, 'store' | 'files' | 'home' | 'nodes'>,
  inside: readonly SnapshotNode[],
): Promise<readonly string[]> {
  const { store, files, home } = deps;
  const [known, runs] = store.read(db => [allNodes(db), allRuns(db)] as const);
  const nameInside = (node: SiteNode): string | undefined =>
    inside.find(({ name, addresses }) => name === node.name || addresses.includes(node.address))?.name;
  const kept = new Set(
    known.filter(node => gaveConfiguration(deps, node.id)).flatMap(node => nameInside(node) ?? []),
  );
  for (const run of runs) {
    const node = known.find(each => each.id === run.node);
    const name = node && nameInside(node);
    if (name === undefined || kept.has(name)) continue;
    const folder = join(home.runs, run.id);
    if ((await hasSettings(files, folder)) || (await hasSettings(files, join(folder, 'saved'))))
      kept.add(name);
  }
  return [...kept];
}
