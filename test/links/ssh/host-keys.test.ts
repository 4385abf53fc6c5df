import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { sh } from '../../../main/core/sh.ts';
import { needs } from '../../support/needs.ts';
import { failureOf, lonelyLinks, openTrusting, patience, targetOf, textOf } from '../../support/ssh.ts';
import { startSshd, testFolder } from '../../support/sshd.ts';

const sshd = needs('sshd');

test('an unknown host key shows its fingerprint, and only that one can be pinned', sshd, async t => {
  const server = await startSshd(t);
  const links = await lonelyLinks(t);
  const target = targetOf(server);
  const failure = await failureOf(links.open(target, patience()));
  assert.equal(failure?.code, 'host-key-unknown');
  assert.equal(failure.facts?.['keyType'], 'ssh-ed25519');
  assert.equal(failure.facts['port'], server.port);
  const printed = execFileSync('ssh-keygen', ['-l', '-f', join(server.folder, 'host_ed25519.pub')], {
    encoding: 'utf8',
  });
  assert.ok(printed.includes(String(failure.facts['fingerprint'])));
  assert.doesNotMatch(await server.log(), /Accepted publickey/);

  const other = 'SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  assert.equal((await failureOf(links.trust(target, other, patience())))?.code, 'refused');
  await links.trust(target, String(failure.facts['fingerprint']), patience());
  assert.equal(
    await textOf(links.knownHosts),
    `[127.0.0.1]:${server.port} ${await server.hostKey('ed25519')}\n`,
  );
  await links.trust(target, String(failure.facts['fingerprint']), patience());
  assert.equal((await textOf(links.knownHosts)).split('\n').length, 2, 'pinning twice writes one line');
  await (await links.open(target, patience())).close();
});

test('a fingerprint known from elsewhere can be pinned without a failed attempt before', sshd, async t => {
  const server = await startSshd(t);
  const links = await lonelyLinks(t);
  const [, fingerprint = ''] = execFileSync(
    'ssh-keygen',
    ['-l', '-f', join(server.folder, 'host_ed25519.pub')],
    { encoding: 'utf8' },
  ).split(' ');
  await links.trust(targetOf(server), fingerprint, patience());
  await (await links.open(targetOf(server), patience())).close();
});

test('a changed host key stops hard and cannot be trusted away', sshd, async t => {
  const server = await startSshd(t);
  const other = await startSshd(t);
  const links = await lonelyLinks(t);
  await writeFile(links.knownHosts, `[127.0.0.1]:${server.port} ${await other.hostKey('ed25519')}\n`);
  const failure = await failureOf(links.open(targetOf(server), patience()));
  assert.equal(failure?.code, 'host-key-changed');
  assert.equal(failure.facts?.['line'], 1);
  assert.match(failure.next ?? '', /line 1/);
  const refused = await failureOf(
    links.trust(targetOf(server), String(failure.facts['fingerprint']), patience()),
  );
  assert.equal(refused?.code, 'host-key-changed');
  assert.doesNotMatch(await server.log(), /Accepted publickey/);
});

test('a key of another type is a change, and the known type is asked for first', sshd, async t => {
  const server = await startSshd(t, { hostKeys: ['ed25519', 'rsa', 'ecdsa'] });
  const onlyEd = await startSshd(t);
  const links = await lonelyLinks(t);
  for (const type of ['rsa', 'ecdsa', 'ed25519'] as const) {
    await writeFile(links.knownHosts, `[127.0.0.1]:${server.port} ${await server.hostKey(type)}\n`);
    await (await links.open(targetOf(server), patience())).close();
  }
  await writeFile(links.knownHosts, `[127.0.0.1]:${onlyEd.port} ${await server.hostKey('rsa')}\n`);
  assert.equal((await failureOf(links.open(targetOf(onlyEd), patience())))?.code, 'host-key-changed');
});

test('hashed, revoked and certificate-authority lines of known_hosts are honoured', sshd, async t => {
  const server = await startSshd(t);
  const links = await lonelyLinks(t);
  const name = `[127.0.0.1]:${server.port}`;
  const key = await server.hostKey('ed25519');
  const codeWith = async (text: string): Promise<string | undefined> => {
    await writeFile(links.knownHosts, text);
    return (await failureOf(links.open(targetOf(server), patience()).then(link => link.close())))?.code;
  };
  assert.equal(await codeWith(`${name} ${key}\n@revoked * ${key}\n`), 'host-key-revoked');
  assert.equal(await codeWith(`@cert-authority * ${key}\n`), 'refused');
  await writeFile(links.knownHosts, `${name} ${key}\n`);
  execFileSync('ssh-keygen', ['-q', '-H', '-f', links.knownHosts], { stdio: 'ignore' });
  const hashed = await textOf(links.knownHosts);
  assert.match(hashed, /^\|1\|/);
  assert.equal(await codeWith(hashed), undefined);
});

test('host keys of the user’s own known_hosts count, and are never written to', sshd, async t => {
  const server = await startSshd(t);
  const folder = await testFolder(t);
  const own = `[127.0.0.1]:${server.port} ${await server.hostKey('ed25519')}\n`;
  await writeFile(join(folder, 'known_hosts'), own);
  const links = await lonelyLinks(t, { userSshFolder: folder, agentSocket: undefined });
  const link = await links.open(targetOf(server), patience());
  assert.equal((await link.exec(sh`echo hello`, { signal: patience() })).stdout, 'hello\n');
  await link.close();
  assert.equal(await textOf(join(folder, 'known_hosts')), own);
});

test('a known_hosts file that cannot be read stops everything', sshd, async t => {
  const server = await startSshd(t);
  const folder = await testFolder(t);
  const links = await lonelyLinks(t, { knownHostsFile: folder });
  const failure = await failureOf(links.open(targetOf(server), patience()));
  assert.equal(failure?.code, 'could-not');
});

test('two nodes at one address, told apart by port, have a key each', sshd, async t => {
  const [one, two] = [await startSshd(t), await startSshd(t)];
  const links = await lonelyLinks(t);
  const first = await openTrusting(t, links, targetOf(one));
  const second = await openTrusting(t, links, targetOf(two));
  assert.equal(first.who.machineId, second.who.machineId);
});
