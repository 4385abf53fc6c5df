import type { CallArgs } from '../../../preload/contract/contract.ts';
import type { FindingRemedy } from '../../../preload/contract/doctor.ts';
import type { NodeId } from '../../../preload/contract/ids.ts';
import { go } from '../app/actions.ts';
import { ask, clearTask, task } from '../app/ask.ts';
import type { Page } from '../app/page.ts';
import { startRun } from '../runs/actions.ts';
import { choicesOf } from './draft.ts';
import { foldRemedy } from './store.ts';
import type { RemedyNews } from './store.ts';

const tell = (page: Page, news: RemedyNews): void =>
  page.remedies.setState(state => foldRemedy(state, news), true);

export const clearRemedy = (page: Page): void => tell(page, { is: 'cleared' });
export const answer = (page: Page, name: string, value: string): void =>
  tell(page, { is: 'answer', name, value });
export const typeName = (page: Page, typedName: string): void => tell(page, { is: 'typed', typedName });
export const changeAnswers = (page: Page): void => tell(page, { is: 'change' });

export const formKey = 'remedy.form';
export const planKey = 'remedy.plan';
export const startKey = 'remedy.start';

/** Chooses a remedy and asks what it needs to know. */
export async function chooseRemedy(page: Page, node: NodeId, remedy: FindingRemedy): Promise<void> {
  for (const key of [formKey, planKey, startKey]) clearTask(page, key);
  tell(page, { is: 'chosen', node, remedy });
  await fetchForm(page);
}

export async function fetchForm(page: Page): Promise<void> {
  const { node, chosen } = page.remedies.getState();
  if (node === undefined || !chosen) return;
  const { remedy } = chosen;
  const form = await task(page, formKey, how => ask(page, 'remedy.form', { node, remedy }, how));
  if (form) tell(page, { is: 'form', form });
}

type RemedyAsk = Extract<CallArgs<'run.plan'>['ask'], { is: 'remedy' }>;

export function remedyAsk(page: Page, byStick: boolean): RemedyAsk | undefined {
  const { node, form, draft, typedName } = page.remedies.getState();
  if (node === undefined || !form) return undefined;
  const choices = [...choicesOf(form, draft)];
  const typed = typedName.trim();
  return { is: 'remedy', node, remedy: form.remedy, choices, typedName: typed, ...(byStick && { byStick }) };
}

/** Asks for the plan: every command, in order, before anything is sent. */
export async function showPlan(page: Page, byStick = false): Promise<void> {
  const wanted = remedyAsk(page, byStick);
  if (!wanted) return;
  const plan = await task(page, planKey, how => ask(page, 'run.plan', { ask: wanted }, how));
  if (plan && page.remedies.getState().form?.remedy === wanted.remedy) tell(page, { is: 'plan', plan });
}

/** Starts exactly the plan that was shown, and goes to its run. */
export async function startRemedy(page: Page): Promise<void> {
  const { plan } = page.remedies.getState();
  const wanted = remedyAsk(page, plan?.carry?.byStick === true);
  if (!wanted || !plan) return;
  const run = await task(page, startKey, how => startRun(page, wanted, plan.digest, how));
  if (!run) return;
  tell(page, { is: 'cleared' });
  go({ is: 'run', run: run.id });
}
