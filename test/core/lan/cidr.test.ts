import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesOf, chosenNetworks, hostsIn, isIn, networkOf } from '../../../main/core/lan/cidr.ts';
import { FieldError } from '../../../preload/contract/failure.ts';

const refusedAs = (says: RegExp) => (thrown: unknown) => {
  assert.ok(thrown instanceof FieldError);
  assert.equal(thrown.failure.code, 'bad-ask');
  assert.match(thrown.failure.says, says);
  assert.ok(thrown.failure.untouched && thrown.failure.next);
  return true;
};

test('a network is taken with its host bits cleared, and its addresses leave out network and broadcast', () => {
  const network = networkOf('10.0.1.77/29');
  assert.equal(network.text, '10.0.1.72/29');
  assert.deepEqual(
    [...addressesOf(network)],
    ['10.0.1.73', '10.0.1.74', '10.0.1.75', '10.0.1.76', '10.0.1.77', '10.0.1.78'],
  );
  assert.equal(hostsIn(network), 6);
});

test('a single address, a /31 and a /32 are asked whole', () => {
  assert.deepEqual([...addressesOf(networkOf('192.168.7.9'))], ['192.168.7.9']);
  assert.deepEqual([...addressesOf(networkOf('192.168.7.8/31'))], ['192.168.7.8', '192.168.7.9']);
  assert.equal(hostsIn(networkOf('10.1.0.0/22')), 1022);
});

for (const typed of [
  '',
  'dome-c',
  '10.0.1',
  '10.0.1.256',
  '010.0.0.1',
  '10.0.1.0/33',
  '10.0.1.0/',
  '10.0.1.0/24/8',
  '10.0.1.0/-1',
  '10.0.1.0/2e1',
  '0x0a.0.0.1',
  '10.0.1.0/24; reboot',
  '1.2.3.4.5',
  'fe80::1%',
  ':::',
  'fe80::1%eth0;id',
  '\u001b[2J',
])
  test(`“${typed}” is refused in words`, () => {
    assert.throws(() => networkOf(typed), refusedAs(/./));
  });

test('addresses that are no machine’s are refused', () => {
  for (const typed of [
    '0.0.0.0/16',
    '127.0.0.0/24',
    '224.0.0.0/24',
    '255.255.255.255',
    'ff02::1',
    '::1',
    '::',
  ])
    assert.throws(() => networkOf(typed), refusedAs(/./));
});

test('a network wider than /16 is refused whatever is said, one wider than /20 until it was typed twice', () => {
  assert.throws(() => networkOf('10.0.0.0/8'), refusedAs(/16,777,216 addresses/));
  assert.throws(() => chosenNetworks(['10.1.0.0/19'], []), refusedAs(/8,190 addresses/));
  assert.throws(() => chosenNetworks(['10.1.0.0/19'], ['10.2.0.0/19']), refusedAs(/8,190 addresses/));
  assert.equal(chosenNetworks(['10.1.0.0/19'], ['10.1.0.5/19'])[0]?.text, '10.1.0.0/19');
  assert.equal(chosenNetworks(['10.1.0.0/20'], []).length, 1);
});

test('a network inside another, or named twice, is asked once', () => {
  const chosen = chosenNetworks(
    ['10.0.1.0/24', '10.0.1.128/25', '10.0.1.9', '10.0.1.0/24', '10.0.2.0/24'],
    [],
  );
  assert.deepEqual(
    chosen.map(each => each.text),
    ['10.0.1.0/24', '10.0.2.0/24'],
  );
});

test('link-local IPv6 wants its interface; a whole prefix of IPv6 is never asked', () => {
  assert.deepEqual(networkOf('fe80::/64%eth0'), { is: 'link-local', text: 'fe80::/64%eth0', wire: 'eth0' });
  assert.deepEqual(networkOf('fe80::%eth0/64'), { is: 'link-local', text: 'fe80::/64%eth0', wire: 'eth0' });
  assert.deepEqual(networkOf('FE80::1%eth0'), { is: 'v6', text: 'fe80::1%eth0' });
  assert.throws(() => networkOf('fe80::1'), refusedAs(/without its interface/));
  assert.throws(() => networkOf('fd00:1::/64'), refusedAs(/more addresses than can be asked/));
  assert.equal(networkOf('fd00:1::7').text, 'fd00:1::7');
});

test('whether an address lies in a network', () => {
  assert.ok(isIn(networkOf('10.0.0.0/22'), '10.0.3.255'));
  assert.ok(!isIn(networkOf('10.0.0.0/22'), '10.0.4.0'));
  assert.ok(isIn(networkOf('200.0.0.0/24'), '200.0.0.9'));
  assert.ok(isIn(networkOf('fe80::/64%eth0'), 'fe80::7%eth0'));
  assert.ok(!isIn(networkOf('fe80::/64%eth0'), 'fe80::7%eth1'));
});
