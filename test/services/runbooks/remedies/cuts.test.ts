import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { standings, terminalOf } from '../../../support/practice-site.ts';
import { throughCuts } from '../../../support/remedies.ts';
import { askFor, brokenFor, remedyCases } from '../../../support/remedy-cases.ts';

/** Those whose own tests cut the connection already. */
const cutElsewhere = new Set(['restart-k3s', 'set-clock', 'repair-config', 'import-images', 'put-token']);

suite('the connection is cut at every phase of a remedy, and it still cures', { concurrency: 4 }, () => {
  for (const how of ['cut before', 'cut after'] as const)
    for (const each of remedyCases.filter(({ remedy }) => !cutElsewhere.has(remedy)))
      test(`${each.remedy}, ${how} a command`, async t => {
        const { site, app, assertCured } = await brokenFor(t, each);
        const { run, cuts } = await throughCuts({ site, app }, await askFor(app, site, each), how);
        assert.equal(run.state, 'passed', `${standings(run)}\n${await terminalOf(app, run.id)}`);
        assert.ok(cuts.length >= 3, `only cut at ${cuts.join(', ')}`);
        await assertCured();
      });
});
