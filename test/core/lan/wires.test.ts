import assert from 'node:assert/strict';
import test from 'node:test';
import { kindByName, macWires, namesInProc, windowsWires } from '../../../main/core/lan/wires.ts';

test('interfaces are told apart by their names', () => {
  for (const name of ['eth0', 'enp3s0', 'eno1', 'enx001122334455', 'end0', 'usb0'])
    assert.equal(kindByName(name), 'cable', name);
  for (const name of ['wlan0', 'wlp2s0', 'wlx00', 'wwan0']) assert.equal(kindByName(name), 'wireless', name);
  for (const name of [
    'docker0',
    'cni0',
    'flannel.1',
    'veth12ab',
    'br-0123',
    'virbr0',
    'tun0',
    'tap1',
    'wg0',
    'vnet3',
  ])
    assert.equal(kindByName(name), 'virtual', name);
});

test('an interface without any address is in /proc/net/dev', () => {
  const text = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 7272472   15391    0    0    0     0          0         0  7272472   15391    0    0    0     0       0          0
  eth0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
`;
  assert.deepEqual(namesInProc(text), ['eth0']);
});

test("macOS' ports: a cable, Wi-Fi, and what programs made", () => {
  const ports = `
Hardware Port: USB 10/100/1000 LAN
Device: en7
Ethernet Address: 00:e0:4c:68:00:01

Hardware Port: Wi-Fi
Device: en0
Ethernet Address: a4:83:e7:00:00:02

Hardware Port: Thunderbolt Bridge
Device: bridge0
Ethernet Address: 36:00:00:00:00:00

VLAN Configurations
===================
`;
  const ifconfig = `lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384
\tinet 127.0.0.1 netmask 0xff000000
en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
\tether a4:83:e7:00:00:02
\tinet6 fe80::1c%en0 prefixlen 64 secured scopeid 0xb
\tstatus: active
en7: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
\tether 00:e0:4c:68:00:01
\tmedia: autoselect (none)
\tstatus: inactive
utun0: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1380
bridge0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
\tether 36:00:00:00:00:00
\tstatus: inactive
`;
  assert.deepEqual(macWires(ports, ifconfig), [
    { name: 'en0', kind: 'wireless', mac: 'a4:83:e7:00:00:02', plugged: true },
    { name: 'en7', kind: 'cable', mac: '00:e0:4c:68:00:01', plugged: false },
    { name: 'utun0', kind: 'virtual' },
    { name: 'bridge0', kind: 'virtual', mac: '36:00:00:00:00:00', plugged: false },
  ]);
});

test("Windows' adapters: a cable, Wi-Fi, and a virtual switch", () => {
  const ethernet = `{"Name":"Ethernet","MacAddress":"00-E0-4C-68-00-01","Status":"Disconnected","Media":"802.3","Virtual":false,"HardwareInterface":true}`;
  const printed = `[${ethernet},
{"Name":"WLAN","MacAddress":"A4-83-E7-00-00-02","Status":"Up","Media":"Native 802.11","Virtual":false,"HardwareInterface":true},
{"Name":"vEthernet (WSL)","MacAddress":"00-15-5D-00-00-03","Status":"Up","Media":"Unspecified","Virtual":true,"HardwareInterface":false}]`;
  const cable = { name: 'Ethernet', kind: 'cable', mac: '00:e0:4c:68:00:01', plugged: false };
  assert.deepEqual(windowsWires(printed), [
    cable,
    { name: 'WLAN', kind: 'wireless', mac: 'a4:83:e7:00:00:02', plugged: true },
    { name: 'vEthernet (WSL)', kind: 'virtual', mac: '00:15:5d:00:00:03', plugged: true },
  ]);
  assert.deepEqual(windowsWires(ethernet), [cable]);
  assert.deepEqual(windowsWires('nonsense'), []);
});
