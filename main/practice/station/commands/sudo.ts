import type { Call, Context, Program, Programs } from '../shell/call.ts';
import { rootCred } from '../disk/nodes.ts';
import { readLine } from '../shell/read.ts';
import { which } from '../shell/spawn.ts';
import { options } from './options.ts';

const securePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** How long sudo remembers a password typed in a terminal. */
const ticketMs = 15 * 60_000;

/** sudo as Debian has it: env_reset, secure_path, group sudo with a password. */
const sudo: Program = async call => {
  const given = options(
    call.args,
    'nkKSvlisEHbp:u:g:C:D:',
    [
      'non-interactive',
      'stdin',
      'prompt=',
      'user=',
      'validate',
      'list',
      'reset-timestamp',
      'login',
      'preserve-env=',
      'preserve-env',
      'shell',
      'version',
    ],
    true,
  );
  if (given.has('version') || given.unknown === '-V') return (await call.out('Sudo version 1.9.16p2\n'), 0);
  const argv = given.rest.filter(
    (word, i, all) =>
      !/^[A-Za-z_]\w*=/.test(word) || all.slice(0, i).some(before => !/^[A-Za-z_]\w*=/.test(before)),
  );
  const vars = given.rest.slice(0, given.rest.length - argv.length);
  const reset = given.has('k', 'K', 'reset-timestamp');
  if (reset) call.session.sudoUntil = 0;
  if (reset && argv.length === 0 && !given.has('v', 'l')) return 0;
  const user = given.value('u', 'user') ?? 'root';
  const allowed = await permitted(call, user, {
    prompt: given.value('p', 'prompt'),
    silent: given.has('n', 'non-interactive'),
    fromInput: given.has('S', 'stdin'),
    fresh: reset,
  });
  if (!allowed) return 1;
  if (given.has('v', 'validate')) return 0;
  if (given.has('l', 'list'))
    return (
      await call.out(
        `User ${call.session.user} may run the following commands on ${call.station.hostname}:\n    (ALL : ALL) ALL\n`,
      ),
      0
    );
  const shell = argv.length === 0 || given.has('i', 's', 'login', 'shell');
  return runAs(
    call,
    user,
    shell ? ['bash', ...(argv.length > 0 ? ['-c', argv.join(' ')] : [])] : argv,
    vars,
    given.has('i', 'login'),
  );
};

async function runAs(
  call: Call,
  user: string,
  argv: readonly string[],
  vars: readonly string[],
  login: boolean,
): Promise<number> {
  const { accounts } = call.station;
  const as = accounts.user(user);
  if (!as) {
    await call.err(`sudo: unknown user ${user}\n`);
    return 1;
  }
  const env = new Map<string, string>([
    ['PATH', securePath],
    ['HOME', as.home],
    ['USER', user],
    ['LOGNAME', user],
    ['SHELL', as.shell],
    ['MAIL', `/var/mail/${user}`],
    ['SUDO_USER', accounts.userName(call.who.uid)],
    ['SUDO_UID', String(call.who.uid)],
    ['SUDO_GID', String(call.who.gid)],
    ['SUDO_COMMAND', argv.join(' ')],
  ]);
  for (const [name, value] of call.env)
    if (/^(TERM|LANG|LANGUAGE|LC_\w+|DISPLAY|COLORTERM)$/.test(name)) env.set(name, value);
  for (const word of vars) env.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
  const context: Partial<Context> = {
    env,
    who: user === 'root' ? rootCred : accounts.cred(user),
    ...(login ? { cwd: as.home } : {}),
  };
  const found = which({ ...call, ...context }, argv[0] ?? '');
  if (!('at' in found) && found.status === 127) {
    await call.err(`sudo: ${argv[0] ?? ''}: command not found\n`);
    return 1;
  }
  return call.run(argv, context);
}

interface Asking {
  readonly prompt: string | undefined;
  readonly silent: boolean;
  readonly fromInput: boolean;
  /** Ignore what was typed earlier. */
  readonly fresh: boolean;
}

async function permitted(call: Call, user: string, how: Asking): Promise<boolean> {
  const { station } = call;
  if (call.who.uid === 0 || call.station.accounts.userName(call.who.uid) === user) return true;
  const { sudo: right } = station.scenario;
  if (right === 'passwordless') return true;
  const remembered =
    call.session.terminal !== undefined && call.session.sudoUntil > station.clock.monotonic();
  if (!remembered || how.fresh) {
    if (how.silent) {
      await call.err('sudo: a password is required\n');
      return false;
    }
    if (!(await authenticated(call, how))) return false;
    if (!how.fresh) call.session.sudoUntil = station.clock.monotonic() + ticketMs;
  }
  if (right === 'password') return true;
  await call.err(`${accountName(call)} is not in the sudoers file.\n`);
  return false;
}

const accountName = (call: Call): string => call.station.accounts.userName(call.who.uid);

async function authenticated(call: Call, how: Asking): Promise<boolean> {
  const prompt = (how.prompt ?? '[sudo] password for %p: ')
    .replaceAll('%p', accountName(call))
    .replaceAll('%u', accountName(call))
    .replaceAll('%h', call.station.hostname);
  for (let tries = 0; tries < 3; tries += 1) {
    if (tries > 0) await call.err('Sorry, try again.\n');
    const password = await ask(call, prompt, how.fromInput);
    if (password === 'no-terminal') return false;
    if (password === undefined) {
      await call.err(
        tries === 0
          ? 'sudo: no password was provided\nsudo: a password is required\n'
          : `sudo: ${tries} incorrect password attempt${tries > 1 ? 's' : ''}\n`,
      );
      return false;
    }
    if (password.text === call.station.sudoPassword.reveal()) return true;
    // PAM makes a wrong password cost time.
    await call.station.pause(120, call.process.signal);
  }
  await call.err('sudo: 3 incorrect password attempts\n');
  return false;
}

async function ask(
  call: Call,
  prompt: string,
  fromInput: boolean,
): Promise<{ text: string } | 'no-terminal' | undefined> {
  if (fromInput) {
    await call.err(prompt);
    const line = await readLine(call.stdin, true, call.process.signal);
    return line.ended || line.text !== '' ? { text: line.text } : undefined;
  }
  if (!call.session.console) {
    await call.err(
      'sudo: a terminal is required to read the password; either use the -S option to read from standard input or configure an askpass helper\nsudo: a password is required\n',
    );
    return 'no-terminal';
  }
  const text = await call.session.console.readSecret(prompt, call.process.signal);
  return text === undefined ? undefined : { text };
}

const su: Program = async call => {
  if (call.who.uid === 0)
    return runAs(call, call.args.find(arg => !arg.startsWith('-')) ?? 'root', ['bash'], [], true);
  if (call.session.console) await call.session.console.readSecret('Password: ', call.process.signal);
  await call.err('su: Authentication failure\n');
  return 1;
};

export const sudoPrograms: Programs = { sudo, su };
