import '../../support/redirect-electron.ts';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Secret } from '../../../main/core/secret.ts';
import { safeStorage } from '../../support/electron.ts';
import { folder } from '../../support/folder.ts';

const { safeStorageKeeper } = await import('../../../main/hosts/electron/keeper.ts');

test("what the laptop's key store keeps lies encrypted in a file for this user only", async t => {
  const path = join(folder(t), 'os-store');
  const keeper = safeStorageKeeper(path);
  assert.equal(await keeper.get('vault-1'), undefined);
  await keeper.set('vault-1', new Secret('the key'));
  assert.equal((await keeper.get('vault-1'))?.reveal(), 'the key');
  assert.deepEqual(readdirSync(path), ['vault-1.kept']);
  assert.equal(statSync(join(path, 'vault-1.kept')).mode & 0o777, 0o600);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  assert.doesNotMatch(readFileSync(join(path, 'vault-1.kept'), 'latin1'), /the key/);
  await keeper.delete('vault-1');
  await keeper.delete('vault-1');
  assert.equal(await keeper.get('vault-1'), undefined);
});

test('a laptop without a real key store says so, and the vault then remembers nothing', t => {
  t.after(() => Object.assign(safeStorage, { available: true, backend: 'gnome_libsecret' }));
  safeStorage.backend = 'basic_text';
  const linux = process.platform === 'linux';
  assert.equal(safeStorageKeeper('/nowhere').backend, linux ? 'basic_text' : 'keychain');
  safeStorage.available = false;
  assert.equal(safeStorageKeeper('/nowhere').backend, 'unknown');
});

test('what can no longer be decrypted counts as not kept', async t => {
  const path = folder(t);
  const { decryptString } = safeStorage;
  t.after(() => (safeStorage.decryptString = decryptString));
  safeStorage.decryptString = () => {
    throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptString.');
  };
  writeFileSync(join(path, 'vault-1.kept'), 'from another login');
  assert.equal(await safeStorageKeeper(path).get('vault-1'), undefined);
});
