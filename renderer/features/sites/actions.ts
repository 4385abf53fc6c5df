import type { CallArgs } from '../../../preload/contract/contract.ts';
import type { Site, SiteNode } from '../../../preload/contract/domain.ts';
import type { NodeId, SiteId } from '../../../preload/contract/ids.ts';
import { fetched } from '../../ui/loadable.ts';
import { ask, fetchTo, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { withNode } from './store.ts';

/** Fetches all sites and nodes this laptop knows. */
export async function loadSites(page: Page): Promise<void> {
  await Promise.all([
    fetchTo(
      () => page.host.call('site.list', {}),
      news => page.sites.setState(({ sites }) => ({ sites: fetched(sites, news) })),
    ),
    loadNodes(page),
  ]);
}

export const loadNodes = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('node.list', {}),
    news => page.sites.setState(({ nodes }) => ({ nodes: fetched(nodes, news) })),
  );

export const chooseSite = (page: Page, chosen: SiteId): void => page.sites.setState({ chosen });

export async function createSite(page: Page, name: string): Promise<Site> {
  const site = await ask(page, 'site.create', { name });
  page.sites.setState(({ sites }) => ({
    sites: { value: [...(sites.value ?? []), site], loading: false },
    chosen: site.id,
  }));
  return site;
}

/** Puts what the host said of a node where every screen finds it. */
export const keepNode = (page: Page, node: SiteNode): void =>
  page.sites.setState(({ nodes }) => ({
    nodes: { value: withNode(nodes.value ?? [], node), loading: false },
  }));

/** Adds a node and has a first look at it, which changes nothing there. */
export async function addNode(page: Page, args: CallArgs<'node.add'>): Promise<SiteNode> {
  const node = await ask(page, 'node.add', args);
  keepNode(page, node);
  void lookAt(page, node.id);
  return node;
}

export async function removeNode(page: Page, node: NodeId): Promise<void> {
  await ask(page, 'node.remove', { node });
  await loadNodes(page);
}

export const lookKey = (node: NodeId): string => `look:${node}`;

/** Opens a link, changes nothing, shows what is there. */
export async function lookAt(page: Page, node: NodeId): Promise<void> {
  const look = await task(page, lookKey(node), options => ask(page, 'node.look', { node }, options));
  if (!look) return;
  page.sites.setState(({ looks }) => ({ looks: { ...looks, [node]: look } }));
  await loadNodes(page);
}

/** Pins the host key the technician compared. */
export async function trustHostKey(page: Page, node: NodeId, fingerprint: string): Promise<void> {
  keepNode(page, await page.host.call('node.trust', { node, fingerprint }));
}
