import type { NodeId, RunId, SnapshotId } from '../../../preload/contract/ids.ts';

/** The screens with a place in the navigation. */
export const screens = [
  'sites',
  'map',
  'bundles',
  'install',
  'runs',
  'snapshots',
  'metrics',
  'supply',
  'keys',
  'rescue',
  'exercises',
  'settings',
] as const;
export type Screen = (typeof screens)[number];

export type Route =
  | { readonly is: 'welcome' }
  | { readonly is: Exclude<Screen, 'rescue'> }
  /** Without a node: which one is asked first. */
  | { readonly is: 'rescue'; readonly node?: NodeId }
  | { readonly is: 'console'; readonly port: string }
  | { readonly is: 'run'; readonly run: RunId }
  /** Inside one copy of a snapshot. */
  | { readonly is: 'look'; readonly snapshot: SnapshotId }
  /** The way back of a cluster: from one copy of a snapshot, on one node, or with both still to be chosen. */
  | { readonly is: 'restore'; readonly snapshot?: SnapshotId; readonly node?: NodeId }
  | { readonly is: 'shell'; readonly node: NodeId };

/** The part after `#` names the screen, so Back, Forward and a reload do what they say. */
export function routeOf(hash: string): Route {
  const [name = '', id = '', more = ''] = hash.replace(/^#\/?/, '').split('/');
  if (name === 'run' && id !== '') return { is: 'run', run: id as RunId };
  if (name === 'look' && id !== '') return { is: 'look', snapshot: id as SnapshotId };
  if (name === 'restore') return restoreRoute(id, more);
  if (name === 'shell' && id !== '') return { is: 'shell', node: id as NodeId };
  if (name === 'rescue' && id !== '') return { is: 'rescue', node: id as NodeId };
  if (name === 'console' && id !== '') return { is: 'console', port: decoded(id) };
  return { is: screens.find(screen => screen === name) ?? 'welcome' };
}

/** `#/restore`, `#/restore/from/SNAPSHOT` or `#/restore/on/NODE`. */
function restoreRoute(how: string, id: string): Route {
  if (how === 'from' && id !== '') return { is: 'restore', snapshot: id as SnapshotId };
  if (how === 'on' && id !== '') return { is: 'restore', node: id as NodeId };
  return { is: 'restore' };
}

/** A port has slashes and colons in it. Half an escape, as of an address typed by hand, is taken as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function hashOf(route: Route): string {
  switch (route.is) {
    case 'run':
      return `#/run/${route.run}`;
    case 'look':
      return `#/look/${route.snapshot}`;
    case 'restore':
      if (route.snapshot !== undefined) return `#/restore/from/${route.snapshot}`;
      return route.node === undefined ? '#/restore' : `#/restore/on/${route.node}`;
    case 'shell':
      return `#/shell/${route.node}`;
    case 'rescue':
      return route.node === undefined ? '#/rescue' : `#/rescue/${route.node}`;
    case 'console':
      return `#/console/${encodeURIComponent(route.port)}`;
    default:
      return `#/${route.is}`;
  }
}

/** Which entry of the navigation a screen belongs to. */
export function screenOf(route: Route): Screen | undefined {
  if (route.is === 'run') return 'runs';
  if (route.is === 'look' || route.is === 'restore') return 'snapshots';
  if (route.is === 'shell') return 'sites';
  if (route.is === 'console') return 'rescue';
  return route.is === 'welcome' ? undefined : route.is;
}
