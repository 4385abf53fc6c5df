import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { Secret } from '../../../../main/core/secret.ts';
import { sh } from '../../../../main/core/sh.ts';
import type { SerialLink } from '../../../../main/links/serial/link/link.ts';
import { needs, needsRoot } from '../../../support/needs.ts';
import { serialLinkTo } from '../../../support/serial-link.ts';
import { failureOf, patience } from '../../../support/ssh.ts';
import type { TestLine } from '../../../support/hostile-line.ts';
import { temporaryUser } from '../../../support/users.ts';

const run = promisify(execFile);
const both = { ...needs('sudo'), ...needsRoot() };

async function as(
  t: TestContext,
  sudoers: string | undefined,
  password?: (right: string) => string,
): Promise<{ link: SerialLink; line: TestLine; right: string; name: string }> {
  const user = await temporaryUser(t, sudoers);
  const given = (password ?? (right => right))(user.password);
  const { link, line } = await serialLinkTo(t, ['su', '-', user.name], {
    env: { TERM: 'dumb' },
    secret: () => new Secret(given),
  });
  return { link, line, right: user.password, name: user.name };
}

test('root commands with a password run as root, and the password shows nowhere', both, async t => {
  const { link, line, right, name } = await as(t, '%u ALL=(ALL) ALL');
  const signal = patience();
  assert.equal(await link.sudo(signal), 'password');
  const exit = await link.exec(sh`id -u; cat; echo err >&2; exit 5`, {
    signal,
    as: 'root',
    stdin: Buffer.from('payload\n'),
  });
  assert.deepEqual([exit.stdout, exit.stderr, exit.code], ['0\npayload\n', 'err\n', 5]);
  assert.equal((await link.exec(sh`id -un`, { signal })).stdout, `${name}\n`);
  await link.writeFile(`/root/cs-test-${name}`, Buffer.from('of root'), { signal, mode: 0o600, as: 'root' });
  t.after(() => run('rm', ['-f', `/root/cs-test-${name}`]));
  assert.equal(await readFile(`/root/cs-test-${name}`, 'utf8'), 'of root');
  assert.ok(!line.said().toString().includes(right), 'the password came back from the node');
});

test('without a password of its own, sudo never hands ours to the command', both, async t => {
  const { link } = await as(t, '%u ALL=(ALL) NOPASSWD: ALL');
  const signal = patience();
  assert.equal(await link.sudo(signal), 'passwordless');
  assert.equal((await link.exec(sh`cat; id -u`, { signal, as: 'root' })).stdout, '0\n');
});

test('a wrong password is tried once, and the command is not started', both, async t => {
  const { link } = await as(t, '%u ALL=(ALL) ALL', () => 'wrong');
  const began = performance.now();
  const failure = await failureOf(link.exec(sh`id -u`, { signal: patience(), as: 'root' }));
  assert.equal(failure?.code, 'sudo-refused');
  assert.match(failure?.says ?? '', /did not accept the password/);
  assert.ok(performance.now() - began < 10_000);
});

test('an account without rights is told so', both, async t => {
  const { link } = await as(t, undefined);
  const failure = await failureOf(link.exec(sh`id -u`, { signal: patience(), as: 'root' }));
  assert.equal(failure?.code, 'sudo-refused');
});

test('a root command that is stopped is dead', both, async t => {
  const { link, name } = await as(t, '%u ALL=(ALL) ALL');
  const stop = new AbortController();
  const running = failureOf(
    link.exec(sh`trap '' HUP; echo ready; sleep ${1000 + name.length}.5`, {
      signal: stop.signal,
      as: 'root',
      onOutput: () => stop.abort(),
    }),
  );
  assert.equal((await running)?.code, 'cancelled');
  const { stdout } = await run('sh', [
    '-c',
    `ps -eo stat,args | grep '[s]leep ${1000 + name.length}.5' | grep -vc '^Z' || :`,
  ]);
  assert.equal(stdout.trim(), '0');
});
