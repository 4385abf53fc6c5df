import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Check } from '../../../preload/contract/domain.ts';
import {
  clockAhead,
  facts,
  k3sThere,
  listening,
  mountOf,
  nodeAddress,
  serialConsoles,
} from '../../../main/core/runbook/preflight/facts.ts';
import { checks } from '../../../main/core/runbook/preflight/preflight.ts';
import { worst } from '../../../main/core/runbook/preflight/sight.ts';
import type { Sight } from '../../../main/core/runbook/preflight/sight.ts';

const now = Date.UTC(2026, 5, 1);
const healthy = `uid=0
user=root
now=${now / 1000}
hostname=station-1
machine=3d1219c7c4c5404aaa1f6d2a48adfda4
boot=88ee0497-a2a5-4878-8220-235c218d904c
arch=x86_64
kernel=6.12.48-amd64
os=Debian GNU/Linux 13 (trixie)
mem=MemTotal:8000000
mem=MemAvailable:7000000
mem=SwapTotal:0
cpus=4
cgroup.fs=cgroup2fs
cgroup.controllers=cpuset cpu io memory pids
cmdline=root=/dev/sda1 console=tty0 console=ttyS0,115200
data.at=/var/lib
data.kib=64000000 50000000 /
data.inodes=4000000 3900000
data.write=yes
bin.at=/usr/local/bin
bin.kib=64000000 50000000 /
bin.inodes=4000000 3900000
bin.write=yes
tmp.at=/tmp
tmp.kib=64000000 50000000 /
root.at=/
root.kib=64000000 50000000 /
root.write=yes
mount=/dev/sda1 / ext4 rw,relatime 0 0
addr=lo 127.0.0.1/8
addr=eth0 192.168.50.11/24
addr=eth0 fe80::1/64
route=default via 192.168.50.1 dev eth0
route=192.168.50.0/24 dev eth0 scope link
route.out=192.0.2.1 via 192.168.50.1 dev eth0 src 192.168.50.11 uid 0
listen=00000000:0016
listen.read=yes
dns=192.168.50.1
selinux=no
module=overlay loaded
module=br_netfilter there
module=vxlan there
init=systemd
time=NTP=yes
time=NTPSynchronized=yes
time.daemon=chronyd
rtc=yes
rtc.read=yes
rootway=password
k3s.read=yes
k3s.snapshots=0
end=1
`;

/** The healthy node with lines of some keys replaced. */
function withLines(change: Readonly<Record<string, readonly string[]>>): string {
  const kept = healthy.split('\n').filter(line => !Object.hasOwn(change, line.split('=')[0] ?? ''));
  return [
    ...Object.entries(change).flatMap(([key, values]) => values.map(value => `${key}=${value}`)),
    ...kept,
  ].join('\n');
}

function sight(change: Readonly<Record<string, readonly string[]>> = {}, more: Partial<Sight> = {}): Sight {
  const seen = facts(withLines(change));
  return {
    facts: seen,
    k3s: k3sThere(seen),
    laptop: { before: now, after: now },
    sudo: 'root',
    needs: { k3sVersion: 'v1.33.5+k3s1', binaryBytes: 70e6, imagesBytes: 200e6, scriptBytes: 4e4 },
    carries: ['amd64', 'arm64'],
    bundleVersion: 'v1.33.5+k3s1',
    knownTokens: new Set(['0123456789ab']),
    others: [{ name: 'station-2', machineId: 'ffff', address: '192.168.50.12' }],
    ...more,
  };
}

const check = (id: string, seen: Sight): Check => {
  const found = checks(seen).find(one => one.id === id);
  assert.ok(found, id);
  if (found.verdict === 'blocked') assert.ok(found.next, `${id} is blocked and says what to do next`);
  return found;
};

test('a healthy node passes every check', () => {
  const all = checks(sight());
  assert.deepEqual(
    all.filter(({ verdict }) => verdict !== 'passed'),
    [],
  );
  assert.equal(worst(all), 'passed');
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
});

test('a node that says nothing is unknown, never passed, and only what must be known blocks', () => {
  const silent = facts('');
  const all = checks({ ...sight(), facts: silent, k3s: k3sThere(silent) });
  assert.equal(all[0]?.id, 'whole');
  const passed = all.filter(({ verdict }) => verdict === 'passed').map(({ id }) => id);
  assert.deepEqual(passed, ['selinux', 'sudo', 'k3s']);
  assert.equal(worst(all), 'warned');
});

