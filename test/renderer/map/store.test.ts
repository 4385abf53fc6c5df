import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { ScanSummary } from '../../../preload/contract/scan.ts';
import { emptyMap, foldMap } from '../../../renderer/features/map/store.ts';
import type { MapNews, MapState } from '../../../renderer/features/map/store.ts';
import { machine, noInventory, northInventory } from '../../support/page/made-up-map.ts';

const after = (from: MapState, ...news: readonly MapNews[]): MapState => news.reduce(foldMap, from);
const asked: MapNews = { is: 'asked', pace: 'polite', networks: ['10.0.1.0/24'] };
const known: MapState = { ...emptyMap, inventory: { value: northInventory(), loading: false } };
const summary: ScanSummary = { found: 13, fresh: 2, missing: [], seconds: 28, stopped: false, left: [] };
const gone: Failure = { code: 'could-not', says: 'eth1 went away.', about: 'eth1' };

test('each map replaces the one before, and tells what was heard since the scan began', () => {
  const inventory = northInventory();
  const heard = inventory.machines.map((each, i) => (i === 0 ? { ...each, lastSeen: '2031' } : each));
  const fresh = machine(50, 'new-one');
  const state = after(known, asked, {
    is: 'map',
    inventory: { ...inventory, machines: [...heard, fresh] },
  });
  assert.equal(state.inventory.value?.machines.length, inventory.machines.length + 1);
  assert.deepEqual([state.scan?.found, state.scan?.fresh], [2, 1]);
});

test('on a first visit everything that answers is new', () => {
  const first: MapState = { ...emptyMap, inventory: { value: noInventory(), loading: false } };
  const state = after(first, asked, { is: 'map', inventory: northInventory() });
  assert.equal(state.scan?.fresh, northInventory().machines.length);
});

test('a trouble is told once, however many addresses it is for', () => {
  const trouble: MapNews = { is: 'trouble', failure: gone };
  const other: MapNews = { is: 'trouble', failure: { ...gone, about: 'eth2' } };
  assert.deepEqual(after(known, asked, trouble, trouble, other, trouble).scan?.troubles, [
    gone,
    other.is === 'trouble' ? other.failure : gone,
  ]);
});

test('a whole scan ends with its own words, and a stop after that changes nothing', () => {
  const ended = after(known, asked, { is: 'ended', summary, inventory: northInventory() });
  assert.deepEqual([ended.scan?.summary, ended.scan?.stopped], [summary, false]);
  assert.equal(foldMap(ended, { is: 'stopped' }), ended);
});

test('a stopped scan has no summary, so that nothing is called missing', () => {
  const state = after(known, asked, { is: 'map', inventory: northInventory() }, { is: 'stopped' });
  assert.deepEqual([state.scan?.summary, state.scan?.stopped], [undefined, true]);
});

test('the next scan begins without the troubles and the end of the one before', () => {
  const state = after(
    { ...known, opened: true },
    asked,
    { is: 'trouble', failure: gone },
    { is: 'ended', summary, inventory: northInventory() },
    asked,
  );
  assert.deepEqual([state.scan?.troubles, state.scan?.summary, state.opened], [[], undefined, undefined]);
});

test('news of a scan that was never asked for draw the map and nothing more', () => {
  const state = after(emptyMap, { is: 'trouble', failure: gone }, { is: 'map', inventory: northInventory() });
  assert.equal(state.scan, undefined);
  assert.equal(state.inventory.value?.machines.length, northInventory().machines.length);
});
