import type { Call, Program, Programs } from '../shell/call.ts';
import { until } from '../shell/streams.ts';
import type { JournalLine } from '../journal.ts';
import type { Unit } from '../services.ts';
import { ServiceFailed } from '../services.ts';
import { formatDate, parseDate } from './dates.ts';
import { human, sizeOf } from './listing.ts';
import { throughPager } from './pager.ts';
import { options } from './options.ts';
import { setClock } from './system.ts';

/** Values of an option that may be given several times, each perhaps a list. */
function repeated(args: readonly string[], letter: string, long: string): string[] {
  return args.flatMap((arg, i) => {
    if (arg === `-${letter}` || arg === `--${long}`) return (args[i + 1] ?? '').split(',');
    if (arg.startsWith(`--${long}=`)) return arg.slice(long.length + 3).split(',');
    return arg.startsWith(`-${letter}`) && !arg.startsWith('--') ? arg.slice(2).split(',') : [];
  });
}

const changing = new Set([
  'start',
  'stop',
  'restart',
  'reload',
  'enable',
  'disable',
  'daemon-reload',
  'mask',
  'unmask',
  'reset-failed',
  'try-restart',
  'reload-or-restart',
  'kill',
  'isolate',
  'reboot',
  'poweroff',
]);

const systemctl: Program = async call => {
  const given = options(call.args, 'qp:n:ltas:f', [
    'quiet',
    'now',
    'no-pager',
    'property=',
    'value',
    'no-block',
    'all',
    'type=',
    'state=',
    'no-legend',
    'plain',
    'full',
    'lines=',
    'system',
    'force',
    'legend=',
    'output=',
    'runtime',
    'show-transaction',
    'failed',
  ]);
  const [verb = 'list-units', ...names] = given.rest;
  if (changing.has(verb) && call.who.uid !== 0) {
    await call.err(
      `Failed to ${verb} ${names[0] ?? 'system'}: Access denied\nSee system logs and 'systemctl status ${names[0] ?? ''}' for details.\n`,
    );
    return 1;
  }
  const { services } = call.station;
  switch (verb) {
    case 'start':
      return acting(call, names, given.has('no-block'), unit => services.start(unit, call.process.signal));
    case 'stop':
      return acting(call, names, false, unit => services.stop(unit), true);
    case 'restart':
    case 'reload':
    case 'try-restart':
    case 'reload-or-restart':
      return acting(call, names, given.has('no-block'), async unit => {
        if (verb === 'try-restart' && unit.active !== 'active') return;
        await services.stop(unit);
        await services.start(unit, call.process.signal);
      });
    case 'enable':
      return enabling(call, names, given.has('now'), true, given.has('q', 'quiet'));
    case 'disable':
      return enabling(call, names, given.has('now'), false, given.has('q', 'quiet'));
    case 'mask':
    case 'unmask':
      return masking(call, names, verb === 'mask');
    case 'daemon-reload':
    case 'reset-failed':
    case 'daemon-reexec':
      for (const name of names) {
        const unit = services.unit(name);
        if (unit?.active === 'failed') unit.active = 'inactive';
      }
      return 0;
    case 'is-active':
    case 'is-failed':
      return asking(call, names, given.has('q', 'quiet'), verb);
    case 'is-enabled':
      return isEnabled(call, names, given.has('q', 'quiet'));
    case 'is-system-running':
      return systemState(call);
    case 'default':
      call.station.goDefault();
      return 0;
    case 'show':
      return show(call, names, repeated(call.args, 'p', 'property'), given.has('value'));
    case 'status':
      return status(call, names);
    case 'cat':
      return cat(call, names);
    case 'list-units':
    case 'list-unit-files':
      return list(call, verb, {
        type: given.value('type', 't'),
        states: given.has('failed') ? ['failed'] : given.value('state')?.split(','),
        bare: given.has('no-legend') || given.value('legend') === 'false',
        plain: given.has('plain'),
      });
    case 'isolate':
      if (/^(default|multi-user|graphical)\.target$/.test(names[0] ?? '')) call.station.goDefault();
      return 0;
    case 'reboot':
      return call.run(['reboot']);
    case 'kill':
      return 0;
    default:
      await call.err(`Unknown command verb '${verb}'.\n`);
      return 1;
  }
};

