import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import ssh2 from 'ssh2';
import { fingerprintOf } from '../../../main/core/known-hosts.ts';
import type { Talk } from '../../../main/core/lan/sighting.ts';
import { asked, hostile, left, said } from '../../support/asking.ts';
import { needs } from '../../support/needs.ts';
import { keygen, startSshd, testFolder } from '../../support/sshd.ts';

const blobOf = (line: string): Uint8Array => Buffer.from(line.split(' ')[1] ?? '', 'base64');

test('an SSH server proves each host key it has, and nobody tries to log in', needs('sshd'), async t => {
  const sshd = await startSshd(t, { hostKeys: ['ed25519', 'ecdsa', 'rsa'], config: ['LogLevel DEBUG1'] });
  const keyTypes = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp521', 'ssh-rsa'];
  const talk = said(await asked(sshd.port, { is: 'ssh', keyTypes }));
  assert.match(talk.banner ?? '', /^SSH-2\.0-OpenSSH_/);
  const expected = [];
  for (const [type, name] of [
    ['ssh-ed25519', 'ed25519'],
    ['ecdsa-sha2-nistp256', 'ecdsa'],
    ['ssh-rsa', 'rsa'],
  ] as const)
    expected.push({ type, fingerprint: fingerprintOf(blobOf(await sshd.hostKey(name))) });
  assert.deepEqual(talk.hostKeys, expected);
  assert.equal(talk.trouble, undefined);
  assert.equal(left(sshd.port), 0);
  const log = await sshd.log();
  assert.doesNotMatch(log, /userauth|invalid user|Failed/i);
  assert.equal(log.match(/Connection from 127/g)?.length, 1 + keyTypes.length);
});

test('a banner alone costs one connection', needs('sshd'), async t => {
  const sshd = await startSshd(t);
  const talk = said(await asked(sshd.port, { is: 'ssh', keyTypes: [] }));
  assert.match(talk.banner ?? '', /^SSH-2\.0-/);
  assert.equal(talk.hostKeys, undefined);
});

test('a host key that is shown but not held is not believed', needs('keygen'), async t => {
  const folder = await testFolder(t);
  for (const name of ['mine', 'theirs']) await keygen(join(folder, name), 'ed25519');
  const key = ssh2.utils.parseKey(await readFile(join(folder, 'mine')));
  if (key instanceof Error) throw key;
  const theirs = Buffer.from(blobOf(await readFile(join(folder, 'theirs.pub'), 'utf8')));
  const port = await hostile(t, socket => {
    const options = { hostKeys: [{ key: key as unknown as Buffer }] };
    new ssh2.Server(options, client => client.on('error', () => undefined)).injectSocket(socket);
  });
  const ask = async (): Promise<Talk> => said(await asked(port, { is: 'ssh', keyTypes: ['ssh-ed25519'] }));
  assert.equal((await ask()).hostKeys?.length, 1);
  // Signs with its own key as before, and shows the one of somebody else.
  key.getPublicSSH = () => theirs;
  const talk = await ask();
  assert.match(talk.banner ?? '', /^SSH-2\.0-/);
  assert.equal(talk.hostKeys, undefined);
  assert.equal(talk.trouble, 'It does not speak SSH as it should.');
});

test('lines before the greeting are read over, and what is no text of a banner is cut', async t => {
  const port = await hostile(t, socket =>
    socket.write('Welcome\r\nto this\r\nSSH-2.0-\u001b[31mEvil\u0007\u202e <script>\r\n'),
  );
  const talk = said(await asked(port, { is: 'ssh', keyTypes: [] }));
  assert.equal(talk.banner?.startsWith('SSH-2.0-Evil'), true, talk.banner);
  // eslint-disable-next-line no-control-regex -- that is what may not be there
  assert.doesNotMatch(talk.banner ?? '', /[\u0000-\u001f\u202e]/);
});

test('ten megabytes of banner are read up to 64 KiB', async t => {
  let taken = 0;
  const port = await hostile(t, socket => {
    const piece = Buffer.alloc(64 * 1024, 'x');
    const more = (): void => {
      while (taken < 10 * 1024 * 1024 && socket.writable && socket.write(piece)) taken += piece.length;
    };
    socket.on('drain', more);
    more();
  });
  const talk = said(await asked(port, { is: 'ssh', keyTypes: ['ssh-ed25519'] }));
  assert.equal(talk.banner, 'x'.repeat(200));
  assert.equal(talk.trouble, 'It does not speak SSH as it should.');
  assert.ok(taken < 10 * 1024 * 1024);
  assert.equal(left(port), 0);
});

test('a server that speaks, but no SSH, gives its first line', async t => {
  const port = await hostile(t, socket => socket.end('220 ftp ready\r\n'));
  const talk = said(await asked(port, { is: 'ssh', keyTypes: ['ssh-ed25519'] }));
  assert.equal(talk.banner, '220 ftp ready');
  assert.equal(talk.trouble, 'It closed the connection before it had answered.');
});

test('garbage after a good greeting is told, and leaves no connection', async t => {
  const port = await hostile(t, socket => {
    socket.write('SSH-2.0-Good\r\n');
    socket.write(Buffer.alloc(4096, 0xff));
  });
  const talk = said(await asked(port, { is: 'ssh', keyTypes: ['ssh-ed25519', 'ssh-rsa'] }));
  assert.equal(talk.banner, 'SSH-2.0-Good');
  assert.equal(talk.trouble, 'It does not speak SSH as it should.');
  assert.equal(left(port), 0);
});

test('a server is not followed into sums with numbers of its own choosing', needs('sshd'), async t => {
  const sshd = await startSshd(t, { config: ['KexAlgorithms diffie-hellman-group-exchange-sha256'] });
  const talk = said(await asked(sshd.port, { is: 'ssh', keyTypes: ['ssh-ed25519'] }));
  assert.match(talk.banner ?? '', /^SSH-2\.0-OpenSSH_/);
  assert.deepEqual([talk.hostKeys, talk.trouble], [undefined, 'It does not speak SSH as it should.']);
});
