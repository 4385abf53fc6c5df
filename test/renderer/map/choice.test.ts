import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LanNow } from '../../../preload/contract/scan.ts';
import {
  chosen,
  hindrance,
  isTooWide,
  isWide,
  keptNever,
  neverIn,
  noChoice,
  paceOf,
} from '../../../renderer/features/map/choice.ts';
import type { ScanChoice } from '../../../renderer/features/map/choice.ts';
import { lan, lanOfNothing } from '../../support/page/made-up-map.ts';

const choice = (more: Partial<ScanChoice>): ScanChoice => ({ ...noChoice, ...more });
const [eth] = lan.networks;
assert.ok(eth);

test('what is proposed is ticked, what is not has to be ticked by hand, and what is typed comes besides', () => {
  assert.deepEqual(chosen(lan, noChoice), ['192.168.40.0/24', 'fe80::/64%eth0']);
  const other = choice({
    ticked: { '192.168.40.0/24': false, '172.17.0.0/16': true },
    typed: '10.0.1.0/24, 10.0.2.7\n10.0.1.0/24',
  });
  assert.deepEqual(chosen(lan, other), ['fe80::/64%eth0', '172.17.0.0/16', '10.0.1.0/24', '10.0.2.7']);
});

test('a network wider than /20 is scanned only once it was typed again, letter by letter', () => {
  assert.deepEqual(['10.0.0.0/20', '10.0.0.0/19', '10.0.0.1', 'fe80::/64%eth0', 'nonsense/3'].map(isWide), [
    false,
    true,
    false,
    false,
    false,
  ]);
  const wide = choice({ typed: '10.0.0.0/16' });
  assert.equal(hindrance(lan, wide), 'wide');
  assert.equal(hindrance(lan, { ...wide, again: { '10.0.0.0/16': '10.0.0.0/15' } }), 'wide');
  assert.equal(hindrance(lan, { ...wide, again: { '10.0.0.0/16': ' 10.0.0.0/16 ' } }), undefined);
  // Ticking one of the laptop's own wide networks is not enough either.
  assert.equal(hindrance(lan, choice({ ticked: { '172.17.0.0/16': true } })), 'wide');
});

test('a network wider than /16 cannot be ticked, and is not worth typing twice', () => {
  assert.deepEqual(['10.0.0.0/8', '10.0.0.0/15', '10.0.0.0/16', 'fe80::/64%eth0'].map(isTooWide), [
    true,
    true,
    false,
    false,
  ]);
  assert.equal(isWide('10.0.0.0/8'), false);
});

test('who only listens sends nothing, so width does not matter', () => {
  assert.equal(hindrance(lan, choice({ typed: '10.0.0.0/16', pace: 'listen' })), undefined);
});

test('without a network nothing can begin', () => {
  assert.equal(hindrance(lanOfNothing, noChoice), 'nothing-chosen');
  assert.equal(hindrance(undefined, noChoice), 'nothing-chosen');
  assert.equal(hindrance(lanOfNothing, choice({ typed: '10.0.0.7' })), undefined);
});

test('the pace is gentle until fast was agreed to for every network that is asked', () => {
  assert.equal(paceOf(lan, noChoice), 'polite');
  const fast = choice({ pace: 'fast', typed: '10.0.1.0/24' });
  assert.equal(hindrance(lan, fast), 'fast');
  assert.equal(hindrance(lan, { ...fast, fast: { '192.168.40.0/24': true } }), 'fast');
  const agreed = { ...fast, fast: { '192.168.40.0/24': true, '10.0.1.0/24': true } };
  assert.equal(hindrance(lan, agreed), undefined);
});

test('a network that was scanned fast before is scanned fast again, and beside a new one gently', () => {
  const kept: LanNow = { ...lan, networks: [{ ...eth, fast: true }] };
  assert.equal(paceOf(kept, noChoice), 'fast');
  assert.equal(paceOf(kept, choice({ typed: '10.0.1.0/24' })), 'polite');
  assert.equal(paceOf(kept, choice({ fast: { [eth.cidr]: false } })), 'polite');
});

test('an address never to be asked is kept with the network it lies in; one of nowhere with all of them', () => {
  const never = ['192.168.40.60', '192.168.40.128/25', '172.17.0.9', '10.9.9.9', 'fe80::7%eth0'];
  const per = lan.networks.map(each => neverIn(each, lan.networks, never));
  assert.deepEqual(per, [
    ['192.168.40.60', '192.168.40.128/25', '10.9.9.9', 'fe80::7%eth0'],
    ['10.9.9.9', 'fe80::7%eth0'],
    ['172.17.0.9', '10.9.9.9', 'fe80::7%eth0'],
  ]);
  assert.deepEqual(keptNever(lan), ['192.168.40.60']);
});
