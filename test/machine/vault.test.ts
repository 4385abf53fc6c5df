import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from '../../main/core/secret.ts';
import { systemChance } from '../../main/machine/chance.ts';
import { openVault } from '../../main/machine/vault.ts';
import type { Keeper } from '../../main/machine/vault.ts';
import { failing } from '../support/failing.ts';
import { folder } from '../support/folder.ts';

const passphrase = new Secret('three cold husky dogs');
const token = Buffer.from('K10abc::server:0123456789abcdef');
const vaultAt = (path: string, practice = false, keeper?: Keeper) =>
  openVault(path, { practice, chance: systemChance, ...(keeper ? { keeper } : {}) });

async function made(path: string) {
  const vault = vaultAt(path);
  await vault.create(passphrase);
  return vault;
}

test('a vault opens again with its passphrase and gives back what was sealed', async t => {
  const path = join(folder(t), 'vault.json');
  assert.equal(vaultAt(path).state(), 'new');
  const sealed = (await made(path)).seal(token, 'server-token of site 1');
  assert.equal(statSync(path).mode & 0o777, 0o600);

  const later = vaultAt(path);
  assert.equal(later.state(), 'locked');
  await failing('vault-locked', () => later.open(sealed, 'server-token of site 1'));
  await failing('vault-locked', () => later.seal(token, 'x'));
  await later.unlock(passphrase);
  assert.equal(later.state(), 'open');
  assert.deepEqual(Buffer.from(later.open(sealed, 'server-token of site 1')), token);
  later.lock();
  assert.equal(later.state(), 'locked');
  await failing('vault-locked', () => later.open(sealed, 'server-token of site 1'));
});

test('a wrong passphrase opens nothing and changes nothing', async t => {
  const path = join(folder(t), 'vault.json');
  await made(path);
  const before = readFileSync(path);
  const vault = vaultAt(path);
  await failing('wrong-passphrase', async () => {
    await vault.unlock(new Secret('three cold huskY dogs'));
  });
  assert.equal(vault.state(), 'locked');
  assert.deepEqual(readFileSync(path), before);
  await vault.unlock(passphrase);
});

test('the same passphrase opens however the keyboard composes its letters', async t => {
  const path = join(folder(t), 'vault.json');
  await vaultAt(path).create(new Secret('Tromsø café åtte'.normalize('NFC')));
  await vaultAt(path).unlock(new Secret('Tromsø café åtte'.normalize('NFD')));
});

test('one flipped bit anywhere in a sealed value is found', async t => {
  const vault = vaultAt(join(folder(t), 'vault.json'), true);
  const sealed = vault.seal(token, 'p');
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flipped = Uint8Array.from(sealed);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    await failing('damaged', () => vault.open(flipped, 'p'));
  }
  for (let length = 0; length < sealed.length; length++)
    await failing('damaged', () => vault.open(sealed.subarray(0, length), 'p'));
});

test('a sealed value opens only for the purpose it was sealed for', async t => {
  const vault = vaultAt(join(folder(t), 'vault.json'), true);
  const sealed = vault.seal(token, 'password of node 1');
  await failing('damaged', () => vault.open(sealed, 'password of node 2'));
});

test('the same secret sealed twice looks different, and an empty one seals too', t => {
  const vault = vaultAt(join(folder(t), 'vault.json'), true);
  assert.notDeepEqual(vault.seal(token, 'p'), vault.seal(token, 'p'));
  assert.equal(vault.open(vault.seal(new Uint8Array(), 'p'), 'p').length, 0);
});

