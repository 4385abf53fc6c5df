import type { NodeId, RunId } from '../../../preload/contract/ids.ts';

/** The screens with a place in the navigation. */
export const screens = ['sites', 'bundles', 'install', 'runs', 'snapshots', 'supply', 'settings'] as const;
export type Screen = (typeof screens)[number];

export type Route =
  | { readonly is: 'welcome' }
  | { readonly is: Screen }
  | { readonly is: 'run'; readonly run: RunId }
  | { readonly is: 'shell'; readonly node: NodeId };

/** The part after `#` names the screen, so Back, Forward and a reload do what they say. */
export function routeOf(hash: string): Route {
  const [name = '', id = ''] = hash.replace(/^#\/?/, '').split('/');
  if (name === 'run' && id !== '') return { is: 'run', run: id as RunId };
  if (name === 'shell' && id !== '') return { is: 'shell', node: id as NodeId };
  return { is: screens.find(screen => screen === name) ?? 'welcome' };
}

export function hashOf(route: Route): string {
  if (route.is === 'run') return `#/run/${route.run}`;
  if (route.is === 'shell') return `#/shell/${route.node}`;
  return `#/${route.is}`;
}

/** Which entry of the navigation a screen belongs to. */
export function screenOf(route: Route): Screen | undefined {
  if (route.is === 'run') return 'runs';
  if (route.is === 'shell') return 'sites';
  return route.is === 'welcome' ? undefined : route.is;
}
