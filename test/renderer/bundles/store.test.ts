import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUsable, troubles, troublesFirst } from '../../../renderer/features/bundles/store.ts';
import * as made from '../../support/page/made-up.ts';

const [signed, unsigned, broken] = made.bundles as [
  (typeof made.bundles)[number],
  (typeof made.bundles)[number],
  (typeof made.bundles)[number],
];

test('an unsigned bundle can be used only after typed consent', () => {
  assert.equal(isUsable(signed), true);
  assert.equal(isUsable(unsigned), false);
  assert.equal(
    isUsable({ ...unsigned, origin: { is: 'unknown', consent: { by: 'A. Nansen', at: made.ago(0) } } }),
    true,
  );
});

test('an incomplete bundle cannot be used, whoever vouches for it', () => {
  assert.equal(isUsable({ ...broken, origin: signed.origin }), false);
});

test('unlisted install.sh and forms that are not carried are no trouble', () => {
  assert.deepEqual(troubles(signed), []);
});

test('what is wrong stands first, and nothing is left out', () => {
  const first = troublesFirst(broken);
  assert.deepEqual(
    first.slice(0, 2).map(file => file.state),
    ['altered', 'short'],
  );
  assert.equal(first.length, broken.files.length);
});
