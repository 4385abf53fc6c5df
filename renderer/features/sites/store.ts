import { createStore } from 'zustand/vanilla';
import type { NodeLook, Site, SiteNode } from '../../../preload/contract/domain.ts';
import type { NodeId, SiteId } from '../../../preload/contract/ids.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';

export interface SitesState {
  readonly sites: Loadable<readonly Site[]>;
  readonly nodes: Loadable<readonly SiteNode[]>;
  /** The site the technician works at; every screen follows it. */
  readonly chosen?: SiteId;
  /** What the last look at a node gave, in this session. */
  readonly looks: Readonly<Record<NodeId, NodeLook>>;
}

export const sitesStore = () =>
  createStore<SitesState>(() => ({ sites: unloaded, nodes: unloaded, looks: {} }));

/** The site every screen shows: the chosen one, else the first. */
export function siteOf({ sites, chosen }: SitesState): Site | undefined {
  return sites.value?.find(site => site.id === chosen) ?? sites.value?.[0];
}

const noNodes: readonly SiteNode[] = [];

/** Nodes of one site, by name. */
export const nodesOf = (
  nodes: readonly SiteNode[] | undefined,
  site: SiteId | undefined,
): readonly SiteNode[] =>
  site === undefined
    ? noNodes
    : (nodes ?? noNodes).filter(node => node.site === site).toSorted((a, b) => a.name.localeCompare(b.name));

/** The list with one node put in its place, or added. */
export const withNode = (nodes: readonly SiteNode[], node: SiteNode): readonly SiteNode[] =>
  nodes.some(each => each.id === node.id)
    ? nodes.map(each => (each.id === node.id ? node : each))
    : [...nodes, node];
