import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FieldError } from '../../../preload/contract/failure.ts';
import { publicKey, publicKeyText, signature, signatureHolds } from '../../../main/core/minisign.ts';
import { receiptIn } from '../../../main/core/supply/receipt.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { holdExclusive } from '../../../main/store/exclusive.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';
import { bagSite, hqBench, onlyBag, secretKeyText } from '../../support/hq-bags.ts';
import { minisignKey } from '../../support/minisign-key.ts';
import { needs } from '../../support/needs.ts';
import { zip } from '../../support/zip.ts';

const halley = await bagSite('Halley VI');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const entries = (at: string): string[] =>
  (existsSync(at) ? readdirSync(at, { recursive: true }) : []).map(String).sort();

test('a bag of an enrolled laptop is opened, its snapshot proven, and a signed receipt lies in the archive and on the stick', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const id = randomUUID();
  const metrics = '# TYPE up gauge\nup 1 1770000000\n# EOF\n';
  const made = await hq.bag({
    site: halley,
    snapshots: { [`${id}.db`]: halley.snapshot },
    more: { 'metrics/day.om': metrics },
  });
  const all = await hq.receive([made.path]);
  const bag = onlyBag(all);
  assert.deepEqual(
    [bag.is, bag.late, bag.verdict, all.received, all.refused],
    ['received', false, 'received', 1, 0],
    bag.says,
  );
  const place = join(hq.archive, 'sites', halley.id, `000001-${made.exportId}`);
  assert.equal(bag.unpacked, place);
  assert.deepEqual(readFileSync(join(place, `snapshots/${id}.db`)), halley.snapshot);
  assert.equal(readFileSync(join(place, 'metrics/day.om'), 'utf8'), metrics);
  assert.equal(statSync(join(place, 'config/server-tokens.json')).mode & 0o777, 0o600);
  const text = readFileSync(bag.receipt ?? '', 'utf8');
  const receipt = receiptIn(text, 'test');
  assert.deepEqual(
    [
      receipt.site,
      receipt.export,
      receipt.tagmanifestSha256,
      receipt.laptopKey,
      receipt.counter,
      receipt.verdict,
    ],
    [halley.id, made.exportId, made.tagmanifestSha256, hq.laptop.id, 1, 'received'],
  );
  assert.deepEqual(
    receipt.snapshots.map(each => [each.id, each.sha256, each.is]),
    [[id, sha256(halley.snapshot), 'restorable']],
  );
  const onStick = join(hq.stick, `coldstart-from-hq/receipts/receipt-${made.exportId}.json`);
  assert.equal(bag.receiptOnStick, onStick);
  assert.equal(readFileSync(onStick, 'utf8'), text);
  const made2 = signature(readFileSync(`${onStick}.minisig`, 'utf8'));
  const key = publicKey(readFileSync(hq.at.receiptPub, 'utf8'));
  assert.ok(made2 && key && (await signatureHolds(Buffer.from(text), made2, key)));
  assert.deepEqual(
    readdirSync(hq.archive)
      .filter(name => !name.startsWith('hq.db') && !name.startsWith('lock.db'))
      .sort(),
    ['incoming', 'opening', 'receipts', 'sites'].filter(name => existsSync(join(hq.archive, name))).sort(),
  );
  assert.deepEqual([...entries(join(hq.archive, 'incoming')), ...entries(join(hq.archive, 'opening'))], []);
});

test(
  'what is accepted here, sha256sum, minisign and age accept as well, and minisign accepts the receipt',
  needs('age', 'minisign'),
  async t => {
    const base = folder(t);
    const hq = await hqBench(base);
    await hq.enroll();
    const made = await hq.bag({ site: halley });
    const bag = onlyBag(await hq.receive([made.path]));
    assert.equal(bag.is, 'received', bag.says);
    const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: made.path });
    for (const name of ['manifest-sha256.txt', 'tagmanifest-sha256.txt'])
      run('sha256sum', '-c', '--strict', name);
    run('minisign', '-V', '-p', hq.at.laptopPub, '-m', 'tagmanifest-sha256.txt');
    const plain = run('age', '-d', '-i', hq.at.identity, 'data/inventory/inventory.json.age');
    assert.deepEqual(plain, readFileSync(join(bag.unpacked ?? '', 'inventory/inventory.json')));
    run('minisign', '-V', '-p', hq.at.receiptPub, '-m', bag.receipt ?? '');
    // A receipt key made by minisign itself.
    const other = join(base, 'made');
    execFileSync('minisign', ['-G', '-W', '-p', `${other}.pub`, '-s', `${other}.key`]);
    const again = await hq.calls['hq.receive'](
      { bags: [made.path], identity: hq.at.identity, signKey: `${other}.key`, to: hq.archive },
      hq.context(),
    );
    assert.equal(onlyBag(again).is, 'again');
    run('minisign', '-V', '-p', `${other}.pub`, '-m', bag.receipt ?? '');
    run('minisign', '-V', '-p', `${other}.pub`, '-m', bag.receiptOnStick ?? '');
  },
);

