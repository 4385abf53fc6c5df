import { suite, test } from 'node:test';
import { brokenFor, passes, remedyCases } from '../../../support/remedy-cases.ts';

suite('a remedy is the same over both ways', { concurrency: 4 }, () => {
  for (const over of ['ssh', 'serial'] as const)
    for (const each of remedyCases)
      test(`${each.remedy} over ${over}`, async t => {
        const { site, app, assertCured } = await brokenFor(t, each, over);
        await passes(app, site, each);
        await assertCured();
      });
});
