import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FieldError } from '../../../preload/contract/failure.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { folder } from '../../support/folder.ts';
import { bagSite, hqBench, onlyBag } from '../../support/hq-bags.ts';
import { killReceiving } from '../../support/hq-loops.ts';

test('killed at a dozen steps and run again, headquarters ends in the same state', async t => {
  await killReceiving(t, 12);
});

test('a bag that was recorded, and whose folder could not move, is put right when the archive is opened next', async t => {
  const real = localFiles();
  let full = true;
  const hq = await hqBench(folder(t), {
    files: {
      move: (from, to) =>
        full && from.includes('/opening/')
          ? Promise.reject(new FieldError({ code: 'disk-full', says: 'The disk is full.' }))
          : real.move(from, to),
    },
  });
  const site = await bagSite();
  await hq.enroll();
  const made = await hq.bag({ site });
  const place = join(hq.archive, 'sites', site.id, `000001-${made.exportId}`);
  assert.equal(onlyBag(await hq.receive([made.path])).code, 'disk-full');
  assert.equal(existsSync(place), false);
  full = false;
  // Another bag is received, not this one.
  await hq.receive([(await hq.bag({ site, counter: 2 })).path]);
  assert.ok(existsSync(join(place, 'inventory/inventory.json')));
  assert.ok(existsSync(join(hq.archive, `receipts/receipt-${made.exportId}.json.minisig`)));
  assert.equal(onlyBag(await hq.receive([made.path])).is, 'again');
});