test('the same bag again gets the same receipt, byte for byte, and nothing is unpacked twice', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const made = await hq.bag({ site: halley });
  const first = onlyBag(await hq.receive([made.path]));
  const receipt = readFileSync(first.receipt ?? '');
  const signed = readFileSync(`${first.receipt}.minisig`);
  const marker = join(first.unpacked ?? '', 'left-by-hand');
  writeFileSync(marker, 'x');
  rmSync(first.receipt ?? '');
  rmSync(join(hq.stick, 'coldstart-from-hq'), { recursive: true });
  const second = onlyBag(await hq.receive([made.path]));
  assert.deepEqual([second.is, second.verdict, second.receipt], ['again', 'received', first.receipt]);
  assert.deepEqual(readFileSync(first.receipt ?? ''), receipt);
  assert.deepEqual(readFileSync(`${second.receiptOnStick}.minisig`), signed);
  assert.ok(existsSync(marker));
  assert.deepEqual(readdirSync(join(hq.archive, 'sites', halley.id)), [`000001-${made.exportId}`]);
});

test('two couriers with the same bag: one is received, the other known; where one copy is damaged the other counts', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const made = await hq.bag({ site: halley });
  const [a, b] = ['a', 'b'].map(name => join(hq.stick, name));
  cpSync(made.path, a ?? '', { recursive: true });
  cpSync(made.path, b ?? '', { recursive: true });
  const file = join(a ?? '', 'data/inventory/inventory.json.age');
  const bytes = readFileSync(file);
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  const { bags } = await hq.receive([a ?? '', b ?? '', made.path]);
  assert.deepEqual(
    bags.map(each => each.is),
    ['refused', 'received', 'again'],
  );
  assert.equal(bags[0]?.code, 'damaged');
});

test('the same export with other content is refused, and what was received stays', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const made = await hq.bag({ site: halley });
  await hq.receive([made.path]);
  const before = entries(join(hq.archive, 'sites'));
  const other = await hq.bag({ site: halley, exportId: made.exportId, counter: 2 });
  const bag = onlyBag(await hq.receive([other.path]));
  assert.deepEqual([bag.is, bag.code], ['refused', 'refused']);
  assert.match(bag.says, /was received on .* with other content/);
  assert.deepEqual(entries(join(hq.archive, 'sites')), before);
});

test('of two contents under one export id, received side by side, one counts and the other leaves nothing', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const exportId = randomUUID();
  const one = await hq.bag({ site: halley, exportId, counter: 1 });
  const two = await hq.bag({ site: halley, exportId, counter: 2 });
  const { bags } = await hq.receive([two.path, one.path]);
  assert.deepEqual(
    bags.map(each => each.is),
    ['refused', 'received'],
  );
  assert.deepEqual(readdirSync(join(hq.archive, 'sites', halley.id)), [`000001-${exportId}`]);
  assert.deepEqual(entries(join(hq.archive, 'opening')), []);
});

test('a bag that comes after a later one is late; bags that come together are not', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const bags = [];
  for (const counter of [1, 2, 3, 4]) bags.push(await hq.bag({ site: halley, counter }));
  const [first, second, third, fourth] = bags.map(each => each.path);
  const together = await hq.receive([fourth ?? '', second ?? '']);
  assert.deepEqual(
    together.bags.map(each => [each.counter, each.late]),
    [
      [4, false],
      [2, false],
    ],
  );
  const after = await hq.receive([third ?? '']);
  assert.deepEqual([onlyBag(after).is, onlyBag(after).late], ['received', true]);
  const { sites } = await hq.status();
  assert.deepEqual(
    sites.map(each => each.missing),
    [[{ laptopKey: hq.laptop.id, counter: 1 }]],
  );
  await hq.receive([first ?? '']);
  assert.deepEqual((await hq.status()).sites[0]?.missing, []);
});

