import type { CallArgs } from '../../../preload/contract/contract.ts';
import type { InstallOptions } from '../../../preload/contract/domain.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { BundleId, NodeId } from '../../../preload/contract/ids.ts';
import { ask, task } from '../app/ask.ts';
import { go } from '../app/actions.ts';
import type { Page } from '../app/page.ts';
import { importBundle } from '../bundles/actions.ts';
import { isUsable } from '../bundles/store.ts';
import { startRun } from '../runs/actions.ts';
import { foldInstall } from './store.ts';
import type { InstallNews, Section } from './store.ts';

const tell = (page: Page, news: InstallNews): void =>
  page.install.setState(state => foldInstall(state, news), true);

export const openSection = (page: Page, section: Section): void => tell(page, { is: 'open', section });
export const chooseBundle = (page: Page, bundle: BundleId): void => tell(page, { is: 'bundle', bundle });

/** Chooses the node and asks what it would get unless changed. */
export async function chooseNode(page: Page, node: NodeId): Promise<void> {
  tell(page, { is: 'node', node });
  await suggest(page);
}

/** Fetches the suggested options of the chosen node. */
export async function suggest(page: Page): Promise<void> {
  const { node } = page.install.getState();
  if (node === undefined) return;
  try {
    const options = await ask(page, 'install.defaults', { node });
    if (page.install.getState().node === node) tell(page, { is: 'suggested', options });
  } catch (thrown) {
    if (page.install.getState().node === node)
      tell(page, { is: 'not-suggested', failure: failureOf(thrown) });
  }
}

export const agreeOptions = (page: Page, options: InstallOptions): void =>
  tell(page, { is: 'options', options });

/**
 * In the practice world: brings in the practice bundle and puts bundle, node and options in place, so that a newcomer
 * only has to look. In the real world: takes the bundle and the node when there is just one of each.
 */
export async function prepareInstall(page: Page): Promise<void> {
  const { prepared, bundle, node } = page.install.getState();
  if (prepared) return;
  tell(page, { is: 'prepared' });
  const { station } = page.app.getState();
  const usable = page.bundles.getState().bundles.value?.filter(isUsable) ?? [];
  const nodes = page.sites.getState().nodes.value ?? [];
  if (bundle === undefined) {
    const only = usable.length === 1 || station ? usable[0] : undefined;
    const chosen = only ?? (station ? await importBundle(page, station.bundleFolder) : undefined);
    if (chosen && isUsable(chosen)) chooseBundle(page, chosen.id);
  }
  if (node === undefined) {
    const only = station?.node ?? (nodes.length === 1 ? nodes[0]?.id : undefined);
    if (only !== undefined) await chooseNode(page, only);
  }
  const { suggested, options } = page.install.getState();
  if (station && suggested && !options) agreeOptions(page, suggested);
}

export const checkKey = 'install.check';
export const planKey = 'install.plan';

/** Looks whether the node is fit for this install; changes nothing there. */
export async function checkNode(page: Page): Promise<void> {
  const { node, bundle, options } = page.install.getState();
  if (node === undefined || bundle === undefined || options === undefined) return;
  const preflight = await task(page, checkKey, how =>
    ask(page, 'node.preflight', { node, bundle, options }, how),
  );
  if (preflight) tell(page, { is: 'preflight', preflight });
}

type InstallAsk = Extract<CallArgs<'run.plan'>['ask'], { is: 'install-single' }>;

export function installAsk(page: Page, byStick: boolean): InstallAsk | undefined {
  const { node, bundle, options } = page.install.getState();
  return node !== undefined && bundle !== undefined && options !== undefined
    ? { is: 'install-single', node, bundle, options, ...(byStick && { byStick }) }
    : undefined;
}

/** Asks for the plan: every command, in order, before anything is sent. */
export async function showPlan(page: Page, byStick = false): Promise<void> {
  const wanted = installAsk(page, byStick);
  if (!wanted) return;
  const plan = await task(page, planKey, how => ask(page, 'run.plan', { ask: wanted }, how));
  if (plan) tell(page, { is: 'plan', plan });
}

export const startKey = 'install.start';

/** Starts exactly the plan that was shown, and goes to its run. */
export async function startInstall(page: Page): Promise<void> {
  const { plan } = page.install.getState();
  const wanted = installAsk(page, plan?.carry?.byStick === true);
  if (!wanted || !plan) return;
  const run = await task(page, startKey, how => startRun(page, wanted, plan.digest, how));
  if (!run) return;
  tell(page, { is: 'started' });
  go({ is: 'run', run: run.id });
}
