import { signals, signalStatus } from '../processes.ts';
import type { Call, Context, Program, Programs } from '../shell/call.ts';
import { test } from '../shell/condition.ts';
import { printf, unescape } from '../shell/printf.ts';
import { Killed, fixedStream } from '../shell/streams.ts';
import { which } from '../shell/spawn.ts';
import { options } from './options.ts';
import { pgrep, pkill, ps } from './process-list.ts';
import { newShell } from './shells.ts';

const env: Program = async call => {
  let rest = [...call.args];
  let vars = new Map(call.env);
  while (rest.length > 0) {
    const word = rest[0] ?? '';
    if (word === '-i' || word === '-') vars = new Map();
    else if (word === '-u') vars.delete(rest.splice(1, 1)[0] ?? '');
    else if (/^[A-Za-z_]\w*=/.test(word))
      vars.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
    else if (word !== '--') break;
    rest = rest.slice(1);
  }
  if (rest.length > 0) return call.run(rest, { env: vars });
  for (const [name, value] of vars) await call.out(`${name}=${value}\n`);
  return 0;
};

const printenv: Program = async call => {
  const wanted = call.args.length > 0 ? call.args : [...call.env.keys()];
  let status = 0;
  for (const name of wanted) {
    const value = call.env.get(name);
    if (value === undefined) status = 1;
    else await call.out(call.args.length > 0 ? `${value}\n` : `${name}=${value}\n`);
  }
  return status;
};

const seconds = (text: string): number => {
  const [, amount = '0', unit = 's'] = /^(\d*\.?\d+)([smhd]?)$/.exec(text) ?? [];
  return Number(amount) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit || 's'] ?? 1);
};

const sleep: Program = async call => {
  if (call.args.length === 0 || call.args.some(arg => !/^\d*\.?\d+[smhd]?$/.test(arg))) {
    await call.err(
      `sleep: ${call.args.length === 0 ? 'missing operand' : `invalid time interval ‘${call.args[0] ?? ''}’`}\n`,
    );
    return 1;
  }
  await call.station.pause(call.args.reduce((sum, arg) => sum + seconds(arg), 0) * 1000, call.process.signal);
  return 0;
};

const timeout: Program = async call => {
  const given = options(
    call.args,
    'k:s:v',
    ['kill-after=', 'signal=', 'foreground', 'preserve-status'],
    true,
  );
  const [limit = '0', ...argv] = given.rest;
  const process = call.station.processes.start({ ...child(call, argv), follows: call.process.signal });
  const name = (given.value('s', 'signal') ?? 'TERM').replace(/^SIG/, '');
  let late = false;
  const timer =
    seconds(limit) > 0
      ? setTimeout(
          () => {
            late = true;
            process.control.abort(new Killed(name));
          },
          seconds(limit) * 1000,
        )
      : undefined;
  try {
    const status = await call.run(argv, { process });
    return late ? 124 : status;
  } catch (thrown) {
    if (!(thrown instanceof Killed) || !late) throw thrown;
    return name === 'KILL' ? 137 : 124;
  } finally {
    clearTimeout(timer);
    call.station.processes.ended(process);
  }
};

const child = (call: Call, argv: readonly string[]) => ({
  parent: call.process.pid,
  uid: call.who.uid,
  command: argv.join(' ').replaceAll('\n', ' ').slice(0, 200),
  session: call.process.session,
  detached: call.process.detached,
});

/** Runs a program that outlives its session, as `setsid` and `nohup` do. A job becomes detached itself, so `$!` stays its number. */
const detach: Program = async call => {
  const fork = call.args.some(arg => /^-\w*f/.test(arg) || arg === '--fork') && call.name === 'setsid';
  const argv = call.args.slice(call.args.findIndex(arg => !arg.startsWith('-')));
  if (argv.length === 0 || call.args.length === 0) {
    await call.err(`${call.name}: missing operand\n`);
    return 125;
  }
  const change: { -readonly [K in keyof Context]?: Context[K] } = {};
  if (call.name === 'nohup' && call.stdout.tty) change.fds = await nohupOutput(call);
  if (call.process.job && !fork) {
    call.process.detached = true;
    if (call.name === 'setsid') call.process.group = call.process.pid;
    return call.run(argv, change);
  }
  const process = call.station.processes.start({
    ...child(call, argv),
    detached: true,
    session: '',
    group: 'own',
  });
  const fds = new Map([...(change.fds ?? call.fds)].map(([fd, stream]) => [fd, stream.retain()]));
  process.done = call.run(argv, { ...change, fds, process, inPlace: true }).catch((thrown: unknown) => {
    if (thrown instanceof Killed) return signalStatus(thrown.signal);
    throw thrown;
  });
  process.done
    .finally(() => {
      for (const stream of fds.values()) stream.release();
      call.station.processes.ended(process);
    })
    .catch(() => undefined);
  return fork ? 0 : process.done;
};