const rows: readonly (readonly [
  string,
  string,
  Check['verdict'],
  RegExp,
  Readonly<Record<string, readonly string[]>>,
  Partial<Sight>?,
])[] = [
  ['architecture', 'a processor K3s has no binary for', 'blocked', /s390x/, { arch: ['s390x'] }],
  [
    'architecture',
    'a processor the bundle does not carry',
    'blocked',
    /carries amd64/,
    { arch: ['aarch64'] },
    { carries: ['amd64'] },
  ],
  ['kernel', 'a kernel too old', 'blocked', /3\.10/, { kernel: ['3.10.0'] }],
  ['kernel', 'a kernel before cgroup v2 was good', 'warned', /4\.19/, { kernel: ['4.19.0'] }],
  [
    'cgroup',
    'cgroup v2 without memory',
    'blocked',
    /without memory/,
    { 'cgroup.controllers': ['cpuset cpu io pids'] },
  ],
  [
    'cgroup',
    'cgroup v1 before 1.35',
    'warned',
    /up to K3s 1\.34/,
    { 'cgroup.controllers': [], 'cgroup.fs': ['tmpfs'], 'cgroup.v1.memory': ['1'] },
  ],
  [
    'cgroup',
    'cgroup v1 with memory off',
    'blocked',
    /switched off/,
    { 'cgroup.controllers': [], 'cgroup.fs': ['tmpfs'], 'cgroup.v1.memory': ['0'] },
  ],
  ['memory', 'half a gigabyte', 'blocked', /512 MiB|489 MiB/, { mem: ['MemTotal:500000', 'SwapTotal:0'] }],
  [
    'memory',
    'a machine sold with one and a half',
    'warned',
    /1\.4 GiB/,
    { mem: ['MemTotal:1500000', 'SwapTotal:0'] },
  ],
  ['memory', 'a machine sold with two', 'passed', /1\.8 GiB/, { mem: ['MemTotal:1900000', 'SwapTotal:0'] }],
  ['cpus', 'one processor', 'warned', /^1/, { cpus: ['1'] }],
  ['swap', 'swap', 'warned', /GiB of swap/, { mem: ['MemTotal:8000000', 'SwapTotal:2000000'] }],
  ['init', 'no service manager', 'blocked', /Neither/, { init: ['none'] }],
  ['modules', 'no vxlan', 'blocked', /vxlan/, { module: ['overlay loaded', 'vxlan missing'] }],
  [
    'selinux',
    'SELinux without its package',
    'blocked',
    /k3s-selinux/,
    { selinux: ['1'], 'selinux.rpm': ['package k3s-selinux is not installed'] },
  ],
  [
    'selinux',
    'SELinux with its package',
    'passed',
    /enforcing/,
    { selinux: ['1'], 'selinux.rpm': ['k3s-selinux-1.6-1.el9.noarch'] },
  ],
  ['sudo', 'sudo without its password', 'blocked', /password/, {}, { sudo: 'password-missing' }],
  ['sudo', 'no right at all', 'blocked', /may not/, {}, { sudo: 'none' }],
  ['identity', 'a cloned machine', 'blocked', /cloned/, { machine: ['ffff'] }],
  ['rescue', 'a locked root', 'warned', /lock everybody out/, { rootway: ['locked'] }],
  ['disk', 'a disk too small', 'blocked', /an install needs/, { 'data.kib': ['2000000 900000 /'] }],
  [
    'disk',
    'a disk that would be near the kubelet’s limit',
    'warned',
    /5 %/,
    { 'data.kib': ['64000000 2000000 /'] },
  ],
  ['disk-bin', 'no room for the binary', 'blocked', /binary/, { 'bin.kib': ['100000 50000 /usr'] }],
  ['inodes', 'no inodes', 'blocked', /100 left/, { 'data.inodes': ['100000 100'] }],
  ['inodes', 'a file system that counts none', 'unknown', /count/, { 'data.inodes': ['0 0'] }],
  [
    'read-only',
    'a root file system mounted read-only',
    'blocked',
    /Read-only/,
    { mount: ['/dev/sda1 / ext4 ro,relatime 0 0'] },
  ],
  [
    'read-only',
    'a disk that takes no file',
    'blocked',
    /EXT4-fs error/,
    { 'data.write': ['no'], 'kernel.error': ['EXT4-fs error (device sda1)'] },
  ],
  ['read-only', 'a kernel that reported errors', 'warned', /mmc0/, { 'kernel.error': ['mmc0: error -110'] }],
  [
    'noexec',
    'a data folder mounted noexec',
    'blocked',
    /noexec/,
    { mount: ['/dev/sda1 / ext4 rw 0 0', '/dev/sdb1 /var/lib ext4 rw,noexec 0 0'] },
  ],
  [
    'noexec',
    '/tmp mounted noexec',
    'warned',
    /\/tmp/,
    { mount: ['/dev/sda1 / ext4 rw 0 0', 'tmpfs /tmp tmpfs rw,noexec 0 0'] },
  ],
  ['medium', 'an SD card', 'warned', /SD card/, { mount: ['/dev/mmcblk0p2 / ext4 rw 0 0'] }],
  ['hostname', 'a host called localhost', 'blocked', /localhost/, { hostname: ['localhost'] }],
  ['hostname', 'a name that is taken', 'blocked', /another node/, { hostname: ['station-2'] }],
  ['route', 'no default route', 'blocked', /none/, { route: ['192.168.50.0/24 dev eth0'], 'route.hex': [] }],
  [
    'cidrs',
    'a LAN inside the pods’ network',
    'blocked',
    /10\.42\.3\.0|10\.42\.3\.7/,
    { addr: ['eth0 10.42.3.7/24'] },
  ],
  [
    'cidrs',
    'a route into the services’ network',
    'blocked',
    /10\.43\.0\.0/,
    { route: ['default via 192.168.50.1 dev eth0', '10.43.8.0/24 via 192.168.50.9 dev eth0'] },
  ],
  [
    'ports',
    'a taken port',
    'blocked',
    /6443 \(API, held by haproxy\)/,
    { listen: ['00000000:192B'], ss: ['*:6443 users:(("haproxy",pid=1,fd=3))'] },
  ],
  ['firewall', 'an active ufw', 'warned', /ufw/, { ufw: ['Status: active'] }],
  ['firewall', 'nothing seen without root', 'unknown', /root/, { uid: ['1000'] }],
  ['dns', 'only a loopback name server', 'warned', /127\.0\.0\.53/, { dns: ['127.0.0.53'] }],
  ['clock', 'a clock a year off', 'blocked', /365 days behind/, { now: [String(now / 1000 - 365 * 86_400)] }],
  ['clock', 'a clock two minutes off', 'warned', /2 min ahead/, { now: [String(now / 1000 + 130)] }],
  ['time-source', 'no battery', 'warned', /No real-time clock/, { rtc: [] }],
  [
    'k3s',
    'somebody else’s cluster',
    'blocked',
    /somebody/,
    { 'k3s.binary': ['yes'], 'k3s.db': ['etcd'], 'k3s.token': ['ffffffffffff'] },
  ],
  [
    'k3s',
    'our own cluster',
    'passed',
    /keeps its token/,
    {
      'k3s.binary': ['yes'],
      'k3s.version': ['k3s version v1.33.5+k3s1 (abc)'],
      'k3s.db': ['etcd'],
      'k3s.token': ['0123456789ab'],
    },
  ],
  [
    'k3s',
    'our own cluster with another version',
    'blocked',
    /v1\.32\.1/,
    {
      'k3s.binary': ['yes'],
      'k3s.version': ['k3s version v1.32.1+k3s1 (abc)'],
      'k3s.db': ['etcd'],
      'k3s.token': ['0123456789ab'],
    },
  ],
  ['k3s', 'K3s on SQLite', 'blocked', /SQLite/, { 'k3s.binary': ['yes'], 'k3s.db': ['sqlite'] }],
  ['k3s', 'an agent', 'blocked', /agent/, { 'k3s.unit': ['k3s-agent'] }],
  [
    'k3s',
    'an external datastore',
    'blocked',
    /external/,
    { 'k3s.config': ['yes'], 'k3s.config.key': ['datastore-endpoint'] },
  ],
  ['k3s', 'data nobody may look at', 'blocked', /only root/, { 'k3s.read': [], 'k3s.data': ['yes'] }],
  [
    'k3s',
    'an install that stopped half way',
    'passed',
    /half way/,
    { 'k3s.binary': ['yes'], 'k3s.data': ['yes'] },
  ],
  [
    'k3s',
    'settings that would win',
    'blocked',
    /extra\.yaml/,
    { 'k3s.dropin': ['/etc/rancher/k3s/config.yaml.d/extra.yaml'] },
  ],
];

