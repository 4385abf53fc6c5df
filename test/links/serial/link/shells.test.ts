import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { Secret } from '../../../../main/core/secret.ts';
import { sh } from '../../../../main/core/sh.ts';
import { needs } from '../../../support/needs.ts';
import { serialLinkTo } from '../../../support/serial-link.ts';
import { failureOf, patience, textOf } from '../../../support/ssh.ts';
import { testFolder } from '../../../support/sshd.ts';

for (const [name, shell, tools] of [
  ['dash', ['dash', '-i'], ['dash']],
  ['busybox ash', ['busybox', 'ash', '-i'], ['busybox']],
  ['bash', ['bash', '--norc', '-i'], []],
  ['zsh', ['zsh', '-f', '-i'], ['zsh']],
  ['fish', ['fish', '-i'], ['fish']],
  ['tcsh', ['tcsh', '-f', '-i'], ['tcsh']],
] as const) {
  test(`commands and files come through a login shell that is ${name}`, needs(...tools), async t => {
    const { link } = await serialLinkTo(t, shell);
    const folder = await testFolder(t);
    const signal = patience();
    const value = `it's "two"\nlines! $(id) \`id\` back\\slash ä`;
    const exit = await link.exec(sh`printf %s ${value}; echo err >&2; exit 7`, { signal });
    assert.deepEqual([exit.stdout, exit.stderr, exit.code], [value, 'err\n', 7]);
    const path = join(folder, value.replaceAll('/', ''));
    await link.writeFile(path, Buffer.from(value), { signal, mode: 0o600 });
    assert.equal(await textOf(path), value);
    assert.equal(String(await link.readFile(path, { signal })), value);
  });
}

test('every name, mode and size of a file comes through, and a failed write leaves the old one', async t => {
  const { link, line } = await serialLinkTo(t, ['bash', '--norc', '-i']);
  const folder = await testFolder(t);
  const signal = patience();
  for (const name of ['-n', ' space ', 'new\nline', "quo'te", '$(id)', '*', 'ä€😀', '\\']) {
    const path = join(folder, name);
    await link.writeFile(path, Buffer.from(`of ${name}`), { signal, mode: 0o604 });
    assert.equal(await textOf(path), `of ${name}`);
    const stat = await link.stat(path, { signal });
    assert.deepEqual([stat?.kind, stat?.mode, stat?.bytes], ['file', 0o604, Buffer.byteLength(`of ${name}`)]);
  }
  const big = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7919) % 251));
  await link.writeFile(join(folder, 'big'), big, { signal, mode: 0o600 });
  assert.ok(Buffer.from(await link.readFile(join(folder, 'big'), { signal })).equals(big));
  const token = new Secret('K10very-secret::server:token');
  await link.writeFile(join(folder, 'token'), token, { signal, mode: 0o600 });
  assert.equal(await textOf(join(folder, 'token')), token.reveal());
  assert.doesNotMatch(line.said().toString(), /very-secret/);
  await link.writeFile(join(folder, 'empty'), Buffer.alloc(0), { signal, mode: 0o600 });
  assert.equal((await link.stat(join(folder, 'empty'), { signal }))?.bytes, 0);
  assert.equal(await link.stat(join(folder, 'none'), { signal }), undefined);
  assert.equal((await failureOf(link.readFile(join(folder, 'none'), { signal })))?.code, 'no-such-thing');
});
