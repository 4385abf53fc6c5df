import { createStore } from 'zustand/vanilla';
import type { Bundle, BundleFile } from '../../../preload/contract/domain.ts';
import type { BundleId } from '../../../preload/contract/ids.ts';
import type { Loadable } from '../../ui/loadable.ts';
import { unloaded } from '../../ui/loadable.ts';

export interface BundlesState {
  readonly bundles: Loadable<readonly Bundle[]>;
  /** The bundle whose files are shown. */
  readonly open?: BundleId;
  /** What a check of a folder gave that was not imported. */
  readonly checked?: Bundle;
}

export const bundlesStore = () => createStore<BundlesState>(() => ({ bundles: unloaded }));

/** Put in its place, or first when it is new. */
export const withBundle = (bundles: readonly Bundle[], bundle: Bundle): readonly Bundle[] =>
  bundles.some(each => each.id === bundle.id)
    ? bundles.map(each => (each.id === bundle.id ? bundle : each))
    : [bundle, ...bundles];

/** Whether an install may use it: all there, and someone vouches for it. */
export const isUsable = (bundle: Bundle): boolean =>
  bundle.complete && (bundle.origin.is === 'signed' || bundle.origin.consent !== undefined);

const good: ReadonlySet<BundleFile['state']> = new Set(['matches', 'unlisted', 'not-carried']);

/** Files that stand in the way of using the bundle. */
export const troubles = (bundle: Bundle): readonly BundleFile[] =>
  bundle.files.filter(file => !good.has(file.state));

/** Troubles first, then as the host gave them. */
export const troublesFirst = (bundle: Bundle): readonly BundleFile[] => [
  ...troubles(bundle),
  ...bundle.files.filter(file => good.has(file.state)),
];