test('a snapshot that does not restore is told and frees nothing; the rest of the bag is kept', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const torn = Buffer.from(halley.snapshot);
  torn[9000] = (torn[9000] ?? 0) ^ 1;
  const [good, bad] = [randomUUID(), randomUUID()];
  const made = await hq.bag({
    site: halley,
    snapshots: { [`${good}.db`]: halley.snapshot, [`${bad}.db`]: torn },
  });
  const bag = onlyBag(await hq.receive([made.path]));
  assert.deepEqual([bag.is, bag.verdict], ['not-restorable', 'not-restorable']);
  assert.match(bag.says, /^Received, not restorable: 1 of 2 snapshots failed/);
  const receipt = receiptIn(readFileSync(bag.receipt ?? '', 'utf8'), 'test');
  assert.equal(receipt.verdict, 'not-restorable');
  assert.deepEqual(Object.fromEntries(receipt.snapshots.map(each => [each.id, each.is])), {
    [good]: 'restorable',
    [bad]: 'not-restorable',
  });
  assert.ok(existsSync(join(bag.unpacked ?? '', `snapshots/${bad}.db`)));
  assert.equal((await hq.status()).sites[0]?.newestRestorable?.id, good);
});

test('without its server token a snapshot does not count as restorable', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const bag = onlyBag(await hq.receive([(await hq.bag({ site: halley, withoutToken: true })).path]));
  assert.equal(bag.is, 'not-restorable');
});

test('a snapshot of another site, packed into this one’s bag, does not count', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const rothera = await bagSite('Rothera');
  const made = await hq.bag({ site: { ...halley, snapshot: rothera.snapshot } });
  assert.equal(onlyBag(await hq.receive([made.path])).is, 'not-restorable');
});

test('a packed snapshot is proven as well, and a bag without any is received', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const packed = await hq.bag({
    site: halley,
    snapshots: { [`${randomUUID()}.zip`]: zip({ name: 'on-demand-cp1', bytes: halley.snapshot }) },
  });
  const none = await hq.bag({ site: halley, counter: 2, snapshots: {} });
  const { bags } = await hq.receive([packed.path, none.path]);
  assert.deepEqual(
    bags.map(each => each.is),
    ['received', 'received'],
    bags.map(each => each.says).join(' '),
  );
  assert.match(bags[1]?.says ?? '', /carries no snapshot/);
});

test('a bag that nobody signed, or a laptop nobody enrolled, is put aside sealed; once enrolled it is received from there', async t => {
  const hq = await hqBench(folder(t));
  const unsigned = await hq.bag({ site: halley, signer: undefined, laptop: hq.laptop.id, name: 'unsigned' });
  const made = await hq.bag({ site: halley });
  const { bags } = await hq.receive([unsigned.path, made.path]);
  assert.deepEqual(
    bags.map(each => [each.is, each.receipt, each.unpacked]),
    [
      ['quarantined', undefined, undefined],
      ['quarantined', undefined, undefined],
    ],
  );
  assert.match(bags[1]?.says ?? '', new RegExp(hq.laptop.id));
  const { quarantined } = await hq.status();
  assert.deepEqual(
    quarantined.map(each => each.split('/').at(-1) ?? ''),
    [
      `${made.path.split('/').at(-1)}-${made.tagmanifestSha256.slice(0, 8)}`,
      `unsigned-${unsigned.tagmanifestSha256.slice(0, 8)}`,
    ],
  );
  const aside = quarantined.find(each => !each.includes('unsigned')) ?? '';
  assert.deepEqual(entries(aside), entries(made.path));
  assert.equal(existsSync(join(hq.archive, 'sites')), false);
  // Once more changes nothing, also from where it was put.
  assert.equal(onlyBag(await hq.receive([made.path])).is, 'quarantined');
  assert.equal(onlyBag(await hq.receive([aside])).is, 'quarantined');
  assert.equal((await hq.status()).quarantined.length, 2);
  await hq.enroll();
  const bag = onlyBag(await hq.receive([aside]));
  assert.deepEqual([bag.is, bag.receiptOnStick], ['received', undefined], bag.says);
  assert.equal((await hq.status()).quarantined.length, 1);
});

test('a laptop whose key ran out is not believed any more', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll('Laptop 1', '2026-01-01');
  const made = await hq.bag({ site: halley });
  const bag = onlyBag(await hq.receive([made.path]));
  assert.equal(bag.is, 'quarantined');
  assert.match(bag.says, /good no longer since 2026-01-01/);
  await hq.enroll('Laptop 1');
  assert.equal(onlyBag(await hq.receive([made.path])).is, 'received');
});

