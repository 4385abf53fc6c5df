import type { Bundle } from '../../../preload/contract/domain.ts';
import type { BundleId } from '../../../preload/contract/ids.ts';
import { fetched } from '../../ui/loadable.ts';
import { without } from '../../ui/without.ts';
import { ask, fetchTo, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { withBundle } from './store.ts';

export const loadBundles = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('bundle.list', {}),
    news => page.bundles.setState(({ bundles }) => ({ bundles: fetched(bundles, news) })),
  );

const keep = (page: Page, bundle: Bundle): void =>
  page.bundles.setState(({ bundles }) => ({
    bundles: { value: withBundle(bundles.value ?? [], bundle), loading: false },
  }));

export const importKey = 'bundle.import';

/** Checks a folder and copies it into the vault. An incomplete bundle comes back too, and says what is wrong. */
export async function importBundle(page: Page, path: string): Promise<Bundle | undefined> {
  page.bundles.setState(state => without(state, 'checked'), true);
  const bundle = await task(page, importKey, options => ask(page, 'bundle.import', { path }, options));
  if (!bundle) return undefined;
  await loadBundles(page);
  // An incomplete bundle may not have been kept; then it is only shown.
  const kept = page.bundles.getState().bundles.value?.some(each => each.id === bundle.id) === true;
  page.bundles.setState(kept ? { open: bundle.id } : { checked: bundle });
  return bundle;
}

/** Checks a folder without importing it. */
export async function checkFolder(page: Page, path: string): Promise<void> {
  page.bundles.setState(state => without(state, 'checked'), true);
  const checked = await task(page, importKey, options => ask(page, 'bundle.verify', { path }, options));
  if (checked) page.bundles.setState({ checked });
}

export const verifyKey = (bundle: BundleId): string => `bundle.verify:${bundle}`;

/** Hashes an imported bundle again. */
export async function verifyAgain(page: Page, bundle: BundleId): Promise<void> {
  const fresh = await task(page, verifyKey(bundle), options =>
    ask(page, 'bundle.verify', { bundle }, options),
  );
  if (fresh) keep(page, fresh);
}

/** The technician's typed word for a bundle nobody signed. */
export async function consent(page: Page, bundle: BundleId, typed: string): Promise<void> {
  keep(page, await ask(page, 'bundle.consent', { bundle, typed }));
}

export async function removeBundle(page: Page, bundle: BundleId): Promise<void> {
  await ask(page, 'bundle.remove', { bundle });
  await loadBundles(page);
}