async function systemState(call: Call): Promise<number> {
  const { stage, services } = call.station;
  const failed = services.all().some(unit => unit.active === 'failed');
  const is =
    stage === 'emergency' ? 'maintenance' : stage !== 'up' ? 'starting' : failed ? 'degraded' : 'running';
  await call.out(`${is}\n`);
  return is === 'running' ? 0 : 1;
}

const missing = (call: Call, verb: string, name: string): Promise<void> =>
  call.err(
    `Failed to ${verb} ${call.station.services.fullName(name)}: Unit ${call.station.services.fullName(name)} not found.\n`,
  );

async function acting(
  call: Call,
  names: readonly string[],
  noWait: boolean,
  act: (unit: Unit) => Promise<void>,
  stopping = false,
): Promise<number> {
  let status = 0;
  for (const name of names) {
    const unit = call.station.services.unit(name);
    if (!unit) {
      await missing(call, stopping ? 'stop' : 'start', name);
      status = 5;
      continue;
    }
    if (call.station.services.masked(name) && !stopping) {
      await call.err(`Failed to start ${unit.name}: Unit ${unit.name} is masked.\n`);
      status = 1;
      continue;
    }
    try {
      if (noWait) void act(unit).catch(() => undefined);
      else await until(act(unit), call.process.signal);
    } catch (thrown) {
      if (!(thrown instanceof ServiceFailed)) throw thrown;
      await call.err(
        `Job for ${unit.name} failed because the control process exited with error code.\nSee "systemctl status ${unit.name}" and "journalctl -xeu ${unit.name}" for details.\n`,
      );
      status = 1;
    }
  }
  return status;
}

async function enabling(
  call: Call,
  names: readonly string[],
  now: boolean,
  on: boolean,
  quiet: boolean,
): Promise<number> {
  const { services } = call.station;
  for (const name of names) {
    const unit = services.unit(name);
    if (!unit) {
      await call.err(
        `Failed to ${on ? 'enable' : 'disable'} unit: Unit ${services.fullName(name)} does not exist\n`,
      );
      return 1;
    }
    const says = on ? services.enable(name) : services.disable(name);
    if (says !== undefined && !quiet) await call.err(`${says}\n`);
    if (now && !on) await services.stop(unit);
  }
  if (now && on) return acting(call, names, false, each => services.start(each, call.process.signal));
  call.station.important();
  return 0;
}

async function masking(call: Call, names: readonly string[], on: boolean): Promise<number> {
  for (const name of names) {
    const path = `/etc/systemd/system/${call.station.services.fullName(name)}`;
    if (on && call.station.tree.peek(path, undefined, false)) {
      await call.err(`Failed to mask unit: File '${path}' already exists.\n`);
      return 1;
    }
    if (on) call.station.tree.makeLink('/dev/null', path, call.who);
    else if (call.station.services.masked(name)) call.station.tree.unlink(path, call.who);
  }
  return 0;
}

async function asking(call: Call, names: readonly string[], quiet: boolean, verb: string): Promise<number> {
  let good = false;
  for (const name of names) {
    const active = call.station.services.unit(name)?.active ?? targetState(call, name);
    if (verb === 'is-active' ? active === 'active' : active === 'failed') good = true;
    if (!quiet) await call.out(`${active}\n`);
  }
  return good
    ? 0
    : verb === 'is-active'
      ? names.length > 0 && !call.station.services.unit(names[0] ?? '')
        ? 4
        : 3
      : 1;
}

/** Units of init itself that stand for the stage it is in. */
function targetState(call: Call, name: string): string {
  const { stage } = call.station;
  const stands =
    (stage === 'emergency' && /^emergency(\.service|\.target)?$/.test(name)) ||
    (stage === 'up' && /^(default|multi-user)\.target$/.test(name));
  return stands ? 'active' : 'inactive';
}

async function isEnabled(call: Call, names: readonly string[], quiet: boolean): Promise<number> {
  const { services } = call.station;
  let good = false;
  for (const name of names) {
    if (services.masked(name)) {
      if (!quiet) await call.out('masked\n');
      continue;
    }
    const unit = services.unit(name);
    if (!unit) {
      if (!quiet) await call.out('not-found\n');
      return 4;
    }
    const word = services.enabled(name)
      ? 'enabled'
      : services.setting(unit.name, 'WantedBy').length > 0
        ? 'disabled'
        : 'static';
    if (word !== 'disabled') good = true;
    if (!quiet) await call.out(`${word}\n`);
  }
  return good ? 0 : 1;
}