async function nohupOutput(call: Call): Promise<Context['fds']> {
  await call.err("nohup: ignoring input and appending output to 'nohup.out'\n");
  const file = call.station.tree.open(
    call.path('nohup.out'),
    { write: true, create: true, mode: 0o600 },
    call.who,
  );
  const { fileStream } = await import('../shell/streams.ts');
  const out = fileStream(file, true);
  return new Map([
    [0, fixedStream(new Uint8Array(0))],
    [1, out],
    [2, out.retain()],
  ]);
}

/** Programs that run another with nothing changed that the station knows of. */
const passOn =
  (spec: string): Program =>
  call => {
    const { rest } = options(call.args, spec, ['adjustment='], true);
    return rest.length > 0 ? call.run(rest) : 0;
  };

const kill: Program = async call => {
  const name = /^-(?:s)?(?:SIG)?([A-Z]+)$/.exec(call.args[0] ?? '')?.[1];
  const number = /^-(\d+)$/.exec(call.args[0] ?? '')?.[1];
  const named = name ?? Object.keys(signals).find(each => signals[each] === Number(number));
  const given = named !== undefined || number === '0';
  let status = 0;
  for (const id of call.args.slice(given ? 1 : 0).filter(arg => arg !== '--')) {
    const done = call.station.processes.signal(
      Number(id),
      number === '0' ? 'none' : (named ?? 'TERM'),
      call.who.uid,
    );
    if (done === 'sent') continue;
    await call.err(
      `kill: (${id}): ${done === 'not there' ? 'No such process' : 'Operation not permitted'}\n`,
    );
    status = 1;
  }
  return status;
};

const whichProgram: Program = async call => {
  let status = 0;
  for (const name of call.args.filter(arg => !arg.startsWith('-'))) {
    const found = which(call, name);
    if ('at' in found) await call.out(`${found.at}\n`);
    else status = 1;
  }
  return status;
};

/** Builtins that also exist as programs, for `env`, `xargs`, `sudo` and the like. */
const asPrograms: Programs = {
  true: () => 0,
  false: () => 1,
  pwd: async call => (await call.out(`${call.cwd}\n`), 0),
  echo: async call => {
    const line = call.args[0] !== '-n';
    await call.out(`${(line ? call.args : call.args.slice(1)).join(' ')}${line ? '\n' : ''}`);
    return 0;
  },
  printf: async call => (
    await call.out(
      Buffer.from(printf(unescape('').text + (call.args[0] ?? ''), call.args.slice(1)), 'latin1'),
    ),
    0
  ),
  test: call => (test(newShell(call, { name: 'test', flavour: 'dash' }), call.args) ? 0 : 1),
  '[': call => (test(newShell(call, { name: '[', flavour: 'dash' }), call.args.slice(0, -1)) ? 0 : 1),
};

export const runningPrograms: Programs = {
  ...asPrograms,
  env,
  printenv,
  sleep,
  timeout,
  setsid: detach,
  nohup: detach,
  nice: passOn('n:'),
  ionice: passOn('c:n:p:t'),
  stdbuf: passOn('i:o:e:'),
  flock: lock,
  ps,
  pgrep,
  pidof: call => pgrep({ ...call, args: ['-x', ...call.args] }),
  kill,
  which: whichProgram,
  pkill,
  killall: pkill,
};

/** `flock [-n] FILE COMMAND…`: one holder at a time. */
async function lock(call: Call): Promise<number> {
  const given = options(
    call.args,
    'nxsuw:E:c:oe',
    ['nonblock', 'exclusive', 'shared', 'wait=', 'timeout=', 'command='],
    true,
  );
  const [file = '', ...argv] = given.rest;
  const path = call.path(file);
  const { locks } = call.station;
  if (/^\d+$/.test(file) && argv.length === 0) return 0;
  while (locks.has(path)) {
    if (given.has('n', 'nonblock')) return Number(given.value('E') ?? 1);
    await call.station.pause(50, call.process.signal);
  }
  call.station.tree.open(path, { write: true, create: true, mode: 0o666 & ~call.umask }, call.who);
  locks.add(path);
  try {
    const text = given.value('c', 'command') ?? (argv[0] === '-c' ? argv[1] : undefined);
    return await call.run(text === undefined ? argv : ['sh', '-c', text]);
  } finally {
    locks.delete(path);
  }
}