for (const [id, what, verdict, saw, change, more] of rows)
  test(`${what}: ${verdict}`, () => {
    const found = check(id, sight(change, more));
    assert.equal(found.verdict, verdict, found.saw);
    assert.match(found.saw, saw);
  });

test('cgroup v1 is refused from K3s 1.35 on', () => {
  const change = { 'cgroup.controllers': [], 'cgroup.fs': ['tmpfs'], 'cgroup.v1.memory': ['1'] };
  const needs = { k3sVersion: 'v1.35.2+k3s1', binaryBytes: 1, imagesBytes: 1, scriptBytes: 1 };
  assert.equal(check('cgroup', sight(change, { needs })).verdict, 'blocked');
});

test('a Raspberry Pi is told which line of which file to change', () => {
  const pi = { 'cgroup.controllers': ['cpuset cpu io pids'], model: ['Raspberry Pi 4 Model B Rev 1.4'] };
  assert.match(
    check('cgroup', sight(pi)).next ?? '',
    /cgroup_memory=1 cgroup_enable=memory .*\/boot\/firmware\/cmdline\.txt/,
  );
  const old = { ...pi, os: ['Debian GNU/Linux 11 (bullseye)'] };
  assert.match(check('cgroup', sight(old)).next ?? '', /\/boot\/cmdline\.txt/);
});

