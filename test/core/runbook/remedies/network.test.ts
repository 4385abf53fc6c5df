import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { keyIs, withKey } from '../../../../main/core/runbook/remedies/join-config.ts';
import { networkFile, withoutStanza, wrongFixed } from '../../../../main/core/runbook/remedies/network.ts';

const fixed = {
  device: 'eth0',
  cidr: '192.0.2.10/24',
  gateway: '192.0.2.1',
  dns: ['192.0.2.1', '192.0.2.2'],
};

test('an address that could not work is refused with the reason', () => {
  assert.equal(wrongFixed(fixed), undefined);
  assert.equal(wrongFixed({ ...fixed, gateway: '', dns: [] }), undefined);
  for (const [change, why] of [
    [{ cidr: '192.0.2.10' }, /form/],
    [{ cidr: '192.0.2.10/33' }, /form/],
    [{ cidr: '192.0.2.0/24' }, /first or last/],
    [{ cidr: '192.0.2.255/24' }, /first or last/],
    [{ cidr: 'fd00::1/64' }, /form/],
    [{ gateway: '192.0.3.1' }, /not in the network/],
    [{ gateway: '192.0.2.10' }, /itself/],
    [{ dns: ['x'] }, /name server/],
    [{ device: 'eth0; reboot' }, /no network device/],
  ] as const)
    assert.match(wrongFixed({ ...fixed, ...change }) ?? '', why);
});

test('each network service gets the file it reads, and a second time changes nothing', () => {
  for (const manager of ['netplan', 'NetworkManager', 'networkd', 'dhcpcd', 'ifupdown'] as const) {
    const file = networkFile(manager, fixed);
    const old =
      manager === 'dhcpcd' ? 'hostname\n' : manager === 'ifupdown' ? 'auto lo\niface lo inet loopback\n' : '';
    const once = file.change(old);
    for (const part of ['192.0.2.10/24', '192.0.2.1', '192.0.2.2', 'eth0'])
      assert.ok(once.includes(part), `${manager} ${part}`);
    assert.ok(once.startsWith(old), manager);
    assert.equal(file.done(old), false);
    assert.equal(file.done(once), true, manager);
    assert.equal(file.change(once), once, manager);
    const moved = networkFile(manager, { ...fixed, cidr: '192.0.2.11/24' }).change(once);
    assert.ok(!moved.includes('192.0.2.10/24'), manager);
  }
  const plan = parse(networkFile('netplan', fixed).change('')) as {
    network: { ethernets: Record<string, unknown> };
  };
  assert.deepEqual(plan.network.ethernets['eth0'], {
    dhcp4: false,
    addresses: ['192.0.2.10/24'],
    routes: [{ to: 'default', via: '192.0.2.1' }],
    nameservers: { addresses: ['192.0.2.1', '192.0.2.2'] },
  });
});

test('an old stanza of the same device is put to rest, and no other', () => {
  const text =
    'auto lo\niface lo inet loopback\nauto eth0\niface eth0 inet dhcp\n    metric 1\niface eth0 inet6 auto\niface eth1 inet dhcp\n';
  assert.equal(
    withoutStanza(text, 'eth0'),
    'auto lo\niface lo inet loopback\nauto eth0\n# iface eth0 inet dhcp\n#     metric 1\niface eth0 inet6 auto\niface eth1 inet dhcp\n',
  );
});

test('a key is set once, whatever stood there', () => {
  assert.equal(
    withKey('a: 1\nnode-ip: x\nb: 2\n', 'node-ip', '192.0.2.10'),
    'a: 1\nb: 2\nnode-ip: "192.0.2.10"\n',
  );
  assert.equal(keyIs(withKey('', 'node-ip', 'x'), 'node-ip', 'x'), true);
  assert.equal(keyIs('node-ip: y\n', 'node-ip', 'x'), false);
});
