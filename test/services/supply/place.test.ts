import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf } from '../../../preload/contract/failure.ts';
import { ageKey } from '../../support/age-key.ts';
import { supplyBench } from '../../support/supply.ts';

test('the device of a stick is no place for an export, and what helps is told', async t => {
  const b = supplyBench({ recipients: [(await ageKey()).recipient] });
  t.after(() => b.close());
  await assert.rejects(
    async () => b.calls['export.plan']({ site: b.site.id, to: '/dev/null' }, b.context()),
    thrown => {
      const { code, says, next } = failureOf(thrown);
      assert.equal(code, 'bad-ask');
      assert.match(says, /where it is mounted/);
      assert.match(next ?? '', /coldstart stick list/);
      return true;
    },
  );
});
