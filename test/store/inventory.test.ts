import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { KnownMachine } from '../../main/core/lan/inventory/machine.ts';
import {
  addSiteCaHash,
  forgetMachine,
  knownMachines,
  saveMachines,
  scanPreference,
  setScanPreference,
  siteCaHashes,
} from '../../main/store/inventory.ts';
import { openStore } from '../../main/store/open.ts';
import { addSite } from '../../main/store/sites.ts';
import type { MachineId, SiteId } from '../../preload/contract/ids.ts';
import { folder } from '../support/folder.ts';
import { Story } from '../support/lan-story.ts';

function opened(t: TestContext, path = join(folder(t), 'coldstart.db')) {
  const store = openStore(path);
  t.after(() => {
    store.close();
  });
  return store;
}

const someMachines = (n: number): readonly KnownMachine[] => {
  const story = new Story();
  for (let day = 1; day <= 3; day++)
    story.visit(
      `2026-05-0${day}T10:00:00.000Z`,
      ...Array.from({ length: n }, (_, i) => ({
        mac: `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`,
        addresses: [`10.0.${(i >> 8) + day}.${i & 255}`],
        key: `SHA256:${i}`,
      })),
    );
  return story.machines;
};

test('machines come back as they were kept; only what changed is written; what went is gone', t => {
  const store = opened(t);
  const machines = someMachines(5);
  store.write(db => saveMachines(db, machines, []));
  assert.deepEqual(store.read(knownMachines), machines);
  const [first, ...others] = machines;
  assert.ok(first);
  store.write(db => saveMachines(db, others, machines));
  assert.deepEqual(store.read(knownMachines), others);
  store.write(db => forgetMachine(db, others[0]?.id ?? ('' as MachineId)));
  assert.equal(store.read(knownMachines).length, 3);
});

test('a thousand machines with their history are read in well below a second', t => {
  const store = opened(t);
  const machines = someMachines(1000);
  store.write(db => saveMachines(db, machines, []));
  const began = performance.now();
  assert.equal(store.read(knownMachines).length, 1000);
  assert.ok(performance.now() - began < 500, `${Math.round(performance.now() - began)} ms`);
});

test('CAs of a site and what was chosen for a network are kept', t => {
  const store = opened(t);
  const site = 'dome' as SiteId;
  store.write(db => {
    addSite(db, {
      id: site,
      name: 'Dome C',
      practice: false,
      createdAt: '2026-01-01T00:00:00.000Z',
      recipients: [],
    });
    addSiteCaHash(db, site, 'b'.repeat(64), '2026-05-02T00:00:00.000Z');
    addSiteCaHash(db, site, 'a'.repeat(64), '2026-05-01T00:00:00.000Z');
    addSiteCaHash(db, site, 'a'.repeat(64), '2026-05-03T00:00:00.000Z');
    setScanPreference(db, '10.0.1.0/24', { fast: true, exclude: ['10.0.1.40/32'] });
  });
  assert.deepEqual(
    store.read(db => siteCaHashes(db, site)),
    ['a'.repeat(64), 'b'.repeat(64)],
  );
  assert.deepEqual(
    store.read(db => scanPreference(db, '10.0.1.0/24')),
    { fast: true, exclude: ['10.0.1.40/32'] },
  );
  assert.equal(
    store.read(db => scanPreference(db, '10.0.2.0/24')),
    undefined,
  );
});
