import type { ExportId, SiteId } from '../../../preload/contract/ids.ts';
import type { ExportChoice } from '../../../preload/contract/supply/exports.ts';
import { fetched } from '../../ui/loadable.ts';
import { without } from '../../ui/without.ts';
import { ask, clearTask, fetchTo, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { atSite, goingTo, isWhole, judged, onceMore, stickAt } from './store.ts';

export const loadSticks = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('stick.list', {}),
    news => page.supply.setState(({ sticks }) => ({ sticks: fetched(sticks, news) })),
  );

export const loadExports = (page: Page): Promise<void> =>
  fetchTo(
    () => page.host.call('export.list', {}),
    news => page.supply.setState(({ exports }) => ({ exports: fetched(exports, news) })),
  );

/** How long until the sticks are watched again after the watching broke off. */
const againMs = 2000;

/** Keeps the list of sticks as it is on the laptop. Gives what stops it. */
export function watchSticks(page: Page): () => void {
  const stop = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watch = async (): Promise<void> => {
    try {
      for await (const value of page.host.listen('stick.watch', {}, { signal: stop.signal }))
        page.supply.setState({ sticks: { value, loading: false } });
    } catch {
      // A lost connection is told above the page, and a list that fails by its own call.
    }
    if (!stop.signal.aborted) timer = setTimeout(() => void watch(), againMs);
  };
  void watch();
  return () => {
    stop.abort();
    clearTimeout(timer);
  };
}

/** Replaces the keys an export of this site is sealed to. */
export async function saveRecipients(page: Page, site: SiteId, recipients: readonly string[]): Promise<void> {
  const saved = await ask(page, 'site.recipients', { site, recipients: [...recipients] });
  page.sites.setState(({ sites }) => ({
    sites: { value: (sites.value ?? []).map(each => (each.id === saved.id ? saved : each)), loading: false },
  }));
  page.supply.setState(state => without(state, 'plan', 'planFor'), true);
}

export const planKey = 'export.plan';
export const writeKey = 'export.write';
export const checkKey = 'bag.verify';
export const ejectKey = 'stick.eject';
export const postKey = 'post.take';
export const choicesKey = 'export.choices';
export const chooseKey = 'export.choose';
export const leftKey = 'export.left';
export const trustListKey = 'keys.trust:stick';

const forget = (page: Page, ...keys: readonly string[]): void => {
  for (const key of keys) clearTask(page, key);
};

/** Turns to a site: what was made ready for another one does not count for it. */
export async function enterSite(page: Page, site: SiteId): Promise<void> {
  page.supply.setState(state => atSite(state, site), true);
  const choices = await task(page, choicesKey, how => ask(page, 'export.choices', { site }, how));
  if (choices && page.supply.getState().site === site) page.supply.setState({ choices });
}

/** Adds or leaves out a kind of content, for this export and those after it. It shows at once; a refusal takes it back. */
export async function choose(page: Page, site: SiteId, choices: readonly ExportChoice[]): Promise<void> {
  const { plan } = page.supply.getState();
  page.supply.setState(state => ({ ...without(state, 'plan', 'planFor'), choices }), true);
  if (!page.stops.has(chooseKey)) await keepChoices(page, site);
  if (plan && page.supply.getState().choices === choices) await planExport(page, site);
}

/** Sends the choices until those that stand on the page are the ones that were kept. */
async function keepChoices(page: Page, site: SiteId): Promise<void> {
  for (;;) {
    const { choices = [] } = page.supply.getState();
    const kept = await task(page, chooseKey, how =>
      ask(page, 'export.choose', { site, choices: [...choices] }, how),
    );
    if (!kept) return enterSite(page, site);
    if (page.supply.getState().choices === choices) return;
  }
}

/** Chooses where the bag goes. What headquarters sent on it is taken at once, and a plan that was shown is made anew. */
export async function chooseTarget(page: Page, to: string, site: SiteId): Promise<void> {
  const { plan, sticks, again } = page.supply.getState();
  const toStick = stickAt(sticks.value, to) !== undefined;
  // Its answer is for another place, and will be dropped.
  const adding = page.app.getState().tasks[planKey]?.is === 'busy';
  page.supply.setState(state => ({ ...goingTo(state, to), toStick }), true);
  forget(page, planKey, writeKey, ejectKey, postKey);
  if (toStick) await takePost(page, to);
  if ((plan || adding || again !== undefined) && page.supply.getState().to === to)
    await planExport(page, site);
}

