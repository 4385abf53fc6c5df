import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import type { Neighbour } from '../../../main/core/lan/sighting.ts';
import type { Wire } from '../../../preload/contract/scan.ts';
import { needsLan } from '../../support/needs.ts';
import { onACable, upLines } from '../../support/two-nets.ts';

const child = join(import.meta.dirname, '../../support/senses-child.ts');
const here = '02:00:00:00:00:02';
const there = '02:00:00:00:00:05';

const machine = `${upLines(there, 5)}
nft -f - <<END
table inet t {
  chain in {
    type filter hook input priority 0;
    tcp dport 1001 reject with icmpx type admin-prohibited
    tcp dport 1002 reject with tcp reset
    tcp dport 1003 drop
    tcp dport 1004 reject with icmpx type port-unreachable
    tcp dport 1005 reject with icmpx type host-unreachable
    tcp dport 1006 reject with icmpx type no-route
  }
}
END`;

const laptop = `${upLines(here, 2)}
ip link add docker0 type bridge
ip link add enp9s0 type veth peer name enp9s1
ip link set enp9s0 up
# Gives up after 0.6 s instead of 3: whether somebody is there may not be told by the time.
echo 200 >/proc/sys/net/ipv4/neigh/eth0/retrans_time_ms
echo 200 >/proc/sys/net/ipv6/neigh/eth0/retrans_time_ms
ip route add prohibit 10.98.0.0/24
echo 4 >/proc/sys/net/ipv4/neigh/enp9s0/mcast_solicit`;

interface Sensed {
  readonly came: Readonly<Record<string, string>>;
  readonly callAllNodes: readonly string[];
  readonly neighbours: readonly Neighbour[];
  readonly wires: readonly Wire[];
  readonly tries: number;
}

test('on a cable: who rejects, who drops and where nobody is', needsLan(), async t => {
  const both = (port: number): readonly (readonly [string, number, number])[] => [
    ['10.9.0.5', port, 0],
    ['fe80::5%eth0', port, 0],
  ];
  const asks = [
    ...[1001, 1002, 1003, 1004, 1005, 1006, 1007].flatMap(both),
    ['10.9.0.77', 22, 0],
    ['10.9.0.77', 6443, 400],
    ['fe80::77%eth0', 22, 0],
    ['10.99.0.1', 22, 0],
    ['10.98.0.1', 22, 0],
    ['fe80::5%gone0', 22, 0],
  ];
  const orders = JSON.stringify({ asks, connectMs: 1500 });
  const printed = await onACable(t, { laptop, machine, program: [process.execPath, child, orders] });
  const { came, callAllNodes, neighbours, wires, tries } = JSON.parse(printed) as Sensed;
  for (const address of ['10.9.0.5', 'fe80::5%eth0']) {
    for (const port of [1001, 1002, 1004, 1005, 1006, 1007])
      assert.equal(came[`${address} ${port}`], 'closed', `${address} ${port}`);
    assert.equal(came[`${address} 1003`], 'silent');
  }
  // The second question joined the first one's search, and failed 0.2 s after it was asked.
  assert.equal(came['10.9.0.77 22'], 'nobody');
  assert.equal(came['10.9.0.77 6443'], 'nobody');
  assert.equal(came['fe80::77%eth0 22'], 'nobody');
  assert.equal(came['10.99.0.1 22'], 'could-not ENETUNREACH');
  assert.equal(came['10.98.0.1 22'], 'could-not EACCES');
  // Never asked on another interface instead.
  assert.equal(came['fe80::5%gone0 22'], 'could-not ENODEV');

  assert.deepEqual(callAllNodes, ['fe80::5%eth0']);
  const found = (address: string): Neighbour | undefined => neighbours.find(each => each.address === address);
  for (const address of ['10.9.0.5', 'fe80::5%eth0'])
    assert.deepEqual([found(address)?.mac, found(address)?.state], [there, 'resolved']);
  assert.notEqual(found('10.9.0.77')?.state, 'resolved');
  assert.equal(found('10.9.0.2'), undefined);

  const wire = (name: string): Wire | undefined => wires.find(each => each.name === name);
  assert.deepEqual(wire('eth0'), {
    name: 'eth0',
    kind: 'cable',
    plugged: true,
    mac: here,
    addresses: ['10.9.0.2/24', 'fe80::2/64'],
  });
  assert.equal(wire('docker0')?.kind, 'virtual');
  const bare = wire('enp9s0');
  assert.deepEqual([bare?.kind, bare?.plugged, bare?.addresses], ['cable', false, []]);
  assert.equal(wire('lo'), undefined);
  assert.equal(tries, 3);
});
