import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { sh } from '../../../main/core/sh.ts';
import { needs } from '../../support/needs.ts';
import { failureOf, lonelyLinks, patience, targetOf } from '../../support/ssh.ts';
import { freePort, startSshd, testFolder } from '../../support/sshd.ts';
import type { Sshd } from '../../support/sshd.ts';

const sshd = needs('sshd');
const pinned = async (server: Sshd, name = `[127.0.0.1]:${server.port}`): Promise<string> =>
  `${name} ${await server.hostKey('ed25519')}\n`;

test('a port where nothing listens, and a name nobody knows', sshd, async t => {
  const server = await startSshd(t);
  const links = await lonelyLinks(t);
  const refused = await failureOf(links.open(targetOf(server, { port: await freePort() }), patience()));
  assert.equal(refused?.code, 'unreachable');
  assert.match(refused.says, /nothing answers on port/);
  const unknown = await failureOf(
    links.open(targetOf(server, { address: 'no-such-node.invalid' }), patience()),
  );
  assert.equal(unknown?.code, 'unreachable');
  assert.match(unknown.says, /no-such-node\.invalid/);
});

test('something that is no SSH server, and one that hangs up at once', sshd, async t => {
  const server = await startSshd(t);
  const links = await lonelyLinks(t);
  for (const answer of ['HTTP/1.1 400 Bad Request\r\n\r\n', '']) {
    const door = createServer(socket =>
      socket
        .on('error', () => undefined)
        .resume()
        .end(answer),
    ).listen(0, '127.0.0.1');
    await new Promise(resolve => door.once('listening', resolve));
    const { port } = door.address() as AddressInfo;
    const failure = await failureOf(links.open(targetOf(server, { port }), patience()));
    assert.equal(failure?.code, 'unreachable', failure?.says);
    await new Promise(resolve => door.close(resolve));
  }
});

test('connecting can be stopped', sshd, async t => {
  const server = await startSshd(t);
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise(resolve => silent.once('listening', resolve));
  const links = await lonelyLinks(t);
  const stop = new AbortController();
  const { port } = silent.address() as AddressInfo;
  const opening = failureOf(links.open(targetOf(server, { port }), stop.signal));
  silent.once('connection', () => stop.abort());
  assert.equal((await opening)?.code, 'cancelled');
  const gone = AbortSignal.abort();
  assert.equal((await failureOf(links.open(targetOf(server), gone)))?.code, 'cancelled');
  await new Promise(resolve => silent.close(resolve));
});

test('Host, HostName, User, Port, IdentityFile and Include of ~/.ssh/config are followed', sshd, async t => {
  const server = await startSshd(t);
  const home = await testFolder(t);
  const folder = join(home, '.ssh');
  await mkdir(join(folder, 'conf d'), { recursive: true });
  await writeFile(join(folder, 'known_hosts'), await pinned(server));
  await writeFile(
    join(folder, 'config'),
    'Include "conf d/*.conf"\n# later lines do not win\nHost *\n  User nobody\n  Port 1\n',
  );
  await writeFile(
    join(folder, 'conf d', '10.conf'),
    `host hut?\n  hostname 127.0.0.1\n  Include ~/.ssh/more\n`,
  );
  await writeFile(
    join(folder, 'more'),
    `User ${server.user}\nMatch originalhost hut1\n  Port=${server.port}\n  IdentityFile ${server.key}\n`,
  );
  const links = await lonelyLinks(t, { userSshFolder: folder, agentSocket: undefined });
  const target = targetOf(server, { address: 'hut1', port: 22, user: '', login: { is: 'auto' } });
  const link = await links.open(target, patience());
  assert.equal((await link.exec(sh`id -un`, { signal: patience() })).stdout.trim(), server.user);
  await link.close();
  const other = await failureOf(links.open({ ...target, address: 'hut2' }, patience()));
  assert.equal(other?.code, 'unreachable', 'the second Match does not speak of hut2, so port 1 it is');
});

test('HostKeyAlias and UserKnownHostsFile decide where the host key is looked up', sshd, async t => {
  const server = await startSshd(t);
  const folder = await testFolder(t);
  await writeFile(join(folder, 'hosts of site'), await pinned(server, 'the-alias'));
  await writeFile(
    join(folder, 'config'),
    `Host 127.0.0.1\n  HostKeyAlias the-alias\n  UserKnownHostsFile "${folder}/hosts of site"\n`,
  );
  const links = await lonelyLinks(t, { userSshFolder: folder, agentSocket: undefined });
  await (await links.open(targetOf(server), patience())).close();
});

