import type { Call, Program, Programs } from '../shell/call.ts';
import { release } from '../seed.ts';
import { formatDate, parseDate } from './dates.ts';
import { human } from './listing.ts';
import { options } from './options.ts';
import { stty } from './stty.ts';

const machine = (call: Call): string => (call.station.arch === 'amd64' ? 'x86_64' : 'aarch64');

const uname: Program = async call => {
  const given = options(call.args, 'asnrvmpio', [
    'all',
    'kernel-name',
    'nodename',
    'kernel-release',
    'machine',
    'kernel-version',
    'operating-system',
  ]);
  const parts: readonly (readonly [readonly string[], string])[] = [
    [['s', 'kernel-name'], 'Linux'],
    [['n', 'nodename'], call.station.hostname],
    [['r', 'kernel-release'], release(call.station)],
    [['v', 'kernel-version'], '#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1 (2025-09-20)'],
    [['m', 'machine'], machine(call)],
    [['o', 'operating-system'], 'GNU/Linux'],
  ];
  const shown = parts
    .filter(([names]) => given.has('a', 'all') || given.has(...names))
    .map(([, value]) => value);
  await call.out(`${(shown.length > 0 ? shown : ['Linux']).join(' ')}\n`);
  return 0;
};

const id: Program = async call => {
  const given = options(call.args, 'ugGnrz', ['user', 'group', 'groups', 'name']);
  const { accounts } = call.station;
  const [name] = given.rest;
  if (name !== undefined && !accounts.user(name)) {
    await call.err(`id: ‘${name}’: no such user\n`);
    return 1;
  }
  const who = name === undefined ? call.who : accounts.cred(name);
  const groups = [...new Set([who.gid, ...who.groups])];
  const word = (n: number, of: (n: number) => string) => (given.has('n', 'name') ? of(n) : String(n));
  const user = (n: number) => accounts.userName(n);
  const group = (n: number) => accounts.groupName(n);
  if (given.has('u', 'user')) await call.out(`${word(who.uid, user)}\n`);
  else if (given.has('g', 'group')) await call.out(`${word(who.gid, group)}\n`);
  else if (given.has('G', 'groups') || call.name === 'groups')
    await call.out(`${groups.map(n => (call.name === 'groups' ? group(n) : word(n, group))).join(' ')}\n`);
  else
    await call.out(
      `uid=${who.uid}(${user(who.uid)}) gid=${who.gid}(${group(who.gid)}) groups=${groups.map(n => `${n}(${group(n)})`).join(',')}\n`,
    );
  return 0;
};

const hostname: Program = async call => {
  const given = options(call.args, 'sfIidA', ['short', 'fqdn', 'long', 'all-ip-addresses']);
  const address = call.station.scenario.lan.split('/')[0] ?? '';
  if (given.has('I', 'all-ip-addresses')) await call.out(`${address} \n`);
  else if (given.has('i')) await call.out('127.0.1.1\n');
  else await call.out(`${call.station.hostname}\n`);
  return 0;
};

