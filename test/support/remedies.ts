import type { RunbookAsk } from '../../preload/contract/contract.ts';
import type { Remedy, RemedyChoice } from '../../preload/contract/doctor.ts';
import type { Run } from '../../preload/contract/domain.ts';
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Scenario } from '../../main/practice/station.ts';
import { begin, ended, installAsk, practiceSite, runThrough, standings } from './practice-site.ts';
import type { OpenApp, PracticeSite } from './practice-site.ts';
import { context, stopless } from './sites.ts';

/** What is asked for a remedy; without choices everything stays as proposed. */
export const remedyAsk = (
  app: OpenApp,
  remedy: Remedy,
  choices: readonly RemedyChoice[] = [],
  typedName = '',
): RunbookAsk => ({ is: 'remedy', node: app.node, remedy, choices: [...choices], typedName });

/** A practice station with K3s on it. */
export async function installedSite(
  t: TestContext,
  scenario: Partial<Scenario> = {},
): Promise<{ readonly site: PracticeSite; readonly app: OpenApp }> {
  const site = await practiceSite(t, scenario);
  const app = await site.open();
  const installed = await runThrough(app, await installAsk(app));
  assert.equal(installed.state, 'passed', standings(installed));
  return { site, app };
}

/** Runs a remedy while the connection is cut once at the first command of every step’s every phase; gives its end and the commands that reached the node. */
export async function throughCuts(
  { site, app }: { readonly site: PracticeSite; readonly app: OpenApp },
  ask: RunbookAsk,
  how: 'cut before' | 'cut after',
): Promise<{ readonly run: Run; readonly cuts: readonly string[]; readonly commands: readonly string[] }> {
  const cuts = new Set<string>();
  const commands: string[] = [];
  let at = '';
  const watch = async (id: Run['id']): Promise<void> => {
    for await (const news of app.handlers.feeds['run.news']({ run: id }, stopless))
      if (news.is === 'step') at = `${news.step.id} ${news.step.standing}`;
  };
  const { run } = await begin(app, ask);
  site.station.faults.atExec = command => {
    const cut = at !== '' && !cuts.has(at) && !/ (already|passed|waiting)$/.test(at);
    if (!cut || how === 'cut after') commands.push(command);
    if (cut) cuts.add(at);
    return cut ? how : 'go';
  };
  void watch(run.id);
  let now = await ended(app, run.id);
  while (now.state === 'interrupted' && cuts.size < 60) {
    await app.calls['run.continue']({ run: run.id }, context());
    void watch(run.id);
    now = await ended(app, run.id);
  }
  site.station.faults.atExec = () => 'go';
  return { run: now, cuts: [...cuts], commands };
}