/** The folder this laptop keeps its owner's files in; only the list is wanted from it while no place is chosen. */
const somewhere = async (page: Page): Promise<string> => (await page.host.call('folder.list', {})).path;

/** Adds up what would go out; writes nothing. */
export async function planExport(page: Page, site: SiteId): Promise<void> {
  const { to, again, choices } = page.supply.getState();
  page.supply.setState(state => without(state, 'written', 'ejected'), true);
  const plan = await task(page, planKey, async how =>
    ask(
      page,
      'export.plan',
      { site, to: to ?? (await somewhere(page)), ...(again !== undefined && { export: again }) },
      how,
    ),
  );
  const now = page.supply.getState();
  // What was asked for meanwhile makes this answer old.
  if (
    plan &&
    now.to === to &&
    now.again === again &&
    (choices === undefined || now.choices?.join() === choices.join())
  )
    page.supply.setState(
      state => ({ ...without(state, 'planFor'), plan, ...(to !== undefined && { planFor: to }) }),
      true,
    );
}

/** Writes the bag, reads it again and compares. */
export async function writeExport(page: Page, site: SiteId): Promise<void> {
  const { to, again } = page.supply.getState();
  if (to === undefined) return;
  page.supply.setState(state => without(state, 'ejected'), true);
  const written = await task(page, writeKey, how =>
    ask(page, 'export.write', { site, to, ...(again !== undefined && { export: again }) }, how),
  );
  page.supply.setState(state => judged(state, to, written !== undefined && isWhole(written.check)), true);
  if (written) page.supply.setState(state => ({ ...without(state, 'plan', 'planFor'), written }), true);
  await loadExports(page);
}

/** The same bag for a second courier: another stick has to be chosen. */
export function writeOnceMore(page: Page, again: ExportId): void {
  page.supply.setState(state => onceMore(state, again), true);
  forget(page, planKey, writeKey, ejectKey, postKey);
}

/** Back to a new export. */
export const writeNew = (page: Page): void =>
  page.supply.setState(state => without(state, 'again', 'plan', 'planFor'), true);

/** Flushes, unmounts and powers off the chosen stick. What the laptop answers is all that counts. */
export async function takeOut(page: Page, path: string): Promise<void> {
  page.supply.setState(state => without(state, 'ejected'), true);
  const ejected = await task(page, ejectKey, how => ask(page, 'stick.eject', { path }, how));
  if (!ejected || page.supply.getState().to !== path) return;
  page.supply.setState({ ejected });
  await Promise.all([loadSticks(page), loadExports(page)]);
}

/** Takes receipts and notes off a stick or folder; nothing on it is changed. */
export async function takePost(page: Page, from: string): Promise<void> {
  page.supply.setState(state => without(state, 'post'), true);
  const post = await task(page, postKey, how => ask(page, 'post.take', { from }, how));
  if (!post) return;
  page.supply.setState({ post });
  if (post.receipts.length > 0) await loadExports(page);
}

/** Takes a key list that lies on the stick, then looks again: its receipts may hold now. */
export async function takeKeyList(page: Page, path: string, from: string): Promise<void> {
  if (await task(page, trustListKey, how => ask(page, 'keys.trust', { path }, how)))
    await takePost(page, from);
}

/** Notes that the courier left with a copy. */
export async function noteLeft(page: Page, id: ExportId, path: string): Promise<void> {
  if (await task(page, leftKey, how => ask(page, 'export.left', { export: id, path }, how)))
    await loadExports(page);
}

/** Checks a bag that lies somewhere. */
export async function checkBag(page: Page, path: string): Promise<void> {
  page.supply.setState(state => without(state, 'checked'), true);
  const checked = await task(page, checkKey, how => ask(page, 'bag.verify', { path }, how));
  if (!checked) return;
  page.supply.setState(
    state => ({ ...(isWhole(checked) ? state : judged(state, checked.path, false)), checked }),
    true,
  );
}