const df: Program = async call => {
  const given = options(call.args, 'PikhTaBlmt:x:', [
    'portability',
    'inodes',
    'output=',
    'output',
    'block-size=',
    'human-readable',
    'print-type',
    'local',
    'type=',
  ]);
  const { station } = call;
  const real = given.rest.map(name => {
    const path = call.path(name);
    return station.tree.peek(path, call.who) ? station.mountOf(path) : name;
  });
  for (const miss of real)
    if (typeof miss === 'string') await call.err(`df: ${miss}: No such file or directory\n`);
  const list =
    given.rest.length > 0
      ? real.filter(each => typeof each !== 'string')
      : station.mounts().filter(m => ['ext4', 'tmpfs', 'devtmpfs'].includes(m.type));
  const inodes = given.has('i', 'inodes');
  const scale =
    given.has('m') || given.value('block-size') === '1M' || given.value('B') === '1M'
      ? 1048576
      : given.value('B', 'block-size') === '1'
        ? 1
        : 1024;
  const size = (n: number) => (given.has('h', 'human-readable') ? human(n) : String(Math.floor(n / scale)));
  const head = inodes
    ? ['Inodes', 'IUsed', 'IFree', 'IUse%']
    : [
        given.has('P', 'portability')
          ? `${scale}-blocks`
          : given.has('h')
            ? 'Size'
            : scale === 1024
              ? '1K-blocks'
              : '1M-blocks',
        'Used',
        'Available',
        given.has('P', 'portability') ? 'Capacity' : 'Use%',
      ];
  const rows = list.map(mount => {
    const space = station.space(mount);
    const of = (used: number, all: number) => (all === 0 ? '-' : `${Math.ceil((used / all) * 100)}%`);
    const numbers = inodes
      ? [
          String(space.inodes),
          String(space.inodes - space.inodesFree),
          String(space.inodesFree),
          of(space.inodes - space.inodesFree, space.inodes),
        ]
      : [size(space.bytes), size(space.used), size(space.free), of(space.used, space.used + space.free)];
    return [mount.device, ...(given.has('T', 'print-type') ? [mount.type] : []), ...numbers, mount.at];
  });
  const wanted = given.value('output');
  if (wanted) {
    const at = (mount: (typeof list)[number]): Record<string, string> => {
      const space = station.space(mount);
      return {
        source: mount.device,
        fstype: mount.type,
        size: size(space.bytes),
        used: size(space.used),
        avail: size(space.free),
        itotal: String(space.inodes),
        iavail: String(space.inodesFree),
        target: mount.at,
        pcent: `${Math.ceil((space.used / space.bytes) * 100)}%`,
      };
    };
    const names: Readonly<Record<string, string>> = {
      source: 'Filesystem',
      fstype: 'Type',
      avail: 'Avail',
      target: 'Mounted on',
      pcent: 'Use%',
      itotal: 'Inodes',
      iavail: 'IFree',
    };
    await call.out(
      `${wanted
        .split(',')
        .map(key => names[key] ?? key)
        .join(' ')}\n`,
    );
    for (const mount of list)
      await call.out(
        `${wanted
          .split(',')
          .map(key => at(mount)[key] ?? '')
          .join(' ')}\n`,
      );
    return 0;
  }
  if (rows.length > 0)
    await call.out(
      table([
        ['Filesystem', ...(given.has('T', 'print-type') ? ['Type'] : []), ...head, 'Mounted on'],
        ...rows,
      ]),
    );
  return real.some(each => typeof each === 'string') ? 1 : 0;
};

/** Columns as wide as their widest word; the first and last to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[], left = false): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map(row => (row[i] ?? '').length)));
  const cell = (text: string, i: number, of: number) =>
    i === of - 1 ? text : left || i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  return rows
    .map(row => `${row.map((text, i) => cell(text, i, row.length)).join(left ? '   ' : ' ')}\n`)
    .join('');
}

const free: Program = async call => {
  const given = options(call.args, 'kmghbtw', ['mega', 'giga', 'human', 'kilo', 'bytes']);
  const total = call.station.scenario.memoryMiB * 2 ** 20;
  const scale = given.has('b', 'bytes')
    ? 1
    : given.has('m', 'mega')
      ? 2 ** 20
      : given.has('g', 'giga')
        ? 2 ** 30
        : 1024;
  const shown = (n: number) => (given.has('h', 'human') ? `${human(n)}i` : String(Math.floor(n / scale)));
  const row = (name: string, list: readonly number[]) =>
    `${name.padEnd(8)}${list.map(n => shown(n).padStart(12)).join('')}\n`;
  const swap = call.station.scenario.swap ? 2 ** 30 : 0;
  await call.out(
    `${' '.repeat(8)}${['total', 'used', 'free', 'shared', 'buff/cache', 'available'].map(name => name.padStart(12)).join('')}\n`,
  );
  await call.out(row('Mem:', [total, total * 0.14, total * 0.71, 2 ** 20, total * 0.15, total * 0.86]));
  await call.out(row('Swap:', [swap, 0, swap]));
  return 0;
};

const date: Program = async call => {
  const given = options(call.args, 'uRs:d:r:I:f:', [
    'utc',
    'iso-8601=',
    'iso-8601',
    'rfc-3339=',
    'date=',
    'set=',
    'reference=',
  ]);
  const set = given.value('s', 'set');
  if (set !== undefined) {
    if (call.who.uid !== 0) {
      await call.err('date: cannot set date: Operation not permitted\n');
      return 1;
    }
    setClock(call, parseDate(set, call.station.now()));
  }
  const asked = given.value('d', 'date');
  const file = given.value('r', 'reference');
  const at =
    file !== undefined
      ? call.station.tree.find(call.path(file), call.who).modified
      : asked === undefined
        ? call.station.now()
        : parseDate(asked, call.station.now());
  if (Number.isNaN(at)) {
    await call.err(`date: invalid date ‘${asked ?? ''}’\n`);
    return 1;
  }
  const [format] = given.rest;
  const iso = given.value('iso-8601') ?? given.value('I');
  const chosen = format?.startsWith('+')
    ? format.slice(1)
    : given.has('R')
      ? '%a, %d %b %Y %H:%M:%S %z'
      : given.has('iso-8601', 'I')
        ? iso === 'seconds' || iso === 's'
          ? '%Y-%m-%dT%H:%M:%S+00:00'
          : '%Y-%m-%d'
        : given.value('rfc-3339')
          ? '%Y-%m-%d %H:%M:%S+00:00'
          : '%a %b %e %H:%M:%S %Z %Y';
  await call.out(`${formatDate(chosen, at)}\n`);
  return 0;
};

/** Sets the node's clock, by moving its distance from the laptop's. */
export function setClock(call: Call, at: number): void {
  if (Number.isNaN(at)) return;
  const offset = at - call.station.clock.now().getTime();
  call.station.scenario = { ...call.station.scenario, clockOffsetMs: Math.round(offset / 1000) * 1000 };
  call.station.important();
}

