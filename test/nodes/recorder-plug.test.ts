import { test } from 'node:test';
import { needsQemu } from '../support/needs.ts';
import { cutPower } from '../support/recorder-plug.ts';

test('a plug pulled while the recorder writes loses nothing that was on the disk', needsQemu(), async t => {
  await cutPower(t, 1);
});