function properties(call: Call, name: string): Record<string, string> {
  const { services } = call.station;
  const unit = services.unit(name);
  const full = services.fullName(name);
  const stamp = unit ? formatDate('%a %Y-%m-%d %H:%M:%S UTC', unit.since) : '';
  return {
    Id: full,
    Names: full,
    LoadState: services.masked(name) ? 'masked' : unit ? 'loaded' : 'not-found',
    ActiveState: unit?.active ?? 'inactive',
    SubState: unit?.sub ?? 'dead',
    UnitFileState: unit ? (services.enabled(name) ? 'enabled' : 'disabled') : '',
    FragmentPath: unit?.file ?? '',
    Description: unit?.description ?? full,
    MainPID: String(unit?.pid ?? 0),
    ExecMainPID: String(unit?.pid ?? 0),
    NRestarts: String(unit?.restarts ?? 0),
    Result: unit?.result ?? 'success',
    ExecMainStatus: String(unit?.status ?? 0),
    ExecMainCode: String(unit && unit.status !== 0 ? 1 : 0),
    ActiveEnterTimestamp: unit?.active === 'active' ? stamp : '',
    StateChangeTimestamp: stamp,
    Type: unit ? (services.setting(unit.name, 'Type')[0] ?? 'simple') : '',
    NeedDaemonReload: 'no',
    InvocationID: '',
  };
}

async function show(
  call: Call,
  names: readonly string[],
  wanted: readonly string[],
  bare: boolean,
): Promise<number> {
  for (const [i, name] of (names.length > 0 ? names : ['']).entries()) {
    const all = properties(call, name);
    const keys = wanted.length > 0 ? wanted : Object.keys(all);
    if (i > 0) await call.out('\n');
    for (const key of keys)
      if (all[key] !== undefined) await call.out(bare ? `${all[key]}\n` : `${key}=${all[key]}\n`);
  }
  return 0;
}

async function status(call: Call, names: readonly string[]): Promise<number> {
  for (const name of names) {
    const unit = call.station.services.unit(name);
    if (!unit) {
      await call.err(`Unit ${call.station.services.fullName(name)} could not be found.\n`);
      return 4;
    }
    const enabled = call.station.services.enabled(name) ? 'enabled' : 'disabled';
    const since = formatDate('%a %Y-%m-%d %H:%M:%S UTC', unit.since);
    await call.out(
      `${unit.active === 'active' ? '●' : unit.active === 'failed' ? '×' : '○'} ${unit.name} - ${unit.description}\n     Loaded: loaded (${unit.file}; ${enabled}; preset: enabled)\n     Active: ${unit.active} (${unit.sub}) since ${since}\n`,
    );
    if (unit.pid)
      await call.out(`   Main PID: ${unit.pid} (${unit.command.split(' ')[0]?.split('/').at(-1) ?? ''})\n`);
    const lines = call.station.journal.lines.filter(line => line.unit === unit.name).slice(-10);
    if (lines.length > 0) await call.out(`\n${lines.map(line => shortLine(call, line)).join('\n')}\n`);
    if (unit.active !== 'active') return 3;
  }
  return 0;
}

async function cat(call: Call, names: readonly string[]): Promise<number> {
  for (const name of names) {
    const unit = call.station.services.unit(name);
    if (!unit) {
      await call.err(`No files found for ${call.station.services.fullName(name)}.\n`);
      return 1;
    }
    await call.out(`# ${unit.file}\n${call.station.tree.read(unit.file)}`);
  }
  return 0;
}

async function list(
  call: Call,
  verb: string,
  how: {
    readonly type: string | undefined;
    readonly states: readonly string[] | undefined;
    readonly bare: boolean;
    readonly plain: boolean;
  },
): Promise<number> {
  const { services } = call.station;
  const { type, states, bare } = how;
  const units = services.all().filter(unit => type === undefined || unit.name.endsWith(`.${type}`));
  if (verb === 'list-unit-files') {
    if (!bare) await call.out('UNIT FILE STATE PRESET\n');
    for (const unit of units)
      await call.out(`${unit.name} ${services.enabled(unit.name) ? 'enabled' : 'static'} enabled\n`);
    return 0;
  }
  const shown = units.filter(unit =>
    states ? states.includes(unit.active) || states.includes(unit.sub) : unit.active !== 'inactive',
  );
  const indent = how.plain ? '' : '  ';
  if (!bare) await call.out(`${indent}UNIT LOAD ACTIVE SUB DESCRIPTION\n`);
  for (const unit of shown)
    await call.out(`${indent}${unit.name} loaded ${unit.active} ${unit.sub} ${unit.description}\n`);
  if (!bare) await call.out(`\n${shown.length} loaded units listed.\n`);
  return 0;
}