test('K3s’ own ports, links and modules are no obstacle to its own second run', () => {
  const change = {
    'k3s.binary': ['yes'],
    'k3s.version': ['k3s version v1.33.5+k3s1 (abc)'],
    'k3s.db': ['etcd'],
    'k3s.token': ['0123456789ab'],
    'k3s.active': ['active'],
    'k3s.unit': ['k3s'],
    'k3s.config': ['yes'],
    listen: ['00000000:192B', '00000000:094B'],
    udp: ['00000000:2118'],
    addr: ['eth0 192.168.50.11/24', 'cni0 10.42.0.1/24', 'flannel.1 10.42.0.0/32'],
    route: [
      'default via 192.168.50.1 dev eth0',
      '10.42.0.0/24 dev cni0 proto kernel scope link src 10.42.0.1',
    ],
    'data.kib': ['64000000 6000000 /'],
  };
  assert.deepEqual(
    checks(sight(change)).filter(({ verdict }) => verdict === 'blocked'),
    [],
  );
});

test('ports that a running K3s holds are no second complaint, those a stranger holds are', () => {
  const k3s = { 'k3s.active': ['active'], 'k3s.db': ['sqlite'], listen: ['00000000:192B'] };
  assert.equal(check('ports', sight(k3s)).verdict, 'passed');
  assert.equal(check('k3s', sight(k3s)).verdict, 'blocked');
  const haproxy = { ...k3s, ss: ['*:6443 users:(("haproxy",pid=1,fd=3))'] };
  assert.equal(check('ports', sight(haproxy)).verdict, 'blocked');
});

test('hostile answers of a node change nothing but their own line', () => {
  const seen = facts(
    'hostname=evil\u001b[2Jname\u0007\nk3s.db\nnot a line\nBAD=1\n=x\nos=a=b=c\nhostname=second\nend=1\n',
  );
  assert.equal(seen.one('hostname'), 'evil[2Jname');
  assert.deepEqual(seen.all('hostname'), ['evil[2Jname', 'second']);
  assert.equal(seen.one('os'), 'a=b=c');
  assert.equal(seen.one('BAD'), undefined);
  assert.equal(k3sThere(seen).db, 'none');
});

test('facts are read out of the node’s words', () => {
  const seen = facts(healthy);
  assert.equal(nodeAddress(seen), '192.168.50.11');
  assert.deepEqual([...(listening(seen, 'tcp') ?? [])], [22]);
  assert.equal(mountOf(seen, '/var/lib/rancher/k3s')?.device, '/dev/sda1');
  assert.deepEqual(serialConsoles(seen), ['ttyS0']);
  const busybox = facts(
    'route.hex=eth0 00000000 0132A8C0 00000000\naddr=eth0@if3 192.168.50.7/24\naddr=lo 127.0.0.1/8\n',
  );
  assert.equal(nodeAddress(busybox), '192.168.50.7');
  assert.equal(
    mountOf(
      facts('mount=a / ext4 rw 0 0\nmount=b /var\\040x ext4 ro 0 0\nmount=c /var/lib ext4 rw 0 0\n'),
      '/var/library',
    )?.device,
    'a',
  );
  assert.equal(clockAhead(facts('now=100'), { before: 98_000, after: 99_000 }), 1000);
  assert.equal(clockAhead(facts('now=98'), { before: 98_500, after: 98_900 }), 0);
});