test('the way leads over jump hosts, and the host key of each is checked', sshd, async t => {
  const [outer, inner, node] = [await startSshd(t), await startSshd(t), await startSshd(t)];
  const folder = await testFolder(t);
  const config = `Host outer\n  HostName 127.0.0.1\n  Port ${outer.port}\n  IdentityFile ${outer.key}\n
Host inner\n  HostName 127.0.0.1\n  IdentityFile ${inner.key}\n  User ${inner.user}\n
Host node\n  HostName 127.0.0.1\n  Port ${node.port}\n  ProxyJump ${outer.user}@outer,inner:${inner.port}\n`;
  await writeFile(join(folder, 'config'), config);
  const hosts = join(folder, 'known_hosts');
  const links = await lonelyLinks(t, { userSshFolder: folder, agentSocket: undefined });
  const target = targetOf(node, { address: 'node', port: 22 });
  const unknownPort = async (): Promise<unknown> => {
    const failure = await failureOf(links.open(target, patience()));
    assert.equal(failure?.code, 'host-key-unknown');
    return failure.facts?.['port'];
  };
  assert.equal(await unknownPort(), outer.port);
  await writeFile(hosts, await pinned(outer));
  assert.equal(await unknownPort(), inner.port);
  await writeFile(hosts, (await pinned(outer)) + (await pinned(inner)));
  assert.equal(await unknownPort(), node.port);
  await writeFile(hosts, (await pinned(outer)) + (await pinned(inner)) + (await pinned(node)));
  const link = await links.open(target, patience());
  assert.equal((await link.exec(sh`echo there`, { signal: patience() })).stdout, 'there\n');
  await link.close();

  await writeFile(hosts, (await pinned(outer)) + (await pinned(node, `[127.0.0.1]:${inner.port}`)));
  const changed = await failureOf(links.open(target, patience()));
  assert.equal(changed?.code, 'host-key-changed');
  assert.equal(changed.about, 'jump host inner');
});

test('a jump host that is down, and a node behind it that is down, are told apart', sshd, async t => {
  const jump = await startSshd(t);
  const folder = await testFolder(t);
  const nothing = await freePort();
  await writeFile(join(folder, 'known_hosts'), await pinned(jump));
  const links = await lonelyLinks(t, { userSshFolder: folder, agentSocket: undefined });
  const reach = async (
    jumpPort: number,
  ): Promise<{ about?: string | undefined; says?: string | undefined }> => {
    await writeFile(
      join(folder, 'config'),
      `Host node\n  HostName 127.0.0.1\n  ProxyJump ${jump.user}@127.0.0.1:${jumpPort}\nHost *\n  IdentityFile ${jump.key}\n`,
    );
    const failure = await failureOf(
      links.open(targetOf(jump, { address: 'node', port: nothing }), patience()),
    );
    assert.equal(failure?.code, 'unreachable');
    return failure;
  };
  assert.equal((await reach(nothing)).about, 'jump host 127.0.0.1');
  const behind = await reach(jump.port);
  assert.equal(behind.about, 'node-1');
  assert.match(behind.says ?? '', /127\.0\.0\.1 could not reach/);
});

test('a ProxyJump that leads in a circle, and a ProxyCommand, are refused in words', sshd, async t => {
  const server = await startSshd(t);
  const folder = await testFolder(t);
  const links = await lonelyLinks(t, { userSshFolder: folder, agentSocket: undefined });
  const open = async (config: string): Promise<string> => {
    await writeFile(join(folder, 'config'), config);
    return (await failureOf(links.open(targetOf(server, { address: 'a' }), patience())))?.says ?? '';
  };
  assert.match(await open('Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n'), /circle/);
  assert.match(await open('Host a\n  ProxyCommand nc %h %p\n'), /ProxyCommand/);
});

test('a server that goes away while a link opens leaves no surprise behind', sshd, async t => {
  const server = await startSshd(t);
  const links = await lonelyLinks(t);
  const opening = failureOf(links.open(targetOf(server), patience()));
  await server.stop();
  assert.ok(['unreachable', 'host-key-unknown'].includes((await opening)?.code ?? ''));
});