const shortLine = (call: Call, line: JournalLine): string =>
  `${formatDate('%b %d %H:%M:%S', line.at)} ${call.station.hostname} ${line.by}[${line.pid}]: ${line.text}`;

function asLine(call: Call, line: JournalLine, how: string): string {
  if (how === 'cat') return line.text;
  if (how.startsWith('json'))
    return JSON.stringify({
      __REALTIME_TIMESTAMP: String(line.at * 1000),
      _BOOT_ID: line.boot.replaceAll('-', ''),
      _SYSTEMD_UNIT: line.unit,
      SYSLOG_IDENTIFIER: line.by,
      _PID: String(line.pid),
      PRIORITY: String(line.priority),
      MESSAGE: line.text,
      _HOSTNAME: call.station.hostname,
    });
  if (how.startsWith('short-iso'))
    return `${formatDate('%Y-%m-%dT%H:%M:%S+0000', line.at)} ${call.station.hostname} ${line.by}[${line.pid}]: ${line.text}`;
  if (how === 'short-unix')
    return `${(line.at / 1000).toFixed(6)} ${call.station.hostname} ${line.by}[${line.pid}]: ${line.text}`;
  return shortLine(call, line);
}

/** Deletes the archived journals; the one that is written stays. */
async function vacuum(call: Call): Promise<number> {
  const { tree, identity } = call.station;
  const folder = `/var/log/journal/${identity.machineId}`;
  const found = tree.peek(folder);
  let freed = 0;
  for (const name of found?.kind === 'folder' ? [...found.entries.keys()] : []) {
    if (!name.includes('@')) continue;
    const node = tree.peek(`${folder}/${name}`);
    const bytes = node ? sizeOf(node) : 0;
    freed += bytes;
    tree.removeAll(`${folder}/${name}`);
    await call.err(`Deleted archived journal ${folder}/${name} (${human(bytes)}).\n`);
  }
  await call.err(`Vacuuming done, freed ${human(freed)} of archived journals from ${folder}.\n`);
  return 0;
}

const journalctl: Program = async call => {
  const given = options(call.args, 'u:n:b:o:fxeqrkp:t:S:U:a', [
    'unit=',
    'lines=',
    'boot=',
    'boot',
    'output=',
    'follow',
    'no-pager',
    'quiet',
    'reverse',
    'since=',
    'until=',
    'dmesg',
    'priority=',
    'identifier=',
    'no-hostname',
    'utc',
    'disk-usage',
    'flush',
    'rotate',
    'sync',
    'vacuum-size=',
    'vacuum-time=',
    'vacuum-files=',
    'header',
    'list-boots',
    'grep=',
    'all',
    'show-cursor',
    'after-cursor=',
    'cursor=',
  ]);
  const { journal, services, identity } = call.station;
  if (given.has('flush', 'rotate', 'sync', 'vacuum-size', 'vacuum-time', 'vacuum-files')) {
    if (call.who.uid !== 0) {
      await call.err('Failed to send --flush: Access denied\n');
      return 1;
    }
    call.station.keepJournal();
    if (given.has('vacuum-size', 'vacuum-time', 'vacuum-files')) return vacuum(call);
    return 0;
  }
  if (given.has('disk-usage'))
    return (await call.out('Archived and active journals take up 16.0M in the file system.\n'), 0);
  if (given.has('header'))
    return (
      await call.out(
        `File path: ${call.station.tree.peek('/var/log/journal') ? '/var/log/journal' : '/run/log/journal'}/${identity.machineId}/system.journal\n`,
      ),
      0
    );
  const readable = call.who.uid === 0 || call.who.groups.includes(4);
  if (!readable)
    await call.err(
      "Hint: You are currently not seeing messages from other users and the system.\n      Users in groups 'adm', 'systemd-journal' can see all messages.\n",
    );
  const units = repeated(call.args, 'u', 'unit').map(name => services.fullName(name));
  const since = given.value('since', 'S');
  const from = since === undefined ? 0 : parseDate(since, call.station.now());
  const cursor = given.value('after-cursor', 'cursor');
  const start = cursor === undefined ? 0 : Number(cursor.replace(/^.*i=/, ''));
  const grep = given.value('grep');
  const wanted = (line: JournalLine) =>
    readable &&
    (units.length === 0 || units.includes(line.unit)) &&
    line.at >= from &&
    (!given.has('k', 'dmesg') || line.by === 'kernel') &&
    (!given.has('b', 'boot') || line.boot === identity.bootId) &&
    (!given.value('t', 'identifier') || line.by === given.value('t', 'identifier')) &&
    (grep === undefined || new RegExp(grep, grep === grep.toLowerCase() ? 'i' : '').test(line.text));
  const how = given.value('o', 'output') ?? 'short';
  const follow = given.has('f', 'follow');
  let lines = journal.lines.slice(start).filter(wanted);
  const count = given.value('n', 'lines') ?? (follow ? '10' : given.has('e') ? '1000' : 'all');
  if (count !== 'all') lines = lines.slice(Number(count) === 0 ? lines.length : -Number(count));
  if (given.has('r', 'reverse')) lines.reverse();
  if (lines.length > 0) await call.out(`${lines.map(line => asLine(call, line, how)).join('\n')}\n`);
  else if (!given.has('q', 'quiet') && !follow && how !== 'cat') await call.out('-- No entries --\n');
  if (given.has('show-cursor')) await call.out(`-- cursor: s=practice;i=${journal.lines.length}\n`);
  let last = journal.lines.at(-1);
  while (follow) {
    await until(journal.news(), call.process.signal);
    const at = last ? journal.lines.lastIndexOf(last) : -1;
    const news = journal.lines.slice(at + 1).filter(wanted);
    last = journal.lines.at(-1);
    if (news.length > 0) await call.out(`${news.map(line => asLine(call, line, how)).join('\n')}\n`);
  }
  return 0;
};