const mount: Program = async call => {
  if (call.args.length > 0 && call.who.uid !== 0) {
    await call.err('mount: only root can do that\n');
    return 1;
  }
  const remount = call.args.some(arg => /remount/.test(arg));
  if (remount) call.station.tree.readOnly = call.args.some(arg => /\bro\b/.test(arg));
  if (call.args.length > 0)
    return remount ? 0 : (await call.err('mount: there is nothing to mount on the practice node\n'), 32);
  for (const m of call.station.mounts())
    await call.out(`${m.device} on ${m.at} type ${m.type} (${m.options})\n`);
  return 0;
};

const findmnt: Program = async call => {
  const given = options(call.args, 'nro:T:t:lJbvS:M:', [
    'noheadings',
    'raw',
    'output=',
    'target=',
    'types=',
    'list',
    'source=',
  ]);
  const target = given.value('T', 'target', 'M') ?? given.rest[0];
  const type = given.value('t', 'types');
  const path = target === undefined ? undefined : call.path(target);
  const exact = given.has('M') || (target !== undefined && !given.has('T', 'target'));
  let list = path === undefined ? call.station.mounts() : [call.station.mountOf(path)];
  if (exact && path !== undefined) list = list.filter(m => m.at === path || m.device === target);
  if (type) list = list.filter(m => type.split(',').includes(m.type));
  if (list.length === 0) return 1;
  const columns = (given.value('o', 'output') ?? 'TARGET,SOURCE,FSTYPE,OPTIONS').toUpperCase().split(',');
  const rows = list.map(m =>
    columns.map(c => ({ TARGET: m.at, SOURCE: m.device, FSTYPE: m.type, OPTIONS: m.options })[c] ?? ''),
  );
  const shown = given.has('n', 'noheadings') ? rows : [columns, ...rows];
  await call.out(
    given.has('r', 'raw') || (list.length === 1 && columns.length === 1)
      ? shown.map(row => `${row.join(' ')}\n`).join('')
      : table(shown, true),
  );
  return 0;
};

const sysctl: Program = async call => {
  const given = options(call.args, 'nweqap', ['system', 'values', 'load']);
  let status = 0;
  for (const word of given.rest.filter(each => !each.startsWith('/'))) {
    const [name = '', value] = word.split('=');
    const path = `/proc/sys/${name.trim().replaceAll('.', '/')}`;
    if (!call.station.tree.peek(path)) {
      if (!given.has('e')) await call.err(`sysctl: cannot stat ${path}: No such file or directory\n`);
      status = 255;
      continue;
    }
    if (value !== undefined) {
      if (call.who.uid !== 0) {
        await call.err(`sysctl: permission denied on key "${name}"\n`);
        return 255;
      }
      call.station.tree.open(path, { write: true }, call.who).write(0, Buffer.from(value.trim()));
    }
    const now = call.station.tree.read(path).trim();
    if (!given.has('q')) await call.out(given.has('n', 'values') ? `${now}\n` : `${name} = ${now}\n`);
  }
  return status;
};

const lsblk: Program = async call => {
  const card = call.station.scenario.disk === 'card';
  const disk = card ? 'mmcblk0' : 'sda';
  const size = call.station.tree.capacity;
  if (call.args.some(arg => /^-\w*J/.test(arg) || arg === '--json')) {
    await call.out(
      `${JSON.stringify({ blockdevices: [{ name: disk, size, type: 'disk', rm: false, ro: false, rota: false, tran: card ? 'mmc' : 'sata', mountpoints: [null], children: [{ name: card ? 'mmcblk0p2' : 'sda1', size, type: 'part', mountpoints: ['/'] }] }] }, null, 3)}\n`,
    );
    return 0;
  }
  await call.out(
    `NAME   MAJ:MIN RM  SIZE RO TYPE MOUNTPOINTS\n${disk}      8:0    0  ${human(size)}  0 disk \n└─${card ? 'mmcblk0p2' : 'sda1'}   8:1    0  ${human(size)}  0 part /\n`,
  );
  return 0;
};

