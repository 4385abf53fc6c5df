import type { Station } from '../station.ts';
import { signals } from '../processes.ts';
import type { Program } from '../shell/call.ts';
import { formatDate } from './dates.ts';
import { options } from './options.ts';

interface Shown {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly uid: number;
  readonly command: string;
  readonly startedAt: number;
}

/** Everything that runs: init, the services, and what was started from a login. */
function running(station: Station): Shown[] {
  const daemons = station.services.running().map(unit => ({
    pid: unit.pid,
    parent: 1,
    group: unit.pid,
    uid: 0,
    command: unit.command,
    startedAt: unit.since,
  }));
  const init = { pid: 1, parent: 0, group: 1, uid: 0, command: '/sbin/init', startedAt: station.bootedAt };
  return [init, ...daemons, ...station.processes.list()].sort((a, b) => a.pid - b.pid);
}

/** Name of the program, as the kernel keeps it. */
export const programName = (command: string): string =>
  (command.split(' ')[0] ?? '').replace(/^-/, '').split('/').at(-1)?.slice(0, 15) ?? '';

function value(
  station: Station,
  { pid, parent, group, uid, command, startedAt }: Shown,
  key: string,
): string {
  const values: Readonly<Record<string, string>> = {
    pid: String(pid),
    ppid: String(parent),
    pgid: String(group),
    uid: String(uid),
    user: station.accounts.userName(uid),
    etimes: String(Math.floor((station.now() - startedAt) / 1000)),
    stat: 'S',
    s: 'S',
    comm: programName(command),
    tty: '?',
    tt: '?',
    time: '00:00:00',
    c: '0',
    '%cpu': '0.0',
    pcpu: '0.0',
    '%mem': '0.1',
    pmem: '0.1',
    vsz: '9012',
    rss: '3520',
    stime: formatDate('%H:%M', startedAt),
    start: formatDate('%H:%M', startedAt),
  };
  return values[key] ?? command;
}

const heads: Readonly<Record<string, string>> = {
  comm: 'CMD',
  args: 'CMD',
  cmd: 'CMD',
  command: 'COMMAND',
  user: 'USER',
};

/** `ps`: of the user, of everyone (`-e`, `aux`), of some numbers (`-p`), in the columns asked for (`-o`). */
export const ps: Program = async call => {
  const dashed = call.args.map(arg => (/^[auxwef]+$/.test(arg) ? `-${arg}` : arg));
  const given = options(dashed, 'aeAfuxwo:p:C:', ['no-headers', 'pid=', 'format=']);
  const wanted = given.value('p', 'pid')?.split(',').map(Number);
  const named = given.value('C');
  const everyone = given.has('a', 'e', 'A', 'x');
  const list = running(call.station).filter(each =>
    wanted
      ? wanted.includes(each.pid)
      : named
        ? programName(each.command) === named
        : everyone || each.uid === call.who.uid,
  );
  const layout = given.has('u')
    ? 'user,pid,%cpu,%mem,vsz,rss,tty,stat,start,time,command'
    : given.has('f')
      ? 'user=UID,pid,ppid,c,stime,tty,time,cmd'
      : 'pid,tty,time,comm';
  const columns = (given.value('o', 'format') ?? layout)
    .split(',')
    .map(each => each.split('=') as [string, string?]);
  const lines = list.map(each => columns.map(([key]) => value(call.station, each, key)));
  const head = columns.map(([key, own]) => own ?? heads[key] ?? key.toUpperCase());
  const bare = given.has('no-headers') || head.every(each => each === '');
  const rows = bare ? lines : [head, ...lines];
  const last = columns.length - 1;
  await call.out(
    rows.map(row => `${row.map((cell, i) => (i === last ? cell : cell.padStart(7))).join(' ')}\n`).join(''),
  );
  return list.length > 0 ? 0 : 1;
};

function found(station: Station, like: string, exact: boolean, whole: boolean, self: number): Shown[] {
  return running(station).filter(each => {
    const subject = whole ? each.command : programName(each.command);
    return each.pid !== self && (exact ? subject === like : new RegExp(like).test(subject));
  });
}

/** `pgrep` and `pidof`. */
export const pgrep: Program = async call => {
  const given = options(call.args, 'fxlu:ao', ['full', 'exact']);
  const hits = found(
    call.station,
    given.rest[0] ?? '',
    given.has('x', 'exact'),
    given.has('f', 'full'),
    call.process.pid,
  );
  for (const { pid, command } of hits)
    await call.out(given.has('a', 'l') ? `${pid} ${command}\n` : `${pid}\n`);
  return hits.length > 0 ? 0 : 1;
};

/** `pkill` and `killall`. */
export const pkill: Program = call => {
  const name = call.args
    .map(arg => /^-(?:SIG)?([A-Z0-9]{2,})$/.exec(arg)?.[1])
    .find(each => each !== undefined && each in signals);
  const given = options(
    call.args.filter(arg => !/^-(?:SIG)?[A-Z0-9]{2,}$/.test(arg)),
    'fxu:q',
    ['full', 'exact'],
  );
  const exact = given.has('x', 'exact') || call.name === 'killall';
  const hits = found(call.station, given.rest[0] ?? '', exact, given.has('f', 'full'), call.process.pid);
  const done = hits.map(({ pid }) => call.station.processes.signal(pid, name ?? 'TERM', call.who.uid));
  return done.includes('sent') ? 0 : 1;
};
