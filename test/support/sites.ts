import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { CallArgs } from '../../preload/contract/contract.ts';
import type { SiteNode, World } from '../../preload/contract/domain.ts';
import type { CallContext } from '../../main/bridge/handlers.ts';
import { Secret } from '../../main/core/secret.ts';
import { systemChance } from '../../main/machine/chance.ts';
import { openVault } from '../../main/machine/vault.ts';
import type { Links } from '../../main/ports.ts';
import { siteService } from '../../main/services/sites/service.ts';
import type { SiteService } from '../../main/services/sites/service.ts';
import { openStore } from '../../main/store/open.ts';
import { folder } from './folder.ts';
import { localLink, localLinks } from './local-link.ts';
import { testClock } from './test-clock.ts';

export const context = (signal = new AbortController().signal): CallContext => ({
  signal,
  progress: () => undefined,
});
export const stopless = new AbortController().signal;
export const passphrase = new Secret('three cold husky dogs');

/** A site service on a store and vault of its own. */
export function made(t: TestContext, options: { world?: World; links?: Links; home?: string } = {}) {
  const home = options.home ?? folder(t);
  const world = options.world ?? 'real';
  const store = openStore(join(home, 'coldstart.db'));
  const vault = openVault(join(home, 'vault.json'), { practice: world === 'practice', chance: systemChance });
  const clock = testClock();
  const links = options.links ?? localLinks(() => localLink());
  const sites = siteService({ store, vault, clock, chance: systemChance, links, world });
  t.after(async () => {
    await sites.close();
    store.close();
  });
  return { home, store, vault, clock, links, sites };
}

export const nodeArgs = {
  name: 'cp1',
  address: '127.0.0.1',
  port: 22,
  user: 'tech',
  login: { is: 'auto' },
} as const satisfies Partial<CallArgs<'node.add'>>;

/** A site with one node. */
export async function aNode(sites: SiteService, more: Partial<CallArgs<'node.add'>> = {}): Promise<SiteNode> {
  const site = await sites.calls['site.create']({ name: 'Dome C' }, context());
  return await sites.calls['node.add']({ ...nodeArgs, site: site.id, ...more }, context());
}
