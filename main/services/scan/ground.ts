import { failureOf } from '../../../preload/contract/failure.ts';
import type { MachineId } from '../../../preload/contract/ids.ts';
import type { Ground } from '../../core/lan/inventory/machine.ts';
import { caHashOf } from '../../core/server-token.ts';
import type { Chance } from '../../ports.ts';
import { siteCaHashes } from '../../store/inventory.ts';
import { nodes as allNodes } from '../../store/nodes.ts';
import { sites as allSites } from '../../store/sites.ts';
import type { Store } from '../../store/store.ts';
import type { KeptSecrets } from '../sites/nodes.ts';

/** CAs that the tokens of a site name. A locked vault names none; those the nodes showed are known without it. */
function casOfTokens(secrets: KeptSecrets, site: Parameters<KeptSecrets['history']>[0]): readonly string[] {
  try {
    return secrets.history(site, 'server-token').flatMap(each => caHashOf(each.secret) ?? []);
  } catch (thrown) {
    if (failureOf(thrown).code === 'vault-locked' || failureOf(thrown).code === 'damaged') return [];
    throw thrown;
  }
}

/** Sites with every CA they were seen with, and the nodes of this laptop: what machines are matched against. */
export function groundOf(deps: {
  readonly store: Store;
  readonly secrets: KeptSecrets;
  readonly chance: Chance;
}): Ground {
  const { store, secrets, chance } = deps;
  const nodes = store.read(db => allNodes(db));
  const ids = new Map<string, MachineId>();
  return {
    sites: store.read(allSites).map(({ id, name }) => ({
      id,
      name,
      caHashes: [
        ...new Set([
          ...nodes.flatMap(node => (node.site === id && node.caHash !== undefined ? [node.caHash] : [])),
          ...store.read(db => siteCaHashes(db, id)),
          ...casOfTokens(secrets, id),
        ]),
      ],
    })),
    nodes,
    idFor(key) {
      const id = ids.get(key) ?? (chance.uuid() as MachineId);
      ids.set(key, id);
      return id;
    },
  };
}