const getent: Program = async call => {
  const [what = '', name] = call.args;
  const { tree } = call.station;
  if (what === 'hosts' || what === 'ahosts') {
    const line = tree
      .read('/etc/hosts')
      .split('\n')
      .find(each =>
        each
          .split(/\s+/)
          .slice(1)
          .includes(name ?? ''),
      );
    if (!line) return 2;
    await call.out(`${line.replace(/\s+/, '       ')}\n`);
    return 0;
  }
  const file = { passwd: '/etc/passwd', group: '/etc/group' }[what];
  if (!file) return 1;
  const lines = tree
    .read(file)
    .split('\n')
    .filter(
      line =>
        line !== '' && (name === undefined || line.startsWith(`${name}:`) || line.split(':')[2] === name),
    );
  if (lines.length > 0) await call.out(`${lines.join('\n')}\n`);
  return lines.length > 0 ? 0 : 2;
};

/** Names of the priorities `dmesg -l` takes. */
const levels = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];

const dmesg: Program = async call => {
  const given = options(call.args, 'n:DETcCwHxtkrl:Lf:Pe', [
    'console-level=',
    'console-off',
    'console-on',
    'ctime',
    'level=',
    'follow',
    'nopager',
    'notime',
    'color=',
    'time-format=',
    'clear',
    'read-clear',
    'kernel',
    'decode',
    'raw',
  ]);
  const { station } = call;
  if (call.who.uid !== 0) {
    await call.err('dmesg: read kernel buffer failed: Operation not permitted\n');
    return 1;
  }
  const asked = given.value('n', 'console-level');
  if (asked !== undefined) {
    const level = levels.includes(asked) ? levels.indexOf(asked) + 1 : Number(asked);
    if (!(level >= 1 && level <= 8)) return (await call.err(`dmesg: unknown level '${asked}'\n`), 1);
    station.consoleLevel = level;
    return 0;
  }
  if (given.has('D', 'console-off', 'E', 'console-on'))
    return ((station.consoleLevel = given.has('D', 'console-off') ? 1 : 7), 0);
  const only = given.value('l', 'level')?.split(',');
  for (const line of station.journal.lines) {
    if (line.by !== 'kernel' || line.boot !== station.identity.bootId) continue;
    if (only && !only.includes(levels[line.priority] ?? '')) continue;
    const stamp = given.has('t', 'notime')
      ? ''
      : given.has('T', 'ctime')
        ? `[${formatDate('%a %b %e %H:%M:%S %Y', line.at)}] `
        : `[${((line.at - station.bootedAt) / 1000).toFixed(6).padStart(12)}] `;
    await call.out(`${given.has('r', 'raw') ? `<${line.priority}>` : ''}${stamp}${line.text}\n`);
  }
  return 0;
};

const uptime: Program = async call => {
  const seconds = Math.floor((call.station.now() - call.station.bootedAt) / 1000);
  if (call.args.includes('-s')) await call.out(`${formatDate('%Y-%m-%d %H:%M:%S', call.station.bootedAt)}\n`);
  else
    await call.out(
      ` ${formatDate('%H:%M:%S', call.station.now())} up ${Math.floor(seconds / 60)} min,  1 user,  load average: 0.08, 0.03, 0.01\n`,
    );
  return 0;
};

const restart: Program = async call => {
  if (call.who.uid !== 0) {
    await call.err(`${call.name}: Call to Reboot failed: Interactive authentication required.\n`);
    return 1;
  }
  call.station.reboot();
  return 0;
};

const hwclock: Program = async call => {
  if (call.who.uid !== 0) {
    await call.err('hwclock: Cannot access the Hardware Clock via any known method.\n');
    return 1;
  }
  if (!call.args.some(arg => arg === '-w' || arg === '--systohc' || arg === '-s'))
    await call.out(`${formatDate('%Y-%m-%d %H:%M:%S', call.station.now())}.000000+00:00\n`);
  return 0;
};

const lines =
  (text: string): Program =>
  async call => (await call.out(text), 0);

