import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BagCheck, Export, ExportPlan, Stick } from '../../../preload/contract/domain.ts';
import {
  atSite,
  exportsOf,
  goingTo,
  grouped,
  isSpoiled,
  judged,
  looksLikeAgeKey,
  onceMore,
  recipientsOf,
  stepStates,
  stickAt,
  takenOut,
} from '../../../renderer/features/supply/store.ts';
import type { SupplyState } from '../../../renderer/features/supply/store.ts';
import { unloaded } from '../../../renderer/ui/loadable.ts';
import * as made from '../../support/page/made-up.ts';

const none: SupplyState = { sticks: unloaded, exports: unloaded };
const stick = '/media/a';
const written = made.exported(stick, false);
const safe = { safe: true, poweredOff: true, says: 'Written out.' };
const idle = { writing: false, failed: false };
const plan: ExportPlan = {
  site: made.sites.north,
  to: stick,
  bag: 'bag',
  items: [],
  bytes: 1,
  free: 2,
  enough: true,
  recipients: [],
  warnings: [],
  heldBytes: 0,
};

test('a real age key is accepted, one with a wrong character or a secret key is named', () => {
  const practice = join(
    import.meta.dirname,
    '..',
    '..',
    '..',
    'resources',
    'practice',
    'hq',
    'age-recipient.txt',
  );
  const key = readFileSync(practice, 'utf8').trim();
  assert.equal(looksLikeAgeKey(key), true);
  assert.deepEqual(recipientsOf(`${key}\n${key}`), { keys: [key] });
  assert.equal(recipientsOf(`${key}, AGE-SECRET-KEY-1ABC`).wrong, 'AGE-SECRET-KEY-1ABC');
  assert.equal(looksLikeAgeKey(key.replace(/.$/, 'b')), false);
});

test('the plan for one stick is not shown for another', () => {
  const at: SupplyState = { ...none, to: stick, toStick: true, plan, planFor: stick, written, ejected: safe };
  assert.deepEqual(goingTo(at, '/media/b'), { ...none, to: '/media/b' });
});

test('another site begins from the start, the same one goes on', () => {
  const at: SupplyState = { ...none, site: made.sites.north, to: stick, plan, written, choices: ['audit'] };
  assert.equal(atSite(at, made.sites.north), at);
  assert.deepEqual(atSite(at, made.sites.dome), { ...none, site: made.sites.dome, to: stick });
});

test('the same bag for a second courier wants its stick chosen anew', () => {
  assert.deepEqual(onceMore({ ...none, to: stick, toStick: true, written, ejected: safe }, written.id), {
    ...none,
    again: written.id,
  });
});

test('a stick is out safely only by the answer of the laptop', () => {
  const at: SupplyState = { ...none, to: stick, toStick: true, written };
  assert.equal(takenOut(at), undefined);
  assert.equal(takenOut({ ...at, ejected: safe }), 'safe');
  assert.equal(takenOut({ ...at, ejected: { ...safe, safe: false } }), 'still-in');
});

test('after a failed check, a writing that was cut off or a bad bag on it, a stick is never called safe', () => {
  const bad: BagCheck = { ...written.check, complete: false, problems: ['changed'] };
  const at: SupplyState = { ...none, to: stick, ejected: safe };
  assert.equal(takenOut({ ...at, written: { ...written, check: bad } }), 'out');
  assert.equal(takenOut(judged(at, stick, false)), 'out');
  assert.equal(takenOut(judged(at, `${stick}/an-old-bag`, false)), 'out');
  assert.equal(takenOut(judged(at, '/media/another', false)), 'safe');
  assert.equal(takenOut(judged(judged(at, stick, false), stick, true)), 'safe');
});

const [one] = made.sticks as readonly [Stick];

test('a folder is no stick, also not one below a stick', () => {
  assert.equal(stickAt(made.sticks, one.path), one);
  assert.equal(stickAt(made.sticks, `${one.path}/bags`), undefined);
  assert.equal(stickAt(undefined, one.path), undefined);
  assert.equal(stickAt(made.sticks, undefined), undefined);
});

test('a place whose name begins the same is another place', () => {
  assert.equal(isSpoiled({ ...none, spoiled: ['/media/a2/bag'] }, '/media/a'), false);
  assert.equal(isSpoiled({ ...none, spoiled: ['/media/a/bag'] }, '/media/a'), true);
});

test('the steps of a supply run are done one after the other', () => {
  const states = (state: Partial<SupplyState>, task = idle): string =>
    Object.values(stepStates({ ...none, ...state }, task)).join(' ');
  assert.equal(states({}), 'now now later later later');
  assert.equal(states({ plan }), 'done now later later later');
  const placed = { plan, to: stick, planFor: stick };
  assert.equal(states(placed), 'done done now later later');
  assert.equal(states({ ...placed, planFor: '/media/b' }), 'done done later later later');
  assert.equal(states({ ...placed, plan: { ...plan, enough: false } }), 'done failed later later later');
  assert.equal(states(placed, { writing: true, failed: false }), 'done done busy later later');
  assert.equal(states(placed, { writing: false, failed: true }), 'done done failed later none');
  const onStick = { sticks: { value: [{ ...one, path: stick }], loading: false }, to: stick, toStick: true };
  assert.equal(states({ ...onStick, written }), 'done done done done now');
  assert.equal(states({ ...onStick, written, ejected: safe }), 'done done done done done');
  assert.equal(states({ to: stick, written }), 'done done done done none', 'a folder is not taken out');
  const pulled = { ...onStick, sticks: { value: [], loading: false } };
  assert.equal(states({ ...pulled, plan, planFor: stick }), 'done failed later later later');
  assert.equal(states({ again: written.id }), 'done now later later later');
  const bad = { ...written, check: { ...written.check, complete: false } };
  assert.equal(states({ to: stick, written: bad, ejected: safe }), 'done done done failed failed');
});

test('what goes out is grouped by its kind, the largest first, and nothing is lost', () => {
  const groups = grouped([
    { path: 'a', what: 'audit', bytes: 5 },
    { path: 'b', what: 'snapshot', bytes: 10 },
    { path: 'c', what: 'audit', bytes: 7 },
  ]);
  assert.deepEqual(
    groups.map(({ what, bytes, items }) => [what, bytes, items.length]),
    [
      ['audit', 12, 2],
      ['snapshot', 10, 1],
    ],
  );
});

test('exports stand in the order of their numbers also when the clock went back', () => {
  const one = (counter: number, at: string): Export => ({ ...written, counter, laptopKey: 'k', at });
  const list = [one(7, '2026-01-01T00:00:00Z'), one(8, '1970-01-01T00:00:00Z')];
  assert.deepEqual(
    exportsOf(list, made.sites.north).map(each => each.counter),
    [8, 7],
  );
  assert.deepEqual(exportsOf(list, made.sites.dome), []);
});