test('a signature of an enrolled key that does not hold is refused, not put aside', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const [made, other] = [await hq.bag({ site: halley }), await hq.bag({ site: halley, counter: 2 })];
  cpSync(
    join(other.path, 'tagmanifest-sha256.txt.minisig'),
    join(made.path, 'tagmanifest-sha256.txt.minisig'),
  );
  const bag = onlyBag(await hq.receive([made.path]));
  assert.deepEqual([bag.is, bag.code], ['refused', 'bad-signature']);
  assert.deepEqual((await hq.status()).quarantined, []);
});

test('a key that carries an enrolled id but is another key does not pass', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const forger = { ...(await minisignKey()).secret, id: hq.laptop.id };
  const bag = onlyBag(await hq.receive([(await hq.bag({ site: halley, signer: forger })).path]));
  assert.deepEqual([bag.is, bag.code], ['refused', 'bad-signature']);
});

test('a bag that names another laptop than signed it is refused', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const made = await hq.bag({ site: halley, laptop: 'ABCDEF0123456789' });
  const bag = onlyBag(await hq.receive([made.path]));
  assert.deepEqual([bag.is, bag.code], ['refused', 'damaged']);
});

test('practice bags stay out of the real world, and real ones out of practice', async t => {
  const base = folder(t);
  const [real, practice] = [
    await hqBench(join(base, 'r')),
    await hqBench(join(base, 'p'), { world: 'practice' }),
  ];
  await real.enroll();
  await practice.enroll();
  const drill = await real.bag({ site: halley, world: 'practice' });
  const earnest = await practice.bag({ site: halley, world: 'real' });
  for (const [hq, made] of [
    [real, drill],
    [practice, earnest],
  ] as const) {
    const bag = onlyBag(await hq.receive([made.path]));
    assert.deepEqual([bag.is, bag.code], ['refused', 'practice-only']);
    assert.deepEqual((await hq.status()).quarantined, []);
  }
  const fine = onlyBag(
    await practice.receive([(await practice.bag({ site: halley, world: 'practice', counter: 2 })).path]),
  );
  assert.equal(fine.is, 'received', fine.says);
  assert.equal(receiptIn(readFileSync(fine.receipt ?? '', 'utf8'), '').world, 'practice');
  const mixed = { bags: [], identity: real.at.identity, signKey: real.at.signKey, to: practice.archive };
  await failing('practice-only', () => real.calls['hq.receive'](mixed, real.context()));
});

test('a stick that takes no receipt is no reason to refuse the bag, and a link on it is not followed', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const made = await hq.bag({ site: halley });
  const elsewhere = join(hq.stick, '..', 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(hq.stick, 'coldstart-from-hq'));
  const bag = onlyBag(await hq.receive([made.path]));
  assert.deepEqual([bag.is, bag.receiptOnStick], ['received', undefined]);
  assert.deepEqual(readdirSync(elsewhere), []);
  assert.ok(existsSync(bag.receipt ?? ''));
});

test('two receivings of one archive at once: the second is told to wait', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const made = await hq.bag({ site: halley });
  const held = holdExclusive(join(hq.archive, 'lock.db'));
  assert.ok(held);
  await failing('held-elsewhere', () => hq.receive([made.path]));
  await hq.status();
  held.close();
  assert.equal(onlyBag(await hq.receive([made.path])).is, 'received');
});

test('an archive whose index was lost keeps what it held', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const made = await hq.bag({ site: halley });
  const first = onlyBag(await hq.receive([made.path]));
  for (const name of readdirSync(hq.archive).filter(each => each.startsWith('hq.db')))
    rmSync(join(hq.archive, name));
  await hq.enroll();
  assert.equal(onlyBag(await hq.receive([made.path])).is, 'received');
  const names = readdirSync(join(hq.archive, 'sites', halley.id));
  assert.equal(names.length, 2);
  assert.ok(names.includes(`000001-${made.exportId}`) && existsSync(first.unpacked ?? ''));
});

