import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { publicKeyLine } from '../../../main/core/minisign.ts';
import { keyListText } from '../../../main/core/supply/key-list.ts';
import type { KeyList } from '../../../main/core/supply/key-list.ts';
import { commandLine, failureIn } from '../../support/coldstart.ts';
import { folder } from '../../support/folder.ts';
import { bagSite, hqBench, secretKeyText } from '../../support/hq-bags.ts';
import { minisignKey } from '../../support/minisign-key.ts';
import { needs } from '../../support/needs.ts';

const built = join(import.meta.dirname, '../../../out/hosts/cli.js');

/** The same as a person sees it. */
const shown = (home: string, ...args: readonly string[]): Promise<{ status: number; text: string }> =>
  new Promise(resolve => {
    execFile(
      process.execPath,
      [built, ...args],
      { env: { ...process.env, COLDSTART_HOME: home } },
      (error, stdout) => resolve({ status: typeof error?.code === 'number' ? error.code : 0, text: stdout }),
    );
  });

test('a stick at headquarters: enrol, receive all that lies on it, look at the archive', async t => {
  const base = folder(t);
  const home = join(base, 'home');
  mkdirSync(home);
  const [hq, site] = [await hqBench(base), await bagSite('Halley VI')];
  const cli = commandLine(home);
  const key = await cli.done('hq', 'enroll', hq.archive, hq.at.laptopPub, '--name', 'Anna’s laptop');
  assert.deepEqual([key.id, key.name], [hq.laptop.id, 'Anna’s laptop']);
  const made = await hq.bag({ site, name: 'bag-1' });
  const keys = ['--identity', hq.at.identity, '--sign-key', hq.at.signKey, '--out', hq.archive];
  mkdirSync(join(hq.stick, 'coldstart-from-hq'));
  const all = await cli.done(
    'receive',
    made.path,
    join(hq.stick, 'coldstart-from-hq'),
    ...keys,
    '--at-once',
    '2',
  );
  assert.deepEqual([all.bags.length, all.received], [1, 1]);

  const again = await shown(home, 'receive', made.path, ...keys);
  assert.equal(again.status, 0);
  assert.match(
    again.text,
    /^✓ bag-1: Halley VI, export 1\. Known since .*Received\. Its snapshot restores\.$/m,
  );
  assert.match(again.text, /1 receipt\(s\) lie beside their bags .*: send the stick back/);

  const damaged = join(hq.stick, 'bag-2');
  cpSync(made.path, damaged, { recursive: true });
  writeFileSync(join(damaged, 'tagmanifest-sha256.txt'), '');
  const stranger = (await minisignKey()).secret;
  const unknown = await hq.bag({ site, counter: 2, signer: stranger, name: 'bag-3' });
  const torn = await hq.bag({ site, counter: 3, withoutToken: true, name: 'bag-4' });
  const mixed = await shown(home, 'receive', damaged, unknown.path, torn.path, made.path, ...keys);
  assert.equal(mixed.status, 3);
  assert.match(mixed.text, /^✗ bag-2: /m);
  assert.match(
    mixed.text,
    new RegExp(`^! bag-3: It is signed with key ${stranger.id}, which is not enrolled`, 'm'),
  );
  assert.match(mixed.text, /^! bag-4: Halley VI, export 3\. Received, not restorable/m);
  assert.match(mixed.text, /1 of 4 received\./);
  assert.equal((await cli.run('receive', damaged, ...keys)).status, 1);
  assert.equal((await cli.run('receive', torn.path, ...keys)).status, 1);
  assert.equal((await cli.run('receive', unknown.path, ...keys)).status, 3);
  assert.equal((await cli.run('receive', hq.archive, ...keys)).status, 2);
  failureIn(await cli.run('receive', made.path, '--out', hq.archive), 'bad-ask');
  failureIn(await cli.run('receive', made.path, ...keys, '--at-once', 'many'), 'bad-ask');

  const status = await shown(home, 'hq', 'status', hq.archive);
  assert.equal(status.status, 0);
  assert.match(status.text, /^Halley VI +2 .* 2 /m);
  assert.match(status.text, new RegExp(`^Anna’s laptop +${hq.laptop.id}`, 'm'));
  assert.match(status.text, /Put aside sealed/);
});

test('a key list is checked, signed, and minisign accepts it', needs('minisign'), async t => {
  const base = folder(t);
  const [root, bundles, receipts] = [await minisignKey(), await minisignKey(), await minisignKey()];
  const hq = await hqBench(base);
  const home = join(base, 'home');
  mkdirSync(home);
  const cli = commandLine(home);
  const list: KeyList = {
    format: 1,
    kind: 'coldstart-keys',
    world: 'real',
    serial: 7,
    at: '2026-01-01T00:00:00Z',
    bundleKeys: [{ key: publicKeyLine(bundles.secret), name: 'bundles 2026' }],
    receiptKeys: [{ key: publicKeyLine(receipts.secret), until: '2027-01-01' }],
    recipients: hq.recipients.map(key => ({ key })),
  };
  const [path, rootKey, rootPub] = ['list.json', 'root.key', 'root.pub'].map(name => join(base, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(path, keyListText(list));
  writeFileSync(rootKey, secretKeyText(root.secret));
  writeFileSync(rootPub, root.pub);
  const signed = await cli.done('hq', 'sign-keys', path, '--root-key', rootKey);
  assert.deepEqual(
    [signed.serial, signed.rootKey, signed.name],
    [7, root.secret.id, 'coldstart-keys-7.json'],
  );
  assert.equal(signed.keys.length, 3);
  execFileSync('minisign', ['-V', '-p', rootPub, '-m', path]);
  const told = await shown(home, 'hq', 'sign-keys', path, '--root-key', rootKey);
  assert.match(told.text, /Bundle key added: [0-9A-F]{16} \(bundles 2026\)/);

  const wrong: readonly (readonly [KeyList, string])[] = [
    [{ ...list, recipients: [{ key: `${hq.recipients[0]?.slice(0, -1)}x` }] }, 'damaged'],
    [{ ...list, world: 'practice' }, 'refused'],
    [{ ...list, receiptKeys: [{ key: publicKeyLine(root.secret) }] }, 'refused'],
  ];
  for (const [each, code] of wrong) {
    rmSync(`${path}.minisig`, { force: true });
    writeFileSync(path, keyListText(each));
    failureIn(await cli.run('hq', 'sign-keys', path, '--root-key', rootKey), code as 'damaged');
    assert.throws(() => readFileSync(`${path}.minisig`));
  }
});
