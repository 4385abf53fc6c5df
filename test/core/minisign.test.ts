import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { publicKey, secretKey, signature, signatureHolds, signed } from '../../main/core/minisign.ts';
import type { PublicKey } from '../../main/core/minisign.ts';
import { folder } from '../support/folder.ts';
import { minisignKey } from '../support/minisign-key.ts';
import { needs } from '../support/needs.ts';

const content = Buffer.from('# Coldstart bundle manifest 1\n');

const holds = async (text: string, key: PublicKey, over: Uint8Array = content): Promise<boolean> => {
  const made = signature(text);
  return made !== undefined && signatureHolds(over, made, key);
};

/** A key pair and a signature made by the tool itself. */
function byTool(
  t: TestContext,
  ...form: string[]
): { path: string; text: string; key: PublicKey; printedId: string } {
  const path = folder(t);
  const run = (...args: string[]): string =>
    execFileSync('minisign', args, { cwd: path, encoding: 'utf8', stdio: 'pipe' });
  run('-G', '-W', '-p', 'k.pub', '-s', 'k.key');
  writeFileSync(join(path, 'm'), content);
  run('-S', ...form, '-s', 'k.key', '-m', 'm', '-t', 'for the north');
  const pub = readFileSync(join(path, 'k.pub'), 'utf8');
  const key = publicKey(pub);
  assert.ok(key);
  return {
    path,
    text: readFileSync(join(path, 'm.minisig'), 'utf8'),
    key,
    // The tool leaves leading zeros out: one key in sixteen has a shorter one.
    printedId: (/ ([0-9A-F]{1,16})$/m.exec(pub)?.[1] ?? '').padStart(16, '0'),
  };
}

for (const [name, form] of [
  ['prehashed', []],
  ['legacy', ['-l']],
] as const)
  test(`a ${name} signature made by minisign holds`, needs('minisign'), async t => {
    const { text, key, printedId } = byTool(t, ...form);
    assert.equal(key.id, printedId);
    assert.equal(signature(text)?.prehashed, name === 'prehashed');
    assert.equal(signature(text)?.trustedComment, 'for the north');
    assert.equal(await holds(text, key), true);
    assert.equal(await holds(text, key, Buffer.concat([content, Buffer.from('\n')])), false);
    assert.equal(await holds(text.replace('for the north', 'for the south'), key), false);
    const stranger = publicKey((await minisignKey()).pub);
    assert.ok(stranger);
    assert.equal(await holds(text, stranger), false);
    assert.equal(await holds(text, { ...stranger, id: key.id }), false);
  });

test('no flipped bit in a signature goes unseen', needs('minisign'), async t => {
  const { text, key } = byTool(t);
  const lines = text.split('\n');
  for (const line of [1, 3]) {
    const bytes = Buffer.from(lines[line] ?? '', 'base64');
    for (let bit = 0; bit < bytes.length * 8; bit += 5) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((changed[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
      const forged = lines.with(line, changed.toString('base64')).join('\n');
      assert.equal(await holds(forged, key), false, `line ${line}, bit ${bit}`);
    }
  }
});

test('what we sign, minisign verifies', needs('minisign'), async t => {
  const path = folder(t);
  const { secret, pub } = await minisignKey();
  writeFileSync(join(path, 'k.pub'), pub);
  writeFileSync(join(path, 'm'), content);
  writeFileSync(join(path, 'm.minisig'), await signed(content, secret, 'a comment'));
  const verify = () =>
    spawnSync('minisign', ['-V', '-Q', '-p', 'k.pub', '-m', 'm'], { cwd: path, encoding: 'utf8' });
  assert.deepEqual([verify().status, verify().stdout.trim()], [0, 'a comment']);
  writeFileSync(join(path, 'm'), 'another');
  assert.notEqual(verify().status, 0);
});

test(
  'a secret key file without a password is read; one with a password is not',
  needs('minisign'),
  async t => {
    const { path, key } = byTool(t);
    const text = readFileSync(join(path, 'k.key'), 'utf8');
    const secret = secretKey(text);
    assert.ok(secret);
    assert.equal(secret.id, key.id);
    assert.equal(await holds(await signed(content, secret, ''), key), true);
    const [comment, line = ''] = text.split('\n');
    const locked = Buffer.from(line, 'base64');
    locked.write('Sc', 2, 'latin1');
    assert.equal(secretKey([comment, locked.toString('base64')].join('\n')), undefined);
  },
);

test('the practice signature on the practice bundle holds', async () => {
  const resources = join(import.meta.dirname, '../../resources');
  const key = publicKey(readFileSync(join(resources, 'keys/practice.pub'), 'utf8'));
  const manifest = readFileSync(join(resources, 'practice/bundle/coldstart-bundle.txt'));
  assert.ok(key);
  assert.equal(
    await holds(
      readFileSync(join(resources, 'practice/bundle/coldstart-bundle.txt.minisig'), 'utf8'),
      key,
      manifest,
    ),
    true,
  );
});

test('files that are no key and no signature are told as such', () => {
  for (const text of [
    '',
    'ssh-ed25519 AAAA',
    'untrusted comment: x',
    'untrusted comment: x\nRWQ=',
    '\n\n\n\n',
  ]) {
    assert.equal(publicKey(text), undefined);
    assert.equal(signature(text), undefined);
    assert.equal(secretKey(text), undefined);
  }
});
