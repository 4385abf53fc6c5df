import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { proofParts } from '../../../preload/contract/snapshots/proof.ts';
import type { ProofPart } from '../../../preload/contract/snapshots/proof.ts';
import { commandLine } from '../../support/coldstart.ts';
import { folder } from '../../support/folder.ts';
import { k3sSnapshot, newPassword, testCa } from '../../support/k3s-content.ts';

const password = newPassword();
const whole = k3sSnapshot({ password, ca: await testCa('site'), secretKey: randomBytes(32) });
const hash = createHash('sha256').update(whole).digest('hex');

test('snapshot prove ends with 0 only when everything that matters passed, and never shows the token', async t => {
  const [cli, files] = [commandLine(folder(t)), folder(t)];
  const [path, token, other] = ['snapshot.db', 'token', 'other'].map(name => join(files, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(path, whole);
  writeFileSync(token, `${password}\n`);
  writeFileSync(other, `${newPassword()}\n`);
  const prove = (...more: readonly string[]) => cli.run('snapshot', 'prove', path, ...more);
  const standing = (parts: readonly ProofPart[], name: string): string | undefined =>
    parts.find(each => each.part === name)?.is;

  const good = await prove('--token-file', token, '--sha256', hash);
  assert.deepEqual([good.status, good.json.verdict], [0, 'cluster-restorable']);
  assert.deepEqual(
    good.json.parts.map((each: ProofPart) => each.part),
    [...proofParts],
  );
  assert.ok(good.json.missing.length > 0, 'it says what a whole site needs besides');

  const cases = [
    { more: ['--token-file', token], part: 'reference', is: 'not-checked', verdict: 'not-proven' },
    { more: ['--sha256', hash], part: 'token', is: 'not-checked', verdict: 'not-proven' },
    {
      more: ['--token-file', other, '--sha256', hash],
      part: 'token',
      is: 'failed',
      verdict: 'not-restorable',
    },
    {
      more: ['--token-file', token, '--sha256', '0'.repeat(64)],
      part: 'reference',
      is: 'failed',
      verdict: 'not-restorable',
    },
  ];
  for (const { more, part, is, verdict } of cases) {
    const said = await prove(...more);
    assert.deepEqual([said.status, said.json.verdict, standing(said.json.parts, part)], [1, verdict, is]);
    assert.ok(!`${said.stdout}${said.stderr}`.includes(password));
  }
  assert.equal((await prove('--sha256', 'short')).status, 2);
});

test('what is no snapshot, and what is not there, are told apart by the exit code', async t => {
  const [cli, files] = [commandLine(folder(t)), folder(t)];
  const path = join(files, 'notes.txt');
  writeFileSync(path, 'a text\n'.repeat(99));
  const text = await cli.run('snapshot', 'prove', path);
  assert.deepEqual([text.status, text.json.verdict], [1, 'not-restorable']);
  const gone = await cli.run('snapshot', 'prove', join(files, 'nowhere'));
  assert.deepEqual([gone.status, gone.json.failure.code], [2, 'no-such-thing']);
});
