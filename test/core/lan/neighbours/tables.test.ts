import assert from 'node:assert/strict';
import test from 'node:test';
import { answeredPing } from '../../../../main/core/lan/all-nodes.ts';
import { macOf, othersOnly, uniform } from '../../../../main/core/lan/neighbours/entry.ts';
import { ipNeigh, procArp } from '../../../../main/core/lan/neighbours/linux.ts';
import { macArp, macNdp } from '../../../../main/core/lan/neighbours/mac.ts';
import { getNetNeighbor, netshNeighbours, windowsArp } from '../../../../main/core/lan/neighbours/windows.ts';

const mac = '00:1c:42:00:00:08';

test("Linux' table is read from JSON, from text, and from /proc/net/arp", () => {
  const json = `[{"dst":"10.0.1.5","dev":"eth0","lladdr":"${mac}","state":["REACHABLE"]},
    {"dst":"10.0.1.6","dev":"eth0","lladdr":"${mac}","state":["STALE"]},
    {"dst":"10.0.1.7","dev":"eth0","state":["FAILED"]},{"dst":"10.0.1.8","dev":"eth0","state":["INCOMPLETE"]},
    {"dst":"fe80::21c:42ff:fe00:8","dev":"eth0","lladdr":"${mac}","router":null,"state":["DELAY"]},
    {"dst":"ff02::1","dev":"eth0","lladdr":"33:33:00:00:00:01","state":["NOARP"]}]`;
  const text = `10.0.1.5 dev eth0 lladdr ${mac} ref 1 used 0/0/0 probes 1 REACHABLE
10.0.1.6 dev eth0 lladdr ${mac} STALE
10.0.1.7 dev eth0  FAILED
10.0.1.8 dev eth0  used 0/0/0 probes 2 INCOMPLETE
fe80::21c:42ff:fe00:8 dev eth0 lladdr ${mac} router DELAY
ff02::1 dev eth0 lladdr 33:33:00:00:00:01 NOARP
`;
  const expected = [
    { address: '10.0.1.5', wire: 'eth0', mac, state: 'resolved', fresh: true },
    { address: '10.0.1.6', wire: 'eth0', mac, state: 'resolved', fresh: false },
    { address: '10.0.1.7', wire: 'eth0', state: 'nobody' },
    { address: '10.0.1.8', wire: 'eth0', state: 'asking' },
    { address: 'fe80::21c:42ff:fe00:8%eth0', wire: 'eth0', mac, state: 'resolved', fresh: false },
  ];
  assert.deepEqual(ipNeigh(json), expected);
  assert.deepEqual(ipNeigh(text), expected);
  assert.deepEqual(ipNeigh(json.slice(0, 200)), []);
  assert.deepEqual(
    procArp(`IP address       HW type     Flags       HW address            Mask     Device
10.0.1.5         0x1         0x2         ${mac}     *        eth0
10.0.1.7         0x1         0x0         00:00:00:00:00:00     *        eth0
`),
    [
      { address: '10.0.1.5', wire: 'eth0', mac, state: 'resolved' },
      { address: '10.0.1.7', wire: 'eth0', state: 'asking' },
    ],
  );
});

test("macOS' tables are read; broadcast and multicast are no machines", () => {
  assert.deepEqual(
    macArp(`? (192.168.1.1) at 0:1c:42:0:0:8 on en0 ifscope [ethernet]
? (192.168.1.5) at (incomplete) on en0 ifscope [ethernet]
? (192.168.1.255) at ff:ff:ff:ff:ff:ff on en0 ifscope [ethernet]
? (224.0.0.251) at 1:0:5e:0:0:fb on en0 ifscope permanent [ethernet]
`),
    [
      { address: '192.168.1.1', wire: 'en0', mac, state: 'resolved' },
      { address: '192.168.1.5', wire: 'en0', state: 'asking' },
    ],
  );
  assert.deepEqual(
    macNdp(`Neighbor                                Linklayer Address  Netif Expire    St Flgs Prbs
2001:db8::1                             0:1c:42:0:0:8        en0 23h59m57s S  R
fe80::1%lo0                             (incomplete)         lo0 permanent R
fe80::21c:42ff:fe00:8%en0               0:1c:42:0:0:8        en0 5s        R  R
fe80::99%en0                            (incomplete)         en0 expired   N
fe80::98%en0                            (incomplete)         en0 1s        I
`),
    [
      { address: '2001:db8::1', wire: 'en0', mac, state: 'resolved', fresh: false },
      { address: 'fe80::21c:42ff:fe00:8%en0', wire: 'en0', mac, state: 'resolved', fresh: true },
      { address: 'fe80::99%en0', wire: 'en0', state: 'nobody' },
      { address: 'fe80::98%en0', wire: 'en0', state: 'asking' },
    ],
  );
});