const timedatectl: Program = async call => {
  const given = options(call.args, 'p:', ['property=', 'value', 'no-pager']);
  const [verb = 'status', value = ''] = given.rest;
  const ntp = call.station.services.unit('systemd-timesyncd')?.active === 'active';
  const wrong = Math.abs(call.station.scenario.clockOffsetMs) > 1000;
  if (verb.startsWith('set-') && call.who.uid !== 0) {
    await call.err(`Failed to set ${verb === 'set-time' ? 'time' : 'ntp'}: Access denied\n`);
    return 1;
  }
  if (verb === 'set-time') {
    if (ntp) {
      await call.err('Failed to set time: Automatic time synchronization is enabled\n');
      return 1;
    }
    setClock(call, parseDate(value, call.station.now()));
    return 0;
  }
  if (verb === 'set-ntp') {
    const unit = call.station.services.unit('systemd-timesyncd');
    const on = ['true', 'yes', '1', 'on'].includes(value);
    if (unit)
      await (on ? call.station.services.start(unit, call.process.signal) : call.station.services.stop(unit));
    return 0;
  }
  if (verb === 'show') {
    const all: Record<string, string> = {
      Timezone: 'Etc/UTC',
      LocalRTC: 'no',
      CanNTP: 'yes',
      NTP: ntp ? 'yes' : 'no',
      NTPSynchronized: wrong ? 'no' : 'yes',
      TimeUSec: formatDate('%a %Y-%m-%d %H:%M:%S UTC', call.station.now()),
    };
    const asked = repeated(call.args, 'p', 'property');
    const wanted = asked.length > 0 ? asked : Object.keys(all);
    for (const key of wanted)
      await call.out(given.has('value') ? `${all[key] ?? ''}\n` : `${key}=${all[key] ?? ''}\n`);
    return 0;
  }
  const time = formatDate('%a %Y-%m-%d %H:%M:%S UTC', call.station.now());
  await call.out(
    `               Local time: ${time}\n           Universal time: ${time}\n                 RTC time: ${formatDate('%a %Y-%m-%d %H:%M:%S', call.station.now())}\n                Time zone: Etc/UTC (UTC, +0000)\nSystem clock synchronized: ${wrong ? 'no' : 'yes'}\n              NTP service: ${ntp ? 'active' : 'inactive'}\n          RTC in local TZ: no\n`,
  );
  return 0;
};

export const systemdPrograms: Programs = {
  systemctl: throughPager(systemctl),
  journalctl: throughPager(journalctl),
  timedatectl,
};
