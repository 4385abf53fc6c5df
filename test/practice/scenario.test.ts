import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scenario } from '../../main/practice/station.ts';
import { station } from './station.ts';

const year = 365 * 86_400_000;

/** What is wrong with a node, the command that shows it, and what it then prints. */
const cases: readonly (readonly [wrong: string, change: Partial<Scenario>, look: string, shows: RegExp])[] = [
  ['another processor', { arch: 'arm64' }, 'uname -m', /^aarch64$/],
  ['a small disk', { disk: 'small' }, 'df -Pk /var/lib | tail -n 1', /^\S+ +6291456 /],
  [
    'a full disk',
    { disk: 'full' },
    'dd if=/dev/zero of=/root/big bs=1M count=40 2>&1; echo $?',
    /No space left on device\n1$/,
  ],
  ['no inodes', { disk: 'no-inodes' }, 'df -Pi / | tail -n 1', / 12 +100% /],
  [
    'a clock one year behind',
    { clockOffsetMs: -year },
    'date +%s',
    new RegExp(`^${String(Math.floor((Date.now() - year) / 1e6)).slice(0, 5)}`),
  ],
  [
    'a read-only root',
    { readOnlyRoot: true },
    ': >/root/x; echo $?; : >/run/x; echo $?; grep " / " /proc/mounts',
    /^2\n0\n\S+ \/ ext4 ro,/,
  ],
  [
    'swap',
    { swap: true },
    'swapon --show; free -m | tail -n 1; tail -n 1 /proc/swaps',
    /swapfile[^]*Swap: +1024[^]*swapfile/,
  ],
  [
    'no memory cgroup',
    { cgroups: 'v2-without-memory' },
    'grep -w memory /sys/fs/cgroup/cgroup.controllers || echo none',
    /^none$/,
  ],
  [
    'cgroup v1',
    { cgroups: 'v1' },
    'stat -fc %T /sys/fs/cgroup; test -e /sys/fs/cgroup/cgroup.controllers || echo v1',
    /^tmpfs\nv1$/,
  ],
  ['SELinux', { selinux: true }, 'getenforce; cat /sys/fs/selinux/enforce', /^Enforcing\n1$/],
  [
    'no default route',
    { defaultRoute: false },
    'ip route; ip route get 192.0.2.1 2>&1',
    /^192\.168\.50\.0\/24[^]*Network is unreachable$/,
  ],
  ['a firewall', { firewall: 'ufw' }, 'ufw status | head -n 1', /^Status: active$/],
  [
    'another name',
    { hostname: 'localhost' },
    'hostname; cat /etc/hostname; uname -n',
    /^localhost\nlocalhost\nlocalhost$/,
  ],
  [
    'a port that is taken',
    { portsTaken: [6443] },
    'ss -Hltn; grep -c :192B /proc/net/tcp',
    /0\.0\.0\.0:6443[^]*\n1$/,
  ],
  [
    'noexec',
    { noExec: ['/var/lib/rancher'] },
    'mkdir -p /var/lib/rancher; cp /bin/true /var/lib/rancher/x; /var/lib/rancher/x; echo $?',
    /126$/,
  ],
  [
    'a LAN inside the pods’ network',
    { lan: '10.42.0.9/16' },
    'ip -o -4 addr show eth0',
    /inet 10\.42\.0\.9\/16/,
  ],
  ['little memory', { memoryMiB: 512 }, 'head -n 1 /proc/meminfo', /^MemTotal: +524288 kB$/],
];

for (const [wrong, change, look, shows] of cases)
  test(`a node with ${wrong} shows it where a technician looks`, async t => {
    const practice = await station(t);
    practice.set(change);
    const { stdout, stderr } = await practice.run(look);
    assert.match(stdout.trim(), shows, stderr);
  });
