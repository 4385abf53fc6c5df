import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { needs, needsRoot } from '../../support/needs.ts';
import { failureOf, lonelyLinks, openTrusting, patience, targetOf } from '../../support/ssh.ts';
import { keygen, startSshd, testFolder } from '../../support/sshd.ts';
import { temporaryUser } from '../../support/users.ts';

const run = promisify(execFile);
const sshd = needs('sshd');

/** A real ssh-agent that holds these keys. */
async function agentWith(t: TestContext, ...keys: readonly string[]): Promise<string> {
  const socket = join(await testFolder(t), 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  t.after(() => agent.kill());
  await once(agent.stdout, 'data');
  for (const key of keys)
    await run('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  return socket;
}

for (const type of ['ed25519', 'ecdsa', 'rsa'] as const) {
  test(`logs in by an ${type} key`, sshd, async t => {
    const server = await startSshd(t);
    const key = join(await testFolder(t), 'key');
    await keygen(key, type);
    await server.authorize(await readFile(`${key}.pub`, 'utf8'));
    await openTrusting(t, await lonelyLinks(t), targetOf(server, { login: { is: 'key', path: key } }));
  });
}

test('a key with a passphrase asks for it only when the node would take the key', sshd, async t => {
  const server = await startSshd(t);
  const key = join(await testFolder(t), 'key');
  await keygen(key, 'ed25519', 'a pass phrase');
  const login = { is: 'key', path: key } as const;
  const links = await lonelyLinks(t);
  await openTrusting(t, links, targetOf(server));
  const unwanted = await failureOf(links.open(targetOf(server, { login }), patience()));
  assert.equal(unwanted?.code, 'login-refused', 'the node does not take it, so no passphrase is needed');

  await server.authorize(await readFile(`${key}.pub`, 'utf8'));
  const asked = await failureOf(links.open(targetOf(server, { login }), patience()));
  assert.equal(asked?.code, 'passphrase-needed');
  assert.equal(asked.facts?.['key'], key);
  const wrong = await failureOf(
    links.open(targetOf(server, { login }, { passphrase: 'another' }), patience()),
  );
  assert.equal(wrong?.code, 'passphrase-needed');
  assert.match(wrong.says, /does not open/);
  const right = targetOf(server, { login }, { passphrase: 'a pass phrase' });
  await (await links.open(right, patience())).close();
  await rm(`${key}.pub`);
  await (await links.open(right, patience())).close();
  assert.equal(
    (await failureOf(links.open(targetOf(server, { login }), patience())))?.code,
    'passphrase-needed',
  );
});

test('an old PEM key with a passphrase works too', sshd, async t => {
  const server = await startSshd(t);
  const key = join(await testFolder(t), 'key');
  await run('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', 'secret', '-f', key]);
  await server.authorize(await readFile(`${key}.pub`, 'utf8'));
  await rm(`${key}.pub`);
  const login = { is: 'key', path: key } as const;
  await openTrusting(t, await lonelyLinks(t), targetOf(server, { login }, { passphrase: 'secret' }));
});

test('logs in by the agent', sshd, async t => {
  const server = await startSshd(t);
  const agentSocket = await agentWith(t, server.key);
  await openTrusting(t, await lonelyLinks(t, { agentSocket }), targetOf(server, { login: { is: 'agent' } }));
});

test('no agent, an empty one and a dead one are told apart from a refusal', sshd, async t => {
  const server = await startSshd(t);
  const target = targetOf(server, { login: { is: 'agent' } });
  await openTrusting(t, await lonelyLinks(t), targetOf(server));
  const withAgent = async (agentSocket: string | undefined): Promise<string | undefined> => {
    const links = await lonelyLinks(t, { agentSocket });
    await openTrusting(t, links, targetOf(server));
    return (await failureOf(links.open(target, patience())))?.says;
  };
  assert.match((await withAgent(undefined)) ?? '', /No ssh-agent is running/);
  assert.match((await withAgent('/nonexistent/agent')) ?? '', /the agent/);
  assert.match((await withAgent(await agentWith(t))) ?? '', /did not accept the agent/);
});

test('auto takes the key of the configuration, then the agent, then the default keys', sshd, async t => {
  const server = await startSshd(t);
  const folder = await testFolder(t);
  await writeFile(
    join(folder, 'known_hosts'),
    `[127.0.0.1]:${server.port} ${await server.hostKey('ed25519')}\n`,
  );
  const target = targetOf(server, { login: { is: 'auto' } });
  const open = async (agentSocket?: string): Promise<string | undefined> => {
    const links = await lonelyLinks(t, { userSshFolder: folder, agentSocket });
    return (await failureOf(links.open(target, patience()).then(link => link.close())))?.code;
  };
  assert.equal(await open(), 'login-refused');
  assert.equal(await open(await agentWith(t, server.key)), undefined);
  await copyFile(server.key, join(folder, 'id_ed25519'));
  assert.equal(await open(), undefined);
  await rm(join(folder, 'id_ed25519'));
  await writeFile(join(folder, 'config'), `Host 127.*\n  IdentityFile "${server.key}"\n`);
  assert.equal(await open(), undefined);
});

test('a key file that is missing or none is named', sshd, async t => {
  const server = await startSshd(t);
  const links = await lonelyLinks(t);
  await openTrusting(t, links, targetOf(server));
  const open = async (path: string) =>
    failureOf(links.open(targetOf(server, { login: { is: 'key', path } }), patience()));
  assert.match(
    (await open('/nonexistent/key'))?.says ?? '',
    /nonexistent\/key cannot be used: there is no such file/,
  );
  assert.match((await open('/etc/passwd'))?.says ?? '', /passwd cannot be used/);
  assert.match((await open(`${server.key}.pub`))?.says ?? '', /only the public half/);
});

test('too many keys end in a sentence that says so', sshd, async t => {
  const server = await startSshd(t, { config: ['MaxAuthTries 3'] });
  const folder = await testFolder(t);
  const keys = ['a', 'b', 'c', 'd', 'e'].map(name => join(folder, name));
  for (const key of keys) await keygen(key, 'ed25519');
  const links = await lonelyLinks(t, { agentSocket: await agentWith(t, ...keys) });
  await openTrusting(t, links, targetOf(server));
  const failure = await failureOf(links.open(targetOf(server, { login: { is: 'agent' } }), patience()));
  assert.equal(failure?.code, 'login-refused');
  assert.match(failure.says, /too many keys/);
});

const passwords = ['PasswordAuthentication yes', 'AuthenticationMethods password'];
const keyboard = ['KbdInteractiveAuthentication yes', 'AuthenticationMethods keyboard-interactive'];
for (const [name, config] of [
  ['password', passwords],
  ['keyboard-interactive', keyboard],
] as const) {
  test(`logs in by ${name}; a wrong password is sent once only`, { ...sshd, ...needsRoot() }, async t => {
    const user = await temporaryUser(t);
    const server = await startSshd(t, { pam: true, config });
    const links = await lonelyLinks(t);
    const target = (password?: string) =>
      targetOf(
        server,
        { user: user.name, login: { is: 'password' } },
        password === undefined ? {} : { password },
      );
    const link = await openTrusting(t, links, target(user.password));
    assert.match(link.who.bootId, /^[0-9a-f-]{36}$/);
    assert.equal((await failureOf(links.open(target(), patience())))?.code, 'password-needed');
    const before = (await server.log()).match(/authentication failure|Failed/g)?.length ?? 0;
    const wrong = await failureOf(links.open(target('wrong'), patience()));
    assert.equal(wrong?.code, 'login-refused');
    assert.match(wrong.says, /did not accept the password/);
    const failed = (await server.log()).match(/Failed (password|keyboard-interactive)/g)?.length ?? 0;
    assert.ok(failed - before <= 1, `${failed} failed attempts`);
    await (await links.open({ ...target(user.password), login: { is: 'auto' } }, patience())).close();
  });
}

test('a node that wants a key and a password gets both', { ...sshd, ...needsRoot() }, async t => {
  const user = await temporaryUser(t);
  const config = ['PasswordAuthentication yes', 'AuthenticationMethods publickey,password'];
  const server = await startSshd(t, { pam: true, config });
  const links = await lonelyLinks(t);
  const target = (password?: string) =>
    targetOf(server, { user: user.name }, password === undefined ? {} : { password });
  await openTrusting(t, links, target(user.password));
  assert.equal((await failureOf(links.open(target(), patience())))?.code, 'password-needed');
});

test('a node that takes no passwords says what it takes', sshd, async t => {
  const server = await startSshd(t);
  const links = await lonelyLinks(t);
  await openTrusting(t, links, targetOf(server));
  const failure = await failureOf(
    links.open(targetOf(server, { login: { is: 'password' } }, { password: 'x' }), patience()),
  );
  assert.equal(failure?.code, 'login-refused');
  assert.match(failure.says, /takes publickey/);
});