test("Windows' table is read from PowerShell, one entry alone included", () => {
  const row = `{"IPAddress":"192.168.1.1","InterfaceAlias":"Ethernet 2","LinkLayerAddress":"00-1C-42-00-00-08","State":"Reachable"}`;
  const first = { address: '192.168.1.1', wire: 'Ethernet 2', mac, state: 'resolved', fresh: true };
  assert.deepEqual(getNetNeighbor(`\ufeff${row}\r\n`), [first]);
  assert.deepEqual(
    getNetNeighbor(`[${row},
{"IPAddress":"192.168.1.9","InterfaceAlias":"Ethernet 2","LinkLayerAddress":"00-00-00-00-00-00","State":"Unreachable"},
{"IPAddress":"fe80::21c:42ff:fe00:8%12","InterfaceAlias":"Ethernet 2","LinkLayerAddress":"00-1C-42-00-00-08","State":"Stale"},
{"IPAddress":"ff02::16","InterfaceAlias":"Ethernet 2","LinkLayerAddress":"33-33-00-00-00-16","State":"Permanent"},
{"IPAddress":"192.168.1.255","InterfaceAlias":"Ethernet 2","LinkLayerAddress":"FF-FF-FF-FF-FF-FF","State":"Permanent"}]`),
    [
      first,
      { address: '192.168.1.9', wire: 'Ethernet 2', state: 'nobody' },
      {
        address: 'fe80::21c:42ff:fe00:8%Ethernet 2',
        wire: 'Ethernet 2',
        mac,
        state: 'resolved',
        fresh: false,
      },
    ],
  );
  assert.equal(getNetNeighbor('Get-NetNeighbor : The term is not recognized'), undefined);
});

test('without PowerShell Windows is read from arp and netsh, in any language', () => {
  const arp = (title: string, type: string): string => `\r
${title}: 192.168.1.10 --- 0xc\r
  Internet Address      Physical Address      Type\r
  192.168.1.1           00-1c-42-00-00-08     ${type}\r
  192.168.1.255         ff-ff-ff-ff-ff-ff     static\r
  224.0.0.22            01-00-5e-00-00-16     static\r
`;
  const wireOf = (own: string): string | undefined => (own === '192.168.1.10' ? 'Ethernet' : undefined);
  const expected = [{ address: '192.168.1.1', wire: 'Ethernet', mac, state: 'resolved' }];
  assert.deepEqual(windowsArp(arp('Interface', 'dynamic'), wireOf), expected);
  assert.deepEqual(windowsArp(arp('Schnittstelle', 'dynamisch'), wireOf), expected);
  assert.deepEqual(
    netshNeighbours(`\r
Schnittstelle 12: Ethernet\r
\r
Internetadresse                               Physische Adresse  Typ\r
--------------------------------------------  -----------------  -----------\r
fe80::21c:42ff:fe00:8                         00-1c-42-00-00-08  Erreichbar (Router)\r
fe80::99                                      00-00-00-00-00-00  Nicht erreichbar\r
fe80::98                                      Nicht erreichbar   Nicht erreichbar\r
ff02::1                                       33-33-00-00-00-01  Permanent\r
`),
    [
      { address: 'fe80::21c:42ff:fe00:8%Ethernet', wire: 'Ethernet', mac, state: 'resolved' },
      { address: 'fe80::99%Ethernet', wire: 'Ethernet', state: 'nobody' },
      { address: 'fe80::98%Ethernet', wire: 'Ethernet', state: 'nobody' },
    ],
  );
});

test('addresses and MACs are written one way, and what is nobody’s is left out', () => {
  assert.equal(uniform('FE80:0:0:0:0:0:0:1%eth0'), 'fe80::1');
  for (const none of [
    '0.0.0.0',
    '127.0.0.1',
    '224.0.0.251',
    '255.255.255.255',
    '::1',
    '::',
    'ff02::fb',
    'x',
    '1:2',
    '',
  ])
    assert.equal(uniform(none), undefined, none);
  assert.equal(macOf('0:c:29:0:0:1'), '00:0c:29:00:00:01');
  for (const none of ['ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:fb', '00:00:00:00:00:00', 'nonsense', undefined])
    assert.equal(macOf(none), undefined, none);
});

test('the laptop itself is no neighbour, and nobody stands twice', () => {
  const entry = (address: string) => ({ address, wire: 'eth0', mac, state: 'resolved' as const });
  const entries = [entry('10.0.1.5'), entry('10.0.1.5'), entry('10.0.1.2'), entry('fe80::2%eth0')];
  assert.deepEqual(othersOnly(entries, ['10.0.1.2', 'fe80::2']), [entry('10.0.1.5')]);
});

test('who answered a ping to all nodes is read on every system', () => {
  const linux = `PING ff02::1(ff02::1) from fe80::2%eth0 eth0: 56 data bytes
64 bytes from fe80::5%eth0: icmp_seq=1 ttl=64 time=0.061 ms
64 bytes from fe80::6%eth0: icmp_seq=1 ttl=64 time=0.071 ms (DUP!)
64 bytes from fe80::5%eth0: icmp_seq=2 ttl=64 time=0.049 ms

--- ff02::1 ping statistics ---
2 packets transmitted, 2 received, +1 duplicates, 0% packet loss, time 201ms
`;
  const macos = `PING6(56=40+8+8 bytes) fe80::2%en0 --> ff02::1%en0
16 bytes from fe80::5%en0, icmp_seq=0 hlim=64 time=0.190 ms
16 bytes from fe80::6%en0, icmp_seq=0 hlim=64 time=3.190 ms(DUP!)
`;
  const windows = `\r\nPing wird ausgeführt für ff02::1%12 mit 32 Bytes Daten:\r\nAntwort von fe80::5%12: Zeit<1ms\r\nAntwort von fe80::6%12: Zeit=3ms\r\n`;
  assert.deepEqual(answeredPing(linux, 'eth0'), ['fe80::5%eth0', 'fe80::6%eth0']);
  assert.deepEqual(answeredPing(macos, 'en0'), ['fe80::5%en0', 'fe80::6%en0']);
  assert.deepEqual(answeredPing(windows, 'Ethernet'), ['fe80::5%Ethernet', 'fe80::6%Ethernet']);
  assert.deepEqual(answeredPing(linux.split('\n')[0] ?? '', 'eth0'), []);
  assert.equal(answeredPing('', 'eth0'), undefined);
});