test('a damaged vault file is called damaged, not a wrong passphrase, and is left as it is', async t => {
  const path = join(folder(t), 'vault.json');
  await made(path);
  const whole = readFileSync(path);
  for (const spoil of [
    () => whole.subarray(0, whole.length / 2),
    // Always another letter than the one that stands there.
    () =>
      Buffer.from(
        whole
          .toString()
          .replace(/("sealed": ")(.)/, (_, before, first) => before + (first === 'A' ? 'B' : 'A')),
      ),
    () => Buffer.from(whole.toString().replace('131072', '262144')),
    () => Buffer.alloc(0),
    () => Buffer.from('null'),
  ]) {
    const bytes = spoil();
    writeFileSync(path, bytes);
    const vault = vaultAt(path);
    assert.equal(vault.damage?.code, 'damaged');
    assert.equal(vault.state(), 'locked');
    await failing('damaged', () => vault.unlock(passphrase));
    await failing('damaged', () => vault.create(passphrase));
    await failing('damaged', () => vault.seal(token, 'p'));
    assert.deepEqual(readFileSync(path), bytes);
  }
});

test('neither key nor passphrase nor token stands in the vault file', async t => {
  const path = join(folder(t), 'vault.json');
  const vault = await made(path);
  const text = readFileSync(path, 'utf8');
  assert.doesNotMatch(text, /husky|"bytes"/);
  assert.doesNotMatch(inspect(vault, { depth: 9, showHidden: true }), /husky/);
});

test('a practice home needs no passphrase; a real one never has a bare key', async t => {
  const path = join(folder(t), 'vault.json');
  const practice = vaultAt(path, true);
  assert.equal(practice.state(), 'open');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const sealed = practice.seal(token, 'p');
  practice.lock();
  assert.deepEqual(Buffer.from(vaultAt(path, true).open(sealed, 'p')), token);
  await failing('refused', () => vaultAt(path, false));
  const real = join(folder(t), 'vault.json');
  await made(real);
  await failing('practice-only', () => vaultAt(real, true));
});

test('a vault is made once: a second one is refused and the first stays', async t => {
  const path = join(folder(t), 'vault.json');
  const vault = await made(path);
  const before = readFileSync(path);
  await failing('already-there', () => vault.create(new Secret('another passphrase')));
  assert.deepEqual(readFileSync(path), before);
});

test('of two vaults being made at once one wins', async t => {
  const path = join(folder(t), 'vault.json');
  const vault = vaultAt(path);
  const ended = await Promise.allSettled([vault.create(passphrase), vault.create(passphrase)]);
  assert.deepEqual(ended.map(one => one.status).sort(), ['fulfilled', 'rejected']);
  await vaultAt(path).unlock(passphrase);
});

test('a short passphrase is refused and no vault is made', async t => {
  const path = join(folder(t), 'vault.json');
  await failing('bad-ask', () => vaultAt(path).create(new Secret('snow')));
  assert.equal(existsSync(path), false);
  assert.deepEqual(readdirSync(join(path, '..')), []);
});

const another = new Secret('a lantern in the generator hut');

test('a vault with another passphrase opens with that one only, and gives back what was sealed before', async t => {
  const path = join(folder(t), 'vault.json');
  const vault = await made(path);
  const sealed = vault.seal(token, 'p');
  await vault.change(passphrase, another);
  assert.equal(vault.state(), 'open');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(path, '..')), ['vault.json']);
  const later = vaultAt(path);
  await failing('wrong-passphrase', () => later.unlock(passphrase));
  await later.unlock(another);
  assert.deepEqual(Buffer.from(later.open(sealed, 'p')), token);
});

test('a locked vault takes another passphrase and stays locked', async t => {
  const path = join(folder(t), 'vault.json');
  await made(path);
  const vault = vaultAt(path);
  await vault.change(passphrase, another);
  assert.equal(vault.state(), 'locked');
  await vault.unlock(another);
});

test('without the old passphrase, or with a new one too short, the file is not touched', async t => {
  const path = join(folder(t), 'vault.json');
  const vault = await made(path);
  const before = readFileSync(path);
  const wrong = await failing('wrong-passphrase', () => vault.change(another, another));
  assert.match(wrong.untouched ?? '', /keeps the passphrase it has/);
  await failing('bad-ask', () => vault.change(passphrase, new Secret('snow')));
  assert.deepEqual(readFileSync(path), before);
  assert.equal(vault.state(), 'open');
  await vaultAt(path).unlock(passphrase);
});

test('of two changes at once one wins, and its passphrase is the one that counts', async t => {
  const path = join(folder(t), 'vault.json');
  const vault = await made(path);
  const wanted = [another, new Secret('seven seals on the ice')];
  const ended = await Promise.allSettled(wanted.map(fresh => vault.change(passphrase, fresh)));
  const winner = wanted[ended.findIndex(one => one.status === 'fulfilled')];
  assert.deepEqual(ended.map(one => one.status).sort(), ['fulfilled', 'rejected']);
  assert.ok(winner);
  await vaultAt(path).unlock(winner);
});

test('a vault that is not there, damaged, or without a passphrase has none to change', async t => {
  const path = join(folder(t), 'vault.json');
  await failing('vault-locked', () => vaultAt(path).change(passphrase, another));
  writeFileSync(path, 'null');
  await failing('damaged', () => vaultAt(path).change(passphrase, another));
  assert.equal(readFileSync(path, 'utf8'), 'null');
  const practice = vaultAt(join(folder(t), 'vault.json'), true);
  assert.match((await failing('refused', () => practice.change(passphrase, another))).says, /practice/);
});