const setHostname: Program = async call => {
  const [verb, name] =
    call.args[0] === 'set-hostname' || call.args[0] === 'hostname' ? call.args : ['status'];
  if (verb !== 'status' && name !== undefined) {
    call.station.tree.write('/etc/hostname', `${name}\n`);
    call.station.scenario = { ...call.station.scenario, hostname: name };
    return 0;
  }
  await call.out(
    ` Static hostname: ${call.station.hostname}\n      Machine ID: ${call.station.identity.machineId}\n         Boot ID: ${call.station.identity.bootId}\nOperating System: Debian GNU/Linux 13 (trixie)\n          Kernel: Linux ${release(call.station)}\n    Architecture: ${machine(call).replace('_', '-')}\n`,
  );
  return 0;
};

export const systemPrograms: Programs = {
  uname,
  id,
  groups: id,
  hostname,
  df,
  free,
  date,
  mount,
  findmnt,
  sysctl,
  lsblk,
  getent,
  dmesg,
  uptime,
  hwclock,
  reboot: restart,
  hostnamectl: setHostname,
  whoami: async call => (await call.out(`${call.station.accounts.userName(call.who.uid)}\n`), 0),
  logname: async call => (await call.out(`${call.session.user}\n`), 0),
  arch: async call => (await call.out(`${machine(call)}\n`), 0),
  nproc: lines('4\n'),
  dpkg: async call => (
    await call.out(call.args[0] === '--print-architecture' ? `${call.station.arch}\n` : ''),
    0
  ),
  swapon: async call => {
    if (call.station.scenario.swap)
      await call.out(
        call.args.some(arg => /noheadings/.test(arg))
          ? '/swapfile file 1024M 0B -2\n'
          : 'NAME      TYPE  SIZE USED PRIO\n/swapfile file 1024M   0B   -2\n',
      );
    return 0;
  },
  swapoff: call => {
    call.station.scenario = { ...call.station.scenario, swap: false };
    return 0;
  },
  modprobe: () => 0,
  'update-grub': async call => {
    if (call.who.uid !== 0)
      return (await call.err('/usr/sbin/grub-mkconfig: You must run this as root\n'), 1);
    const { tree } = call.station;
    const given = tree.peek('/etc/default/grub') ? tree.read('/etc/default/grub') : '';
    const line = [...given.matchAll(/^GRUB_CMDLINE_LINUX(?:_DEFAULT)?="(.*)"$/gm)]
      .map(found => found[1])
      .join(' ');
    tree.write(
      '/boot/grub/grub.cfg',
      `linux /boot/vmlinuz root=UUID=6f1c9d3a-0d5c-4b0e-9c0e-3a7b8f1d2c4e ro ${line}\n`,
    );
    await call.err(
      'Generating grub configuration file ...\nFound linux image: /boot/vmlinuz-6.12.48+deb13-amd64\ndone\n',
    );
    return 0;
  },
  lsmod: lines(
    'Module                  Size  Used by\noverlay               212992  0\nbr_netfilter           36864  0\nvxlan                 155648  0\n',
  ),
  getconf: async call => (
    await call.out(
      {
        LONG_BIT: '64\n',
        PAGESIZE: '4096\n',
        PAGE_SIZE: '4096\n',
        _NPROCESSORS_ONLN: '4\n',
        ARG_MAX: '2097152\n',
      }[call.args[0] ?? ''] ?? '\n',
    ),
    0
  ),
  tty: async call => {
    if (!call.stdin.tty) return (await call.out('not a tty\n'), 1);
    await call.out(call.session.console?.tty ? '/dev/ttyS0\n' : '/dev/pts/0\n');
    return 0;
  },
  stty,
  clear: lines('\x1b[H\x1b[2J\x1b[3J'),
  reset: lines('\x1bc'),
  tput: () => 0,
  locale: lines('LANG=C.UTF-8\n'),
  who: async call => (
    await call.out(
      `${call.session.user} pts/0        ${formatDate('%Y-%m-%d %H:%M', call.station.now())} (127.0.0.1)\n`,
    ),
    0
  ),
  lscpu: async call => (
    await call.out(
      `Architecture:             ${machine(call)}\nCPU(s):                   4\nModel name:               Intel(R) N100\n`,
    ),
    0
  ),
  shutdown: restart,
  getenforce: lines('Enforcing\n'),
  ufw: async call => {
    if (call.who.uid === 0)
      return (
        await call.out(
          'Status: active\n\nTo                         Action      From\n--                         ------      ----\n22/tcp                     ALLOW       Anywhere\n',
        ),
        0
      );
    await call.err('ERROR: You need to be root to run this script\n');
    return 1;
  },
};
