import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstallOptions } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { address, holds, isFirst, network, overlap } from '../../../main/core/runbook/addresses.ts';
import { checkOptions } from '../../../main/core/runbook/options.ts';

const good: InstallOptions = {
  nodeName: 'station-1',
  nodeIp: '192.168.50.11',
  tlsSan: ['k3s.site', '10.0.0.5', 'fd00::1'],
  disable: ['traefik'],
  secretsEncryption: true,
  clusterCidr: '10.42.0.0/16',
  serviceCidr: '10.43.0.0/16',
  flannelBackend: 'vxlan',
  snapshotCron: '0 */12 * * *',
  snapshotRetention: 16,
  labels: ['rack=north', 'site.example/row=3', 'node.kubernetes.io/kind=edge', 'empty='],
  taints: ['dedicated=db:NoSchedule', 'gpu:NoExecute'],
  rescuable: true,
  serialConsole: 'ttyS0',
};

/** The failure a change of the good options leads to. */
function refused(change: Partial<InstallOptions>): string {
  try {
    checkOptions({ ...good, ...change });
  } catch (thrown) {
    assert.ok(thrown instanceof FieldError);
    assert.equal(thrown.failure.code, 'bad-ask');
    assert.ok(thrown.failure.next && thrown.failure.untouched);
    return `${thrown.failure.about}: ${thrown.failure.says}`;
  }
  return 'taken';
}

test('good options are taken as they are', () => {
  assert.equal(checkOptions(good), good);
  for (const change of [
    { nodeIp: '' },
    { serialConsole: '' },
    { snapshotCron: '@every 6h' },
    { snapshotCron: '@daily' },
    { snapshotCron: '30 2 * * MON-FRI' },
    { clusterCidr: 'fd42::/56', serviceCidr: 'fd43::/112', nodeIp: 'fd00::7' },
  ])
    assert.equal(refused(change), 'taken', JSON.stringify(change));
});

test('a wrong option is refused and named', () => {
  assert.match(refused({ nodeName: 'localhost' }), /node name.*localhost/i);
  assert.match(refused({ nodeName: 'Station-1' }), /capital/);
  assert.match(refused({ nodeName: '10.0.0.1' }), /address/);
  assert.match(refused({ nodeIp: '192.168.50.11/24' }), /plain IP/);
  assert.match(refused({ nodeIp: 'fd00::7' }), /same kind/);
  assert.match(refused({ tlsSan: ['*.factory.local'] }), /wildcard/);
  assert.match(refused({ clusterCidr: '10.42.1.0/16' }), /first address/);
  assert.match(refused({ clusterCidr: '10.42.0.0/30' }), /bits/);
  assert.match(refused({ serviceCidr: '10.42.128.0/20' }), /overlaps/);
  assert.match(refused({ serviceCidr: 'fd43::/112' }), /different kinds/);
  assert.match(refused({ labels: ['rack'] }), /key=value/);
  assert.match(refused({ labels: ['node-role.kubernetes.io/worker=true'] }), /kubelet would refuse/);
  assert.match(refused({ labels: ['a=b', 'a=b'] }), /twice/);
  assert.match(refused({ taints: ['dedicated=db'] }), /NoSchedule/);
  assert.match(refused({ snapshotCron: '0 25 * * *' }), /five fields/);
  assert.match(refused({ snapshotCron: 'TZ=Europe/Berlin 0 * * * *' }), /five fields/);
  assert.match(refused({ serialConsole: '/dev/ttyS0' }), /device name/);
});

test('spaces, quotes, newlines and $(…) in a field get no further than the check', () => {
  const nasty = [
    'a b',
    "a'b",
    'a"b',
    'a\nb',
    'a\r\nb',
    '$(reboot)',
    '`reboot`',
    'a;reboot',
    'a\\b',
    'a\u0000b',
    '../x',
    'ä',
    '-rf',
    'a\u001b[31m',
  ];
  for (const text of nasty)
    for (const change of [
      { nodeName: text },
      { nodeIp: text },
      { tlsSan: [text] },
      { clusterCidr: text },
      { serviceCidr: text },
      { snapshotCron: text },
      { labels: [`k=${text}`] },
      { labels: [`${text}=v`] },
      { taints: [`k=${text}:NoSchedule`] },
      { serialConsole: text },
    ])
      assert.notEqual(refused(change), 'taken', JSON.stringify(change));
});

test('networks are compared by their addresses, IPv4 and IPv6', () => {
  const net = (text: string) => {
    const found = network(text);
    assert.ok(found, text);
    return found;
  };
  assert.ok(overlap(net('10.42.0.0/16'), net('10.42.7.0/24')));
  assert.ok(overlap(net('10.42.7.9/24'), net('10.0.0.0/8')));
  assert.ok(!overlap(net('10.42.0.0/16'), net('10.43.0.0/16')));
  assert.ok(overlap(net('0.0.0.0/0'), net('10.43.0.0/16')));
  assert.ok(!overlap(net('0.0.0.0/0'), net('::/0')));
  assert.ok(overlap(net('fd00::/8'), net('fd42:1::/64')));
  const at = address('10.42.255.255');
  assert.ok(at && holds(net('10.42.0.0/16'), at));
  assert.ok(isFirst('10.42.0.0/16') && !isFirst('10.42.0.1/16'));
  for (const text of [
    '',
    '10.0.0',
    '10.0.0.256',
    '010.0.0.1',
    '1.2.3.4.5',
    ':::',
    '1::2::3',
    'fe80::1%eth0',
    '12345::',
    '1:2:3:4:5:6:7',
  ])
    assert.equal(address(text), undefined, text);
  for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/08', '::/129', '10.0.0.0/8/9'])
    assert.equal(network(text), undefined, text);
});
