import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { TestContext } from 'node:test';
import { Secret } from '../../../main/core/secret.ts';
import { sh } from '../../../main/core/sh.ts';
import type { Link } from '../../../main/ports.ts';
import { needs, needsRoot } from '../../support/needs.ts';
import {
  failureOf,
  linkTo,
  lonelyLinks,
  openTrusting,
  patience,
  targetOf,
  textOf,
} from '../../support/ssh.ts';
import { startSshd, testFolder } from '../../support/sshd.ts';
import type { SshdOptions } from '../../support/sshd.ts';
import { temporaryUser } from '../../support/users.ts';
import type { TemporaryUser } from '../../support/users.ts';

const withSudo = { ...needs('sshd', 'sudo'), ...needsRoot() };

async function userLink(
  t: TestContext,
  sudoers: string | undefined,
  secretOf: (user: TemporaryUser) => Partial<Record<'password' | 'sudo', string>> = () => ({}),
  options: SshdOptions = {},
): Promise<{ link: Link; user: TemporaryUser }> {
  const user = await temporaryUser(t, sudoers);
  const server = await startSshd(t, options);
  const link = await openTrusting(
    t,
    await lonelyLinks(t),
    targetOf(server, { user: user.name }, secretOf(user)),
  );
  return { link, user };
}

const asRoot = (link: Link, stdin?: Uint8Array | Secret) =>
  link.exec(sh`id -u; cat`, { signal: patience(), as: 'root', ...(stdin === undefined ? {} : { stdin }) });

test('root needs no sudo', needs('sshd'), async t => {
  const { link } = await linkTo(t);
  if (process.getuid?.() !== 0) return;
  assert.equal(await link.sudo(patience()), 'root');
  assert.equal((await asRoot(link, Buffer.from('payload'))).stdout, '0\npayload');
});

test(
  'sudo without a password: the payload reaches the command, and no password is wanted',
  withSudo,
  async t => {
    const { link } = await userLink(t, '%u ALL=(ALL) NOPASSWD: ALL');
    assert.equal(await link.sudo(patience()), 'passwordless');
    assert.equal((await asRoot(link, Buffer.from('payload'))).stdout, '0\npayload');
    assert.equal((await asRoot(link)).stdout, '0\n');
    const exit = await link.exec(sh`echo out; echo err >&2; exit 7`, { signal: patience(), as: 'root' });
    assert.deepEqual([exit.code, exit.stdout, exit.stderr], [7, 'out\n', 'err\n']);
  },
);

test('sudo with a password: sudo gets the password, the command gets the payload', withSudo, async t => {
  const { link } = await userLink(t, '%u ALL=(ALL) ALL', user => ({ sudo: user.password }));
  assert.equal(await link.sudo(patience()), 'password');
  for (let i = 0; i < 3; i++) assert.equal((await asRoot(link, new Secret('payload'))).stdout, '0\npayload');
  const exit = await link.exec(sh`echo out; echo err >&2; exit 7`, { signal: patience(), as: 'root' });
  assert.deepEqual([exit.code, exit.stdout, exit.stderr], [7, 'out\n', 'err\n']);
});

test(
  'a login shell that talks and one that is fish do not come between sudo and its password',
  { ...needs('sshd', 'sudo', 'fish'), ...needsRoot() },
  async t => {
    const loginShell = 'echo noise; echo "password: " >&2; exec fish -c "$SSH_ORIGINAL_COMMAND"';
    const { link } = await userLink(t, '%u ALL=(ALL) ALL', user => ({ sudo: user.password }), { loginShell });
    assert.equal((await asRoot(link, Buffer.from(`it's\n$(x)!\\`))).stdout, `0\nit's\n$(x)!\\`);
  },
);

test('when sudo turns out not to ask, the command never sees the password', withSudo, async t => {
  // `sudo -n true` is refused, but `sh` may be run without a password.
  const { link, user } = await userLink(t, '%u ALL=(ALL) ALL, NOPASSWD: /bin/sh, /usr/bin/sh', u => ({
    sudo: u.password,
  }));
  const exit = await asRoot(link, Buffer.from('payload'));
  assert.equal(exit.stdout, '0\npayload');
  assert.doesNotMatch(exit.stdout + exit.stderr, new RegExp(user.password.slice(0, 10)));
});

