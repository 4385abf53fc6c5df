import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import type { SnapshotProof } from '../../../preload/contract/snapshots/proof.ts';
import { Secret } from '../../../main/core/secret.ts';
import { systemChance } from '../../../main/machine/chance.ts';
import { openVault } from '../../../main/machine/vault.ts';
import { folder } from '../../support/folder.ts';
import { publicKey, publicKeyText } from '../../../main/core/minisign.ts';
import { ageKey } from '../../support/age-key.ts';
import { headquarters } from '../../support/headquarters.ts';
import { minisignKey } from '../../support/minisign-key.ts';
import { needs } from '../../support/needs.ts';
import { supplyBench, token } from '../../support/supply.ts';
import type { BenchOptions } from '../../support/supply.ts';

async function bench(t: TestContext, options: BenchOptions = {}) {
  const key = await ageKey();
  const b = supplyBench({ recipients: [key.recipient], ...options });
  t.after(() => b.close());
  b.keepToken();
  const post = join(b.folder, 'post');
  mkdirSync(post);
  return { ...b, key, post };
}
const failure = async (work: unknown): Promise<Failure> => {
  try {
    await work;
  } catch (thrown) {
    return failureOf(thrown);
  }
  throw new Error('it did not fail');
};

test('minisign itself verifies the bag under the key the laptop shows', needs('minisign'), async t => {
  const b = await bench(t);
  b.addSnapshot('2026-01-05T00:00:00.000Z');
  const before = await b.calls['keys.show']({}, b.context());
  assert.equal(before.laptop, undefined);
  const { laptop } = await b.calls['keys.make']({}, b.context());
  const written = await b.calls['export.write']({ site: b.site.id, to: b.stick }, b.context());
  assert.equal(written.laptopKey, laptop?.id);
  const verified = (key: string): string =>
    execFileSync('minisign', ['-V', '-P', key, '-m', 'tagmanifest-sha256.txt'], {
      cwd: written.path,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  assert.match(verified(laptop?.key ?? ''), new RegExp(`${written.site}/${written.id} counter 1`));
  execFileSync('sha256sum', ['-c', '--strict', 'tagmanifest-sha256.txt'], { cwd: written.path });
  assert.throws(() => verified(publicKeyOf(b.folder)));
  const manifest = join(written.path, 'tagmanifest-sha256.txt');
  writeFileSync(
    manifest,
    readFileSync(manifest, 'utf8').replace(/^./, x => (x === '0' ? '1' : '0')),
  );
  assert.throws(() => verified(laptop?.key ?? ''));
});

/** Of another laptop. */
function publicKeyOf(folder: string): string {
  execFileSync('minisign', ['-G', '-W', '-p', 'k.pub', '-s', 'k.key'], { cwd: folder, stdio: 'pipe' });
  return readFileSync(join(folder, 'k.pub'), 'utf8').split('\n')[1] ?? '';
}

test('the signing key is the same after a restart, lies nowhere in the open, and another one takes over', async t => {
  const b = await bench(t);
  const first = (await b.calls['keys.make']({}, b.context())).laptop;
  assert.deepEqual((await b.calls['keys.make']({}, b.context())).laptop, first);
  const again = supplyBench({ folder: b.folder, recipients: [b.key.recipient] });
  assert.deepEqual((await again.calls['keys.show']({}, again.context())).laptop, first);
  again.store.close();
  const rotated = await b.calls['keys.rotate']({}, b.context());
  assert.notEqual(rotated.laptop?.id, first?.id);
  assert.deepEqual(rotated.earlierLaptopKeys, [first]);
  const written = await b.calls['export.write']({ site: b.site.id, to: b.stick }, b.context());
  assert.deepEqual([written.laptopKey, written.counter], [rotated.laptop?.id, 1]);
  assert.ok(publicKey(first?.key ?? ''));
});

test('a locked vault signs nothing, and no bag looks whole', async t => {
  const vault = openVault(join(folder(t), 'vault.json'), { practice: false, chance: systemChance });
  await vault.create(new Secret('seven cold mornings'));
  const b = await bench(t, { vault });
  b.addSnapshot('2026-01-05T00:00:00.000Z');
  await b.calls['keys.make']({}, b.context());
  vault.lock();
  const told = await failure(b.calls['export.write']({ site: b.site.id, to: b.stick }, b.context()));
  assert.equal(told.code, 'vault-locked');
  assert.deepEqual(readdirSync(b.stick), []);
});

test('a root key counts only once its id was typed', async t => {
  const b = await bench(t);
  const hq = await headquarters();
  const path = hq.rootFile(b.post);
  const unpinned = await failure(b.calls['keys.trust']({ path: await hq.keyList(b.post, 1) }, b.context()));
  assert.equal(unpinned.code, 'refused');
  for (const typed of [undefined, 'yes', hq.root.id.slice(0, -1), `${hq.root.id}0`]) {
    const told = await failure(
      b.calls['keys.trust']({ path, ...(typed === undefined ? {} : { typed }) }, b.context()),
    );
    assert.deepEqual([told.code, told.facts?.['typed']], ['consent-needed', hq.root.id]);
  }
  assert.equal((await b.calls['keys.show']({}, b.context())).root, undefined);
  const offer = await b.calls['keys.look']({ path }, b.context());
  assert.deepEqual(
    [offer.is, offer.typed, offer.changes],
    ['root', hq.root.id, [`Root key added: ${hq.root.id}`]],
  );
  await b.calls['keys.trust']({ path, typed: hq.root.id.toLowerCase() }, b.context());
  assert.equal((await b.calls['keys.show']({}, b.context())).root?.id, hq.root.id);
});

test('an id that minisign printed without its leading zeros is the same id', async t => {
  const b = await bench(t);
  const { secret } = await minisignKey();
  const path = join(b.post, 'zero.pub');
  const id = `000${secret.id.slice(3)}`;
  writeFileSync(path, publicKeyText({ ...secret, id }));
  await b.calls['keys.trust']({ path, typed: id.replace(/^0+/, '') }, b.context());
  assert.equal((await b.calls['keys.show']({}, b.context())).root?.id, id);
});

test('of two key lists the higher serial counts, whatever their dates, and changes are named', async t => {
  const b = await bench(t);
  const hq = await headquarters();
  const [one, two] = [await ageKey(), await ageKey()];
  await b.calls['keys.trust']({ path: hq.rootFile(b.post), typed: hq.root.id }, b.context());
  const trust = (path: string) => b.calls['keys.trust']({ path }, b.context());
  await trust(await hq.keyList(b.post, 5, { recipients: [{ key: one.recipient, name: 'desk' }] }));
  assert.deepEqual(b.trusted.recipients(b.site), [one.recipient], 'the list goes before the site');
  const offer = await trust(
    await hq.keyList(b.post, 6, { at: '2001-01-01T00:00:00Z', recipients: [{ key: two.recipient }] }),
  );
  assert.deepEqual(offer.changes, [
    `Recipient added: ${two.recipient}`,
    `Recipient removed: ${one.recipient} (desk)`,
  ]);
  assert.equal((await failure(trust(join(b.post, 'coldstart-keys-5.json')))).code, 'refused');
  const other = await hq.keyList(b.post, 6, { recipients: [{ key: one.recipient }] });
  assert.match((await failure(trust(other))).says, /same serial/);
  assert.deepEqual(b.trusted.recipients(b.site), [two.recipient]);
});

test('a key list with one wrong letter, a changed one and a stranger’s are refused before anything changes', async t => {
  const b = await bench(t);
  const hq = await headquarters();
  const { recipient } = await ageKey();
  await b.calls['keys.trust']({ path: hq.rootFile(b.post), typed: hq.root.id }, b.context());
  const trust = (path: string) => failure(b.calls['keys.trust']({ path }, b.context()));
  const typo = recipient.slice(0, -1) + (recipient.endsWith('q') ? 'p' : 'q');
  assert.match((await trust(await hq.keyList(b.post, 1, { recipients: [{ key: typo }] }))).says, /character/);
  const path = await hq.keyList(b.post, 2, { recipients: [{ key: recipient }] });
  writeFileSync(path, readFileSync(path, 'utf8').replace('"serial": 2', '"serial": 9'));
  assert.equal((await trust(path)).code, 'bad-signature');
  const stranger = await hq.keyList(b.post, 3, {}, (await minisignKey()).secret);
  assert.equal((await trust(stranger)).code, 'bad-signature');
  assert.equal((await trust(await hq.keyList(b.post, 4, { world: 'practice' }))).code, 'practice-only');
  assert.equal(b.trusted.list(), undefined);
});

test('when every listed recipient has run out the export is refused before anything is written', async t => {
  const b = await bench(t);
  const hq = await headquarters();
  await b.calls['keys.trust']({ path: hq.rootFile(b.post), typed: hq.root.id }, b.context());
  const recipients = [{ key: (await ageKey()).recipient, until: '2020-01-01T00:00:00Z' }];
  await b.calls['keys.trust']({ path: await hq.keyList(b.post, 1, { recipients }) }, b.context());
  const told = await failure(b.calls['export.write']({ site: b.site.id, to: b.stick }, b.context()));
  assert.equal(told.code, 'no-recipient');
  assert.match(told.says, /run out/);
  assert.deepEqual([readdirSync(b.stick), readdirSync(b.home.spool)], [[], []]);
});

test('without a key for the safe nothing is exported; the paper is shown once and kept nowhere', async t => {
  const b = await bench(t, { breakGlass: null });
  const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z');
  const write = () => b.calls['export.write']({ site: b.site.id, to: b.stick }, b.context());
  assert.equal((await failure(write())).code, 'no-break-glass');
  assert.deepEqual(readdirSync(b.stick), []);
  const paper = await b.calls['breakglass.make']({ site: b.site.id }, b.context());
  assert.match(paper.identity, /^AGE-SECRET-KEY-1/);
  assert.ok(paper.qr.length >= 21 && paper.qr.every(row => row.length === paper.qr.length));
  const written = await write();
  // The paper alone opens the bag, typed with spaces and in small letters, on a laptop that knows nothing else.
  const second = await bench(t);
  const typed = (paper.identity.toLowerCase().match(/.{1,8}/g) ?? []).join(' ');
  const to = join(second.folder, 'opened');
  const opened = await second.calls['bag.open'](
    { path: written.path, identity: typed, to },
    second.context(),
  );
  assert.ok(opened.files.some(file => file.sha256 === snapshot.sha256));
  assert.match(readFileSync(join(to, 'config/server-tokens.json'), 'utf8'), new RegExp(token.slice(-20)));
  const secret = Buffer.from(paper.identity);
  for (const file of readdirSync(b.home.folder, { recursive: true, withFileTypes: true }))
    if (file.isFile())
      assert.equal(readFileSync(join(file.parentPath, file.name)).includes(secret), false, file.name);
  const told = await failure(b.calls['breakglass.make']({ site: b.site.id }, b.context()));
  assert.deepEqual([told.code, told.facts?.['typed']], ['consent-needed', b.site.name]);
  const fresh = await b.calls['breakglass.make']({ site: b.site.id, typed: b.site.name }, b.context());
  assert.notEqual(fresh.recipient, paper.recipient);
});

test('the drill opens the bag with the paper, proves what is in it, leaves nothing, and ends the banner', async t => {
  const asked: string[] = [];
  let verdict: SnapshotProof['verdict'] = 'cluster-restorable';
  const b = await bench(t, {
    breakGlass: null,
    prove: ({ path, token: with_, sha256 }) => {
      asked.push(`${readFileSync(path).length} ${with_} ${sha256}`);
      return Promise.resolve({ verdict, says: 'It restores.' } as SnapshotProof);
    },
  });
  const paper = await b.calls['breakglass.make']({ site: b.site.id }, b.context());
  const empty = await b.calls['export.write']({ site: b.site.id, to: b.stick }, b.context());
  const ask = { site: b.site.id, bag: empty.path, identity: paper.identity };
  const without = await failure((async () => b.calls['breakglass.drill'](ask, b.context()))());
  assert.equal(without.code, 'check-failed', 'a bag without a snapshot shows nothing');
  const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z');
  const { identity } = paper;
  const { path: bag } = await b.calls['export.write']({ site: b.site.id, to: b.stick }, b.context());
  const plan = () => b.calls['export.plan']({ site: b.site.id, to: b.stick }, b.context());
  const banner = /Nobody has tried the paper/;
  assert.ok((await plan()).warnings.some(each => banner.test(each)));
  const drill = (typed: string) =>
    b.calls['breakglass.drill']({ site: b.site.id, bag, identity: typed }, b.context());
  assert.equal((await failure(drill((await ageKey()).identity.reveal()))).code, 'check-failed');
  assert.equal(
    (await failure(drill(identity.slice(0, -1) + (identity.endsWith('X') ? 'Y' : 'X')))).code,
    'bad-ask',
  );
  verdict = 'not-restorable';
  assert.equal((await failure(drill(identity))).code, 'check-failed');
  assert.ok(
    (await plan()).warnings.some(each => banner.test(each)),
    'a failed drill does not count',
  );
  verdict = 'cluster-restorable';
  assert.equal((await drill(identity)).snapshot, snapshot.name);
  assert.equal(asked.at(-1), `${snapshot.bytes} ${token} ${snapshot.sha256}`);
  assert.ok(!(await plan()).warnings.some(each => banner.test(each)));
  assert.deepEqual(readdirSync(join(b.home.folder, 'scratch')), []);
});
