import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fieldLan } from '../support/lan/field-lan.ts';
import { lanOf } from '../support/lan/lan.ts';
import type { Lan } from '../support/lan/lan.ts';
import { missedOf, nmap } from '../support/lan/nmap.ts';
import { falseIdentities, recall } from '../support/lan/recall.ts';
import { scannerIn } from '../support/lan/scanner.ts';
import { needsLan } from '../support/needs.ts';

/** Ten fast scans by ten laptops that never were there, and nmap beside each; then ten visits of one laptop. */
const here = needsLan();
const everywhere = ['10.66.0.0/24', 'fe80::/64%eth0'];
const rounds = 10;
let lan: Lan;
let domeC = '';

before(async () => {
  if (here.skip !== undefined) return;
  const field = await fieldLan();
  domeC = field.domeC.caHash;
  lan = await lanOf({ hosts: field.hosts });
});
after(async () => {
  if (here.skip === undefined) await lan.close();
});

for (let round = 1; round <= rounds; round += 1)
  test(
    `scan ${round} of ${rounds} finds 99 % and whatever nmap finds, and takes nobody for another`,
    here,
    async t => {
      const scanner = await scannerIn(lan);
      await scanner.know('Dome C', domeC);
      lan.laptop.forget();
      lan.begin();
      const { inventory, endedAt, weight } = await scanner.scan({ networks: everywhere, pace: 'fast' });
      lan.lateAgain();
      await scanner.close();
      const found = recall(inventory, lan.hosts);
      t.diagnostic(`${found.found} of ${found.all} in ${endedAt} ms; ${found.missed.join(', ')}`);
      assert.ok(found.found / found.all >= 0.99, found.missed.join(', '));
      assert.deepEqual(falseIdentities(inventory, lan.hosts, 'dome-c'), []);
      assert.deepEqual(missedOf((await nmap(lan, '10.66.0.0/24')).open, inventory), []);
      assert.ok(weight.mostSockets <= 512 && weight.socketsLeft === 0, JSON.stringify(weight));
    },
  );

test('ten scans of one laptop tell of nothing but the host that comes and goes', here, async () => {
  const scanner = await scannerIn(lan);
  await scanner.know('Dome C', domeC);
  for (let round = 1; round <= rounds; round += 1) {
    lan.laptop.forget();
    const isLateThere = round % 2 === 1;
    if (isLateThere) lan.begin();
    const { inventory, summary } = await scanner.scan({ networks: everywhere, pace: 'fast' });
    lan.lateAgain();
    assert.deepEqual(summary?.missing, isLateThere ? [] : ['dome-10'], `round ${round}`);
    if (round > 1) assert.equal(summary?.fresh, 0, `round ${round}`);
    // Two hosts take turns at one address; all others stay who they are.
    const quiet = inventory.machines.filter(
      ({ addresses, name }) =>
        name !== 'dome-10' && !addresses.some(({ address }) => address === '10.66.0.111'),
    );
    for (const machine of quiet)
      assert.deepEqual(
        machine.events.map(event => event.what),
        ['found'],
        `${machine.name}, round ${round}`,
      );
    assert.deepEqual(falseIdentities(inventory, lan.hosts, 'dome-c'), [], `round ${round}`);
  }
  await scanner.close();
});