test('the password of the login serves sudo too', withSudo, async t => {
  const user = await temporaryUser(t, '%u ALL=(ALL) ALL');
  const server = await startSshd(t, { pam: true, config: ['PasswordAuthentication yes'] });
  const target = targetOf(
    server,
    { user: user.name, login: { is: 'password' } },
    { password: user.password },
  );
  const link = await openTrusting(t, await lonelyLinks(t), target);
  assert.equal(await link.sudo(patience()), 'password');
});

test('a missing password is asked for, a wrong one is tried once only', withSudo, async t => {
  const { link } = await userLink(t, '%u ALL=(ALL) ALL');
  assert.equal((await failureOf(link.sudo(patience())))?.code, 'sudo-password-needed');
  assert.equal((await failureOf(asRoot(link)))?.code, 'sudo-password-needed');

  const log = join(await testFolder(t), 'sudo.log');
  const wrong = await userLink(t, `Defaults:%u logfile=${log}\n%u ALL=(ALL) ALL`, () => ({ sudo: 'wrong' }));
  const failure = await failureOf(asRoot(wrong.link));
  assert.equal(failure?.code, 'sudo-refused');
  assert.match(failure.says, /did not accept the password/);
  const attempts = (await readFile(log, 'utf8'))
    .replaceAll('\n    ', ' ')
    .match(/(\d+) incorrect password attempt/g);
  assert.deepEqual(attempts, ['1 incorrect password attempt']);
});

test('an account that may not use sudo at all', withSudo, async t => {
  const { link, user } = await userLink(t, undefined, u => ({ sudo: u.password }));
  assert.equal(await link.sudo(patience()), 'none');
  const failure = await failureOf(asRoot(link));
  assert.equal(failure?.code, 'sudo-refused');
  assert.match(failure.says, new RegExp(user.name));
});

test('a right for other commands only is explained with what sudo said', withSudo, async t => {
  const { link } = await userLink(t, '%u ALL=(ALL) NOPASSWD: /bin/true, /usr/bin/true', u => ({
    sudo: u.password,
  }));
  const failure = await failureOf(asRoot(link));
  assert.equal(failure?.code, 'sudo-refused');
  assert.match(failure.says, /sudo/);
});

test('a stopped root command is dead on the node', withSudo, async t => {
  const folder = await testFolder(t);
  for (const rights of ['%u ALL=(ALL) NOPASSWD: ALL', '%u ALL=(ALL) ALL']) {
    const { link } = await userLink(t, rights, u => ({ sudo: u.password }));
    const stop = new AbortController();
    const pids = join(folder, 'pids');
    const running = link.exec(sh`echo $$ >${pids}; sleep 1000 & echo $! >>${pids}; echo ready; wait`, {
      signal: stop.signal,
      as: 'root',
      onOutput: () => stop.abort(),
    });
    assert.equal((await failureOf(running))?.code, 'cancelled');
    for (const pid of (await textOf(pids)).trim().split('\n')) {
      const alive = await link.exec(
        sh`i=0; while [ -d /proc/${pid} ] && [ $i -lt 30 ]; do sleep 0.1; i=$((i+1)); done; [ -d /proc/${pid} ]`,
        { signal: patience() },
      );
      assert.notEqual(alive.code, 0, `process ${pid} lives on`);
    }
  }
});

test('no password shows in the process list while sudo asks for it', withSudo, async t => {
  const { link, user } = await userLink(t, '%u ALL=(ALL) ALL', u => ({ sudo: u.password }));
  const exit = await link.exec(sh`ps -eo args`, { signal: patience(), as: 'root' });
  assert.match(exit.stdout, /sudo -k -S -p/);
  assert.ok(!exit.stdout.includes(user.password.slice(0, 12)));
});
