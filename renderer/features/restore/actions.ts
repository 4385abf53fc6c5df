import type { CallArgs } from '../../../preload/contract/contract.ts';
import type { NodeId, SnapshotId } from '../../../preload/contract/ids.ts';
import type { SnapshotFile } from '../../../preload/contract/snapshots/file.ts';
import type { OfferedRestore } from '../../../preload/contract/snapshots/restore.ts';
import { go } from '../app/actions.ts';
import { ask, clearTask, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { choicesOf } from '../remedies/draft.ts';
import { startRun } from '../runs/actions.ts';
import { chooseSite } from '../sites/actions.ts';
import { loadCatalogue, loadKept } from '../snapshots/actions.ts';
import { foldRestore } from './store.ts';
import type { RestoreNews, RestorePart, RestoreSource } from './store.ts';

export const restoreFormKey = 'restore.form';
export const restorePlanKey = 'restore.plan';
export const restoreStartKey = 'restore.start';

function tell(page: Page, news: RestoreNews): void {
  // What was said of an earlier choice does not hold for another one.
  if (['begin', 'source', 'node', 'kind'].includes(news.is))
    for (const key of [restoreFormKey, restorePlanKey, restoreStartKey]) clearTask(page, key);
  page.restore.setState(state => foldRestore(state, news), true);
}

/** Begins from a snapshot, on a node, or with both still to be chosen; the site follows the snapshot. */
export async function beginRestore(
  page: Page,
  snapshot: SnapshotId | undefined,
  node: NodeId | undefined,
): Promise<void> {
  tell(page, {
    is: 'begin',
    ...(snapshot !== undefined && { source: { is: 'kept', snapshot } }),
    ...(node !== undefined && { node }),
  });
  await Promise.all([loadKept(page), loadCatalogue(page)]);
  const copy = page.snapshots.getState().kept.value?.find(each => each.id === snapshot);
  if (copy) chooseSite(page, copy.site);
}

export const openRestorePart = (page: Page, part: RestorePart): void => tell(page, { is: 'open', part });
export const chooseSource = (page: Page, source: RestoreSource): void => tell(page, { is: 'source', source });
export const chooseMachine = (page: Page, node: NodeId): void => tell(page, { is: 'node', node });
export const answerRestore = (page: Page, name: string, value: string): void =>
  tell(page, { is: 'answer', name, value });
export const typeMachine = (page: Page, typedName: string): void => tell(page, { is: 'typed', typedName });
export const changeRestore = (page: Page): void => tell(page, { is: 'change' });

/** The snapshot of an ask; a way without one has none. */
const fileOf = (source: RestoreSource | undefined): { readonly of?: SnapshotFile } => {
  if (source?.is === 'kept') return { of: { is: 'kept', snapshot: source.snapshot } };
  return source?.is === 'path' ? { of: { is: 'file', path: source.path } } : {};
};

/** Chooses a way back, then asks what it needs to know. */
export async function chooseWayBack(page: Page, node: NodeId, kind: OfferedRestore): Promise<void> {
  tell(page, { is: 'kind', kind, node });
  await fetchRestoreForm(page);
}

/** Looks at every node of the site. Changes nothing. */
export async function fetchRestoreForm(page: Page): Promise<void> {
  const { node, kind, source } = page.restore.getState();
  if (node === undefined || kind === undefined) return;
  const form = await task(page, restoreFormKey, how =>
    ask(page, 'restore.form', { node, kind, ...fileOf(source) }, how),
  );
  const now = page.restore.getState();
  if (form && now.node === node && now.source === source) tell(page, { is: 'form', form });
}

type RestoreAsk = Extract<CallArgs<'run.plan'>['ask'], { is: 'restore' }>;

function restoreAsk(page: Page): RestoreAsk | undefined {
  const { node, kind, source, form, draft, typedName } = page.restore.getState();
  if (node === undefined || kind === undefined || !form) return undefined;
  const choices = [...choicesOf(form, draft)];
  return { is: 'restore', node, kind, choices, typedName: typedName.trim(), ...fileOf(source) };
}

/** Asks for the plan: every command, in order, before anything is sent. */
export async function planRestore(page: Page): Promise<void> {
  const wanted = restoreAsk(page);
  if (!wanted) return;
  const { form, draft } = page.restore.getState();
  const plan = await task(page, restorePlanKey, how => ask(page, 'run.plan', { ask: wanted }, how));
  const now = page.restore.getState();
  if (plan && now.form === form && now.draft === draft) tell(page, { is: 'plan', plan });
}

/** Starts exactly the plan that was shown, and goes to its run. */
export async function startRestore(page: Page): Promise<void> {
  const { plan } = page.restore.getState();
  const wanted = restoreAsk(page);
  if (!wanted || !plan) return;
  const run = await task(page, restoreStartKey, how => startRun(page, wanted, plan.digest, how));
  if (!run) return;
  tell(page, { is: 'begin' });
  go({ is: 'run', run: run.id });
}
