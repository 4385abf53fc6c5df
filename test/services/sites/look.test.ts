import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { arch, hostname, release } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { look, seenIn } from '../../../main/services/sites/look.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';
import { localLink } from '../../support/local-link.ts';
import { needs } from '../../support/needs.ts';
import { stopless } from '../../support/sites.ts';

for (const [name, shell, options] of [
  ['dash', ['dash'], needs('dash')],
  ['busybox ash', ['busybox', 'ash'], needs('busybox')],
] as const)
  test(`the first look works in ${name}`, options, async () => {
    const seen = await look(localLink({ shell }), 'cp1', stopless);
    assert.equal(seen.hostname, hostname());
    assert.equal(seen.kernel, `Linux ${release()}`);
    assert.equal(seen.arch, { x64: 'x86_64', arm64: 'aarch64' }[arch() as string]);
    if (process.getuid?.() === 0) assert.equal(seen.sudo, 'root');
  });

test('what sudo will ask is told for every kind of user', needs('dash'), async t => {
  const bin = folder(t);
  const tool = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/dash\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  for (const name of ['uname', 'cat', 'sed']) tool(name, `exec /bin/${name} "$@"`);
  tool('sh', 'exec /bin/dash "$@"');
  tool('id', 'echo 1000');
  const link = localLink({ shell: ['/bin/dash'], env: { PATH: bin } });
  assert.equal((await look(link, 'cp1', stopless)).sudo, 'none');
  tool('sudo', 'exit 1');
  assert.equal((await look(link, 'cp1', stopless)).sudo, 'password');
  tool('sudo', 'exit 0');
  assert.equal((await look(link, 'cp1', stopless)).sudo, 'passwordless');
  mkdirSync(join(bin, 'x'));
});

const answer = `Welcome to cp1!
look:hostname=cp1
look:machine-id=0123
look:boot-id=4567
look:os="Debian GNU/Linux 13 (trixie)"
look:kernel=Linux 6.12
look:arch=aarch64
look:sudo=password
look:k3s=v1.34.1+k3s1
`;

test('answers are read among the noise of a login script', () => {
  assert.deepEqual(seenIn(answer), {
    hostname: 'cp1',
    machineId: '0123',
    bootId: '4567',
    os: 'Debian GNU/Linux 13 (trixie)',
    kernel: 'Linux 6.12',
    arch: 'aarch64',
    sudo: 'password',
    k3s: 'v1.34.1+k3s1',
  });
  assert.equal(seenIn(answer.replace(/look:k3s.*\n/, ''))?.k3s, undefined);
});

test('a node cannot paint the screen with its names', () => {
  const seen = seenIn(answer.replace('Debian', '\u001b]0;owned\u0007\u001b[2JDebian'));
  assert.doesNotMatch(seen?.os ?? '', /\p{Cc}/u);
});

test('something that is no Linux machine is said to be none', async () => {
  assert.equal(seenIn('% Invalid input detected'), undefined);
  await failing('could-not', () => look(localLink({ shell: ['/bin/false'] }), 'switch', stopless));
});
