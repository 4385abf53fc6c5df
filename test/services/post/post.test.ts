import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { failureOf } from '../../../preload/contract/failure.ts';
import { keyListsFolder, notesFolder } from '../../../main/core/supply/note.ts';
import { practiceKeys } from '../../../main/practice-keys.ts';
import { bundlesFolder } from '../../../main/core/supply/note.ts';
import { context } from '../../support/sites.ts';
import { folder } from '../../support/folder.ts';
import { headquarters } from '../../support/headquarters.ts';
import { practiceSite } from '../../support/practice-site.ts';

const signKey = join(import.meta.dirname, '../../../resources/practice/hq/practice-signing.key');
const practiceBundle = join(import.meta.dirname, '../../../resources/practice/bundle');

/** The practice world, in which headquarters' keys are public, with an empty stick. */
async function world(t: TestContext) {
  const site = await practiceSite(t);
  const app = await site.open();
  const stick = folder(t);
  const { calls } = app;
  return { calls, site: app.site, stick, take: async () => calls['post.take']({ from: stick }, context()) };
}

test('a note of headquarters is taken once, kept, and marked read', async t => {
  const { calls, site, stick, take } = await world(t);
  const ask = { to: stick, signKey, title: 'Diesel', text: 'The tanker comes on Thursday.', site };
  const sent = await calls['hq.note'](ask, context());
  assert.ok(existsSync(`${sent.path}.minisig`));
  const before = readdirSync(stick, { recursive: true });
  const { notes } = await take();
  assert.deepEqual([notes[0]?.is, notes[0]?.note?.text], ['new', 'The tanker comes on Thursday.']);
  assert.equal((await take()).notes[0]?.is, 'known');
  assert.deepEqual(readdirSync(stick, { recursive: true }), before, 'the stick is left as it is');
  const [kept] = await calls['post.notes']({ site }, context());
  assert.deepEqual([kept?.title, kept?.readAt], ['Diesel', undefined]);
  assert.ok((await calls['post.read']({ note: kept?.id ?? '' }, context())).readAt);
});

test('a changed note, one by a stranger and one of the other world are refused and not kept', async t => {
  const { calls, stick, take } = await world(t);
  const send = (title: string) =>
    calls['hq.note']({ to: stick, signKey, title, text: 'Wait for us.' }, context());
  const changed = (await send('changed')).path;
  writeFileSync(changed, readFileSync(changed, 'utf8').replace('Wait', 'Do not wait'));
  const real = (await send('real')).path;
  const text = readFileSync(real, 'utf8').replace('"practice"', '"real"');
  const { signed, secretKey } = await import('../../../main/core/minisign.ts');
  const practice = secretKey(readFileSync(signKey, 'utf8'));
  assert.ok(practice);
  writeFileSync(real, text);
  writeFileSync(`${real}.minisig`, await signed(Buffer.from(text), practice, 'coldstart note'));
  const stranger = await headquarters('practice');
  const theirs = (await send('theirs')).path;
  const body = readFileSync(theirs);
  writeFileSync(`${theirs}.minisig`, await signed(body, stranger.receipts, 'coldstart note'));
  writeFileSync(join(stick, notesFolder, 'note-00000000-0000-4000-8000-000000000000.json'), 'noise');
  const { notes } = await take();
  assert.deepEqual(
    notes.map(each => each.is),
    ['refused', 'refused', 'refused', 'refused'],
  );
  assert.deepEqual(await calls['post.notes']({}, context()), []);
});

test('a key list on the stick is shown with what it changes, and taken only by the technician', async t => {
  const { calls, stick, take } = await world(t);
  const hq = await headquarters('practice');
  mkdirSync(join(stick, keyListsFolder), { recursive: true });
  await hq.keyList(join(stick, keyListsFolder), 3);
  const unknown = (await take()).keyLists[0];
  assert.equal(unknown?.is, 'refused', practiceKeys().signer);
  await calls['keys.trust']({ path: hq.rootFile(stick), typed: hq.root.id }, context());
  const [seen] = (await take()).keyLists;
  assert.deepEqual([seen?.is, seen?.serial, seen?.changes.length], ['newer', 3, 1]);
  assert.equal((await calls['keys.show']({}, context())).list, undefined, 'looking takes nothing');
  await calls['keys.trust']({ path: seen?.path ?? '' }, context());
  assert.equal((await take()).keyLists[0]?.is, 'known');
});

test('a bundle goes to the site without the files its last inventory lists, and is complete there', async t => {
  const { calls, site, stick, take } = await world(t);
  const bundle = join(folder(t), 'v1-practice');
  cpSync(practiceBundle, bundle, { recursive: true });
  const whole = await calls['bundle.import']({ path: bundle }, context());
  const archive = folder(t);
  const sheet = join(archive, 'sites', site, '000001-x', 'inventory');
  mkdirSync(sheet, { recursive: true });
  const images = whole.files.find(each => each.name === 'k3s-airgap-images-amd64.tar.zst');
  assert.ok(images?.sha256);
  writeFileSync(join(sheet, 'inventory.json'), JSON.stringify({ bundles: [{ files: [images.sha256] }] }));
  const sent = await calls['hq.bundle']({ to: stick, bundle, at: archive, site }, context());
  assert.deepEqual([sent.leftOut, sent.leftOutBytes], [[images.name], images.bytes]);
  assert.ok(!existsSync(join(stick, bundlesFolder, 'v1-practice', images.name)));
  const [seen] = (await take()).bundles;
  assert.equal(seen?.name, 'v1-practice');
  const again = await calls['bundle.import']({ path: seen?.path ?? '' }, context());
  assert.deepEqual([again.id, again.complete], [whole.id, true]);
  // One file that is not what the manifest says: nothing that looks like a bundle stands on the stick.
  writeFileSync(join(bundle, 'install.sh'), 'something else');
  const second = folder(t);
  const refused = await (async () => calls['hq.bundle']({ to: second, bundle }, context()))().catch(
    (thrown: unknown) => failureOf(thrown),
  );
  assert.ok('code' in refused && refused.code === 'damaged');
  assert.ok(!existsSync(join(second, bundlesFolder, 'v1-practice', 'coldstart-bundle.txt')));
});