test('what stands in the way is named before anything is read: keys that are none, or are locked', async t => {
  const hq = await hqBench(folder(t));
  const made = await hq.bag({ site: halley });
  const ask = { bags: [made.path], identity: hq.at.identity, signKey: hq.at.signKey, to: hq.archive };
  const locked = join(hq.stick, 'locked.key');
  writeFileSync(locked, secretKeyText(hq.receiptKey, true));
  const told = await failing('bad-ask', () =>
    hq.calls['hq.receive']({ ...ask, signKey: locked }, hq.context()),
  );
  assert.match(`${told.says} ${told.next}`, /password.*minisign -G -W/);
  const typo = join(hq.stick, 'typo.txt');
  writeFileSync(
    typo,
    hq.identity.reveal().replace(/.$/, last => (last === 'Q' ? 'P' : 'Q')),
  );
  const wrong = await failing('bad-ask', () =>
    hq.calls['hq.receive']({ ...ask, identity: typo }, hq.context()),
  );
  assert.doesNotMatch(JSON.stringify(wrong), /AGE-SECRET-KEY-1[0-9A-Z]/);
  await failing('bad-ask', () => hq.calls['hq.receive']({ ...ask, signKey: hq.at.laptopPub }, hq.context()));
  await failing('no-such-thing', () =>
    hq.calls['hq.receive']({ ...ask, identity: '/nowhere/key' }, hq.context()),
  );
  assert.equal(existsSync(hq.archive), false);
});

test('many bags of several laptops and sites, three at once: one bad one stops none', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const rothera = await bagSite('Rothera');
  const paths: string[] = [];
  for (let counter = 1; counter <= 6; counter += 1)
    paths.push((await hq.bag({ site: counter % 2 ? halley : rothera, counter })).path);
  const broken = await hq.bag({ site: halley, counter: 7 });
  rmSync(join(broken.path, 'data/config'), { recursive: true });
  const all = await hq.receive([...paths.slice(0, 3), broken.path, ...paths.slice(3)], { atOnce: 3 });
  assert.deepEqual([all.received, all.refused], [6, 1]);
  assert.deepEqual(
    all.bags.map(each => each.bag),
    [...paths.slice(0, 3), broken.path, ...paths.slice(3)],
  );
  const { sites } = await hq.status();
  assert.deepEqual(
    sites.map(each => [each.name, each.exports]),
    [
      ['Halley VI', 3],
      ['Rothera', 3],
    ],
  );
  const done = hq.told.map(each => each.done);
  assert.deepEqual(
    done,
    done.toSorted((a, b) => a - b),
  );
});

test('stopped, it says so, and the archive is as tidy as before', async t => {
  const stop = new AbortController();
  const hq = await hqBench(folder(t), {
    work: { unseal: () => (stop.abort(), Promise.reject(stop.signal.reason)) },
  });
  await hq.enroll();
  const made = await hq.bag({ site: halley });
  await failing('cancelled', () => hq.receive([made.path], { signal: stop.signal }));
  for (const name of ['incoming', 'opening', 'sites']) assert.deepEqual(entries(join(hq.archive, name)), []);
});

test('a stick that can only be read: the bag is received, and its receipt lies in the archive alone', async t => {
  const base = folder(t);
  const real = localFiles();
  const hq = await hqBench(base, {
    files: {
      makeFolder: path =>
        path.startsWith(join(base, 'stick'))
          ? Promise.reject(new FieldError({ code: 'not-writable', says: 'The stick can only be read.' }))
          : real.makeFolder(path),
    },
  });
  await hq.enroll();
  const bag = onlyBag(await hq.receive([(await hq.bag({ site: halley })).path]));
  assert.deepEqual([bag.is, bag.receiptOnStick], ['received', undefined]);
});

test('only a minisign public key with a name is enrolled, and an id never changes its key', async t => {
  const hq = await hqBench(folder(t));
  const other = await minisignKey();
  const file = join(hq.stick, 'key');
  const enroll = (until?: string) =>
    hq.calls['hq.enroll'](
      { at: hq.archive, key: file, name: 'Bob', ...(until === undefined ? {} : { until }) },
      hq.context(),
    );
  writeFileSync(file, secretKeyText(other.secret));
  const told = await failing('bad-ask', () => enroll());
  assert.match(told.next ?? '', /keys make --out/);
  writeFileSync(file, other.pub);
  await failing('bad-ask', () => enroll('some day'));
  assert.equal(existsSync(hq.archive), false);
  await hq.enroll('Anna');
  writeFileSync(file, publicKeyText({ id: hq.laptop.id, bytes: other.secret.bytes }));
  assert.match((await failing('refused', () => enroll())).says, /is enrolled already, for Anna/);
  const again = await hq.enroll('Anna B.', '2030-01-01');
  assert.deepEqual((await hq.status()).laptops, [again]);
});
