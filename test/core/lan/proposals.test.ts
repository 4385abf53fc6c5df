import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cableAdvice } from '../../../main/core/lan/cable.ts';
import { proposals } from '../../../main/core/lan/proposals.ts';
import type { Wire } from '../../../preload/contract/scan.ts';

const cable = (name: string, addresses: readonly string[], more: Partial<Wire> = {}): Wire => ({
  name,
  kind: 'cable',
  plugged: true,
  addresses,
  ...more,
});
const none = (): undefined => undefined;

test('the network of a cable is proposed, and the IPv6 machines on it', () => {
  const [v4, v6] = proposals([cable('eth0', ['10.0.1.7/24', 'fe80::7/64'])], none);
  assert.deepEqual(v4, {
    wire: 'eth0',
    cidr: '10.0.1.0/24',
    address: '10.0.1.7',
    hosts: 254,
    proposed: true,
    fast: false,
    exclude: [],
  });
  assert.equal(v6?.cidr, 'fe80::/64%eth0');
  assert.ok(v6?.proposed);
});

test('a tunnel, a wide network, a dead cable and an address nobody gave are shown with the reason, not proposed', () => {
  const all = proposals(
    [
      cable('docker0', ['172.17.0.1/16'], { kind: 'virtual' }),
      cable('eth1', ['10.9.0.1/16']),
      cable('eth2', ['10.8.0.1/24'], { plugged: false }),
      cable('eth3', ['169.254.7.7/16']),
      cable('eth4', ['10.7.0.1/8']),
    ],
    none,
  );
  assert.equal(all.length, 5);
  for (const each of all) {
    assert.equal(each.proposed, false, each.cidr);
    assert.ok(each.why, each.cidr);
  }
});

test('what the technician chose for a network comes with it', () => {
  const [found] = proposals([cable('eth0', ['10.0.1.7/24'])], cidr =>
    cidr === '10.0.1.0/24' ? { fast: true, exclude: ['10.0.1.40/32'] } : undefined,
  );
  assert.equal(found?.fast, true);
  assert.deepEqual(found?.exclude, ['10.0.1.40/32']);
});

test('a cable without addresses is guided through link-local IPv6 first, then a fixed address with its undo', () => {
  const [advice] = cableAdvice([cable('eth0', ['fe80::7/64'])], 'linux');
  assert.match(advice?.steps[0]?.says ?? '', /fe80::\/64%eth0/);
  assert.equal(advice?.steps[1]?.command, 'sudo ip address add 192.168.254.1/24 dev eth0');
  assert.equal(advice?.undo, 'sudo ip address del 192.168.254.1/24 dev eth0');
  const [dark] = cableAdvice([cable('eth0', [])], 'linux');
  assert.equal(dark?.steps[0]?.command, 'sudo ip link set eth0 up');
});

test('an interface with an address, a dead one and a tunnel need no advice; a hostile name reaches no command', () => {
  const wires = [
    cable('eth0', ['10.0.1.7/24']),
    cable('eth1', [], { plugged: false }),
    cable('wg0', [], { kind: 'virtual' }),
    cable('x; reboot', []),
    cable('-x', []),
  ];
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    assert.deepEqual(cableAdvice(wires, platform), []);
});
