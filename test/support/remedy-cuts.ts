import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standings, terminalOf } from './practice-site.ts';
import { throughCuts } from './remedies.ts';
import { askFor, brokenFor, remedyCases } from './remedy-cases.ts';

/** Those whose own tests cut the connection already. */
const cutElsewhere = new Set(['restart-k3s', 'set-clock', 'repair-config', 'import-images', 'put-token']);

type How = 'cut before' | 'cut after';

/** A test for every remedy and way of cutting that is wanted, told by the place of the remedy in the list. */
export function cutRemedies(wanted: (how: How, nth: number) => boolean): void {
  const cases = remedyCases.filter(({ remedy }) => !cutElsewhere.has(remedy));
  for (const how of ['cut before', 'cut after'] as const)
    for (const [nth, each] of cases.entries())
      if (wanted(how, nth))
        test(`${each.remedy}, ${how} a command`, async t => {
          const { site, app, assertCured } = await brokenFor(t, each);
          const { run, cuts } = await throughCuts({ site, app }, await askFor(app, site, each), how);
          assert.equal(run.state, 'passed', `${standings(run)}\n${await terminalOf(app, run.id)}`);
          assert.ok(cuts.length >= 3, `only cut at ${cuts.join(', ')}`);
          await assertCured();
        });
}