test('killed at any moment of a change, the vault opens with one of the two passphrases', async t => {
  const home = folder(t);
  const path = join(home, 'vault.json');
  const vault = await made(path);
  const sealed = vault.seal(token, 'p');
  const forms = [join(home, 'before'), join(home, 'after')];
  copyFileSync(path, forms[0] ?? '');
  await vault.change(passphrase, another);
  copyFileSync(path, forms[1] ?? '');
  const child = join(import.meta.dirname, '..', 'support', 'vault-child.ts');
  const rounds = process.env['COLDSTART_TORTURE'] === '1' ? 300 : 8;
  for (let round = 0; round < rounds; round += 1) {
    // It writes the two forms in turns as fast as it can, so the kill falls into a change.
    const changing = spawn(process.execPath, [child, path, ...forms], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(changing, 'exit');
    await once(changing.stdout, 'data');
    await new Promise(done => setTimeout(done, Math.random() * 20));
    changing.kill('SIGKILL');
    await ended;
    const found = readFileSync(path);
    assert.ok(forms.some(form => readFileSync(form).equals(found)));
  }
  const later = vaultAt(path);
  await later.unlock(passphrase).catch(() => later.unlock(another));
  assert.deepEqual(Buffer.from(later.open(sealed, 'p')), token);
});

const keyStore = (backend: string): Keeper & { readonly kept: Map<string, Secret> } => {
  const kept = new Map<string, Secret>();
  return {
    backend,
    kept,
    get: async name => kept.get(name),
    set: async (name, secret) => {
      kept.set(name, secret);
    },
    delete: async name => {
      kept.delete(name);
    },
  };
};

test('a laptop with a key store opens the vault without asking, until it is told to forget', async t => {
  const path = join(folder(t), 'vault.json');
  const keeper = keyStore('gnome_libsecret');
  const vault = vaultAt(path, false, keeper);
  await vault.create(passphrase);
  assert.equal(vault.remembered(), false);
  await vault.remember();
  assert.equal(vault.remembered(), true);
  const later = vaultAt(path, false, keeper);
  assert.equal(later.remembered(), false);
  assert.equal(await later.recall(), true);
  assert.equal(later.state(), 'open');
  assert.equal(later.remembered(), true);
  await later.forget();
  assert.equal(later.remembered(), false);
  assert.equal(keeper.kept.size, 0);
  const last = vaultAt(path, false, keeper);
  assert.equal(await last.recall(), false);
  assert.equal(last.state(), 'locked');
});

test('a key that is not this vault’s is not taken from the key store', async t => {
  const path = join(folder(t), 'vault.json');
  const keeper = keyStore('gnome_libsecret');
  const vault = vaultAt(path, false, keeper);
  await vault.create(passphrase);
  await vault.remember();
  for (const name of keeper.kept.keys())
    keeper.kept.set(name, new Secret(Buffer.alloc(32, 7).toString('base64')));
  const later = vaultAt(path, false, keeper);
  assert.equal(await later.recall(), false);
  assert.equal(later.state(), 'locked');
});

test('a key store that keeps keys in the clear counts as none', async t => {
  const keeper = keyStore('basic_text');
  const vault = vaultAt(join(folder(t), 'vault.json'), false, keeper);
  await vault.create(passphrase);
  assert.equal(vault.canRemember, false);
  const failure = await failing('refused', () => vault.remember());
  assert.match(failure.says, /in the clear/);
  assert.equal(keeper.kept.size, 0);
});

test('a remembered vault still opens by itself after its passphrase was changed', async t => {
  const path = join(folder(t), 'vault.json');
  const keeper = keyStore('gnome_libsecret');
  const vault = vaultAt(path, false, keeper);
  await vault.create(passphrase);
  await vault.remember();
  await vault.change(passphrase, another);
  assert.equal(await vaultAt(path, false, keeper).recall(), true);
});

test('only an open vault can be remembered, and a practice home never is', async t => {
  const path = join(folder(t), 'vault.json');
  const keeper = keyStore('gnome_libsecret');
  await vaultAt(path, false, keeper).create(passphrase);
  await failing('vault-locked', () => vaultAt(path, false, keeper).remember());
  const practice = vaultAt(join(folder(t), 'vault.json'), true, keeper);
  assert.equal(practice.canRemember, false);
  await failing('refused', () => practice.remember());
  assert.equal(keeper.kept.size, 0);
});

test('a laptop without a key store says so, and one that refuses is told from that', async t => {
  const path = join(folder(t), 'vault.json');
  const vault = await made(path);
  assert.equal(vault.canRemember, false);
  assert.match((await failing('refused', () => vault.remember())).says, /no key store/);
  await vault.forget();
  const closed: Keeper = { ...keyStore('kwallet6'), set: () => Promise.reject(new Error('is locked')) };
  const other = vaultAt(path, false, closed);
  await other.unlock(passphrase);
  assert.match((await failing('could-not', () => other.remember())).says, /did not take/);
  assert.equal(other.remembered(), false);
});
