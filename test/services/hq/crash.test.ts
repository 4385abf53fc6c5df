import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FieldError } from '../../../preload/contract/failure.ts';
import { receiptIn } from '../../../main/core/supply/receipt.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { folder } from '../../support/folder.ts';
import { bagSite, hqBench, onlyBag } from '../../support/hq-bags.ts';
import type { ReceiveAsk } from '../../support/receive-child.ts';

const child = join(import.meta.dirname, '../../support/receive-child.ts');

const inChild = (ask: ReceiveAsk): Promise<{ readonly killed: boolean; readonly said: string }> =>
  new Promise(resolve => {
    execFile(process.execPath, [child, JSON.stringify(ask)], (error, said) =>
      resolve({ killed: error?.signal === 'SIGKILL', said }),
    );
  });

/** Everything an archive and a stick hold, as far as it is the same whenever it is done. */
function stateOf(archive: string, stick: string): object {
  const filesIn = (under: string): string[] =>
    existsSync(under)
      ? readdirSync(under, { recursive: true })
          .map(String)
          .filter(name => statSync(join(under, name)).isFile())
          .toSorted()
      : [];
  const receipts = (under: string): object[] =>
    filesIn(under)
      .filter(name => name.endsWith('.json'))
      .map(name => ({
        ...receiptIn(readFileSync(join(under, name), 'utf8'), name),
        receivedAt: '',
        signed: existsSync(join(under, `${name}.minisig`)),
      }));
  return {
    sites: filesIn(join(archive, 'sites')).map(name => [
      name,
      createHash('sha256')
        .update(readFileSync(join(archive, 'sites', name)))
        .digest('hex'),
    ]),
    receipts: receipts(join(archive, 'receipts')),
    onStick: receipts(join(stick, 'coldstart-from-hq/receipts')),
    left: ['incoming', 'opening', 'scratch', 'quarantine'].flatMap(name => filesIn(join(archive, name))),
  };
}

test('killed at any step and run again, headquarters ends in the same state', async t => {
  const hq = await hqBench(folder(t));
  const site = await bagSite();
  const bags = [(await hq.bag({ site, counter: 2 })).path, (await hq.bag({ site, counter: 1 })).path];
  const fromHq = join(hq.stick, 'coldstart-from-hq');
  const fresh = async (): Promise<void> => {
    rmSync(hq.archive, { recursive: true, force: true });
    rmSync(fromHq, { recursive: true, force: true });
    await hq.enroll();
  };
  const ask = { bags, identity: hq.at.identity, signKey: hq.at.signKey, to: hq.archive };
  await fresh();
  const whole = await inChild({ ...ask, killAt: 0 });
  const { steps, is } = JSON.parse(whole.said) as { steps: number; is: string[] };
  assert.deepEqual(is, ['received', 'received']);
  const wanted = stateOf(hq.archive, hq.stick);
  const points = 12;
  const seen = new Set<string>();
  for (let point = 1; point <= points; point += 1) {
    await fresh();
    const killAt = Math.ceil((steps * point) / points);
    const { killed } = await inChild({ ...ask, killAt });
    seen.add(`${existsSync(join(hq.archive, 'sites'))} ${existsSync(join(hq.archive, 'opening'))}`);
    assert.ok(killed, `not killed at step ${killAt} of ${steps}`);
    const again = await hq.receive(bags);
    assert.ok(
      again.bags.every(each => each.is === 'received' || each.is === 'again'),
      `step ${killAt}`,
    );
    assert.deepEqual(stateOf(hq.archive, hq.stick), wanted, `killed at step ${killAt} of ${steps}`);
    assert.deepEqual(
      (await hq.status()).sites.map(each => [each.exports, each.missing]),
      [[2, []]],
    );
  }
  // It was caught before anything was opened, while something was open, and after something was in its place.
  assert.ok(seen.size >= 3, [...seen].join(' | '));
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
