import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type {
  Bundle,
  Export,
  Progress,
  ReadBack,
  SiteNode,
  Snapshot,
} from '../../../preload/contract/domain.ts';
import { failureOf, FieldError } from '../../../preload/contract/failure.ts';
import type { ExportId, NodeId, SiteId, SnapshotId } from '../../../preload/contract/ids.ts';
import type { ProofPartName, SnapshotProof } from '../../../preload/contract/snapshots/proof.ts';
import { Secret } from '../../../main/core/secret.ts';
import { fullToken, tokenHash } from '../../../main/core/server-token.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { work } from '../../../main/machine/work.ts';
import { catalogueService } from '../../../main/services/snapshots/catalogue.ts';
import { configurationsKept } from '../../../main/services/snapshots/proof-ground.ts';
import { proveService } from '../../../main/services/snapshots/prove.ts';
import { audited } from '../../../main/store/audit.ts';
import { exports, recordExport, recordReceipt } from '../../../main/store/exports.ts';
import type { PrunedCopies } from '../../../preload/contract/snapshots/proof.ts';
import { addNode, learnNode } from '../../../main/store/nodes.ts';
import { openStore } from '../../../main/store/open.ts';
import { recordListing } from '../../../main/store/proofs.ts';
import { addSite } from '../../../main/store/sites.ts';
import { recordCheck, recordSnapshot, snapshots } from '../../../main/store/snapshots.ts';
import { folder } from '../../support/folder.ts';
import { k3sSnapshot, newPassword, testCa } from '../../support/k3s-content.ts';

const [caA, caB] = [await testCa('a'), await testCa('b')];
const hashOf = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const password = newPassword();
const good = k3sSnapshot({ password, ca: caA, secretKey: randomBytes(32) });
const siteA = '0a1b2c3d-0000-4000-8000-00000000000a' as SiteId;
const siteB = '0a1b2c3d-0000-4000-8000-00000000000b' as SiteId;
const node = '0a1b2c3d-0000-4000-8000-000000000001' as NodeId;
const savedAt = new Date(Date.now() - 3600_000).toISOString();

interface BenchOptions {
  readonly k3sVersion?: string;
  readonly tokens?: Readonly<Partial<Record<SiteId, readonly string[]>>>;
  readonly locked?: boolean;
}

/** Two sites, one node and their snapshots on a real store and real files; the vault is kept in memory. */
function bench(t: TestContext, options: BenchOptions = {}) {
  const home = folder(t);
  const store = openStore(join(home, 'coldstart.db'));
  t.after(() => store.close());
  const { tokens = { [siteA]: [fullToken(hashOf(caA), password)] }, k3sVersion = 'v1.33.5+k3s1' } = options;
  const site = (id: SiteId, name: string) => ({
    id,
    name,
    practice: false,
    createdAt: savedAt,
    recipients: [],
  });
  const known: SiteNode = {
    id: node,
    site: siteA,
    name: 'cp1',
    address: '10.0.0.1',
    port: 22,
    user: 'anna',
    login: { is: 'auto' },
    practice: false,
    addedAt: savedAt,
    over: 'ssh',
    k3sVersion,
  };
  store.write(db => {
    addSite(db, site(siteA, 'Halley'));
    addSite(db, site(siteB, 'Rothera'));
    addNode(db, known);
    learnNode(db, node, { k3sVersion });
  });
  const deps = {
    store,
    clock: systemClock,
    files: localFiles(),
    work: work(),
    nodes: {
      get: () => known,
      ofSite: () => [known],
      history: (owner: SiteId | NodeId) => {
        if (options.locked === true)
          throw new FieldError({ code: 'vault-locked', says: 'The vault is locked.' });
        return (tokens[owner as SiteId] ?? []).map(text => ({
          madeAt: savedAt,
          note: '',
          secret: new Secret(text),
        }));
      },
    },
    bundles: { all: (): readonly Bundle[] => [], archives: () => [] },
    supplyRunDays: () => 7,
    home: { folder: home, runs: join(home, 'runs') },
  };
  const { calls: prove, proofs } = proveService(deps);
  const { calls: catalogue } = catalogueService({ ...deps, proofs, home });
  const told: Progress[] = [];
  const context = {
    signal: new AbortController().signal,
    progress: (each: Progress) => void told.push(each),
  };
  const add = (bytes: Uint8Array, reference = hashOf(bytes), more: Partial<Snapshot> = {}): Snapshot => {
    const id = randomUUID() as SnapshotId;
    mkdirSync(join(home, 'snapshots'), { recursive: true });
    const path = join(home, 'snapshots', id);
    writeFileSync(path, bytes);
    const name = `on-demand-cp1-17675712${store.read(db => snapshots(db)).length}0`;
    const copy: Snapshot = {
      id,
      site: siteA,
      node,
      nodeName: 'cp1',
      name,
      bytes: bytes.length,
      sha256: reference,
      savedAt,
      pulledAt: savedAt,
      k3sVersion: 'v1.33.5+k3s1',
      tokenHash: tokenHash(new Secret(password)),
      check: { at: savedAt, trailer: 'holds', reference: 'equal', intact: true, says: '' },
      path,
      practice: false,
      ...more,
    };
    store.write(db => recordSnapshot(db, copy));
    return copy;
  };
  const proveKept = async (copy: Snapshot, more: object = {}): Promise<SnapshotProof> =>
    prove['snapshot.prove']({ of: { is: 'kept', snapshot: copy.id }, ...more }, context);
  const proveFile = async (path: string, more: object = {}): Promise<SnapshotProof> =>
    prove['snapshot.prove']({ of: { is: 'file', path }, ...more }, context);
  return { home, deps, store, calls: { ...prove, ...catalogue }, context, told, add, proveKept, proveFile };
}

const standing = (proof: SnapshotProof, name: ProofPartName): string =>
  proof.parts.find(each => each.part === name)?.is ?? 'absent';
const says = (proof: SnapshotProof, name: ProofPartName): string =>
  proof.parts.find(each => each.part === name)?.says ?? 'absent';

test('a snapshot of this laptop is proven with the tokens of the vault, and the proof is kept', async t => {
  const b = bench(t);
  const copy = b.add(good);
  const proof = await b.proveKept(copy);
  assert.equal(proof.verdict, 'cluster-restorable', proof.says);
  assert.deepEqual([proof.site, proof.siteName, proof.caHash], [siteA, 'Halley', hashOf(caA)]);
  assert.deepEqual([proof.k3sVersion, proof.arch, proof.sha256], ['v1.33.5+k3s1', 'amd64', hashOf(good)]);
  assert.equal(proof.parts.length, 17);
  assert.ok(proof.missing.length > 0 && proof.secrets.length > 0 && proof.nodes.length === 1);
  const [kept] = await b.calls['snapshot.proofs']({}, b.context);
  assert.deepEqual([kept?.proof, kept?.stale], [proof, undefined]);
  assert.deepEqual(await b.calls['snapshot.proofs']({ site: siteB }, b.context), []);
  const everything = readdirSync(b.home).filter(name => name.startsWith('coldstart.db'));
  for (const name of everything) assert.ok(!readFileSync(join(b.home, name)).includes(password), name);
});

test('a proof says nothing any more once the file was written to, and nothing after it is gone', async t => {
  const b = bench(t);
  const copy = b.add(good);
  await b.proveKept(copy);
  const stale = async (): Promise<string | undefined> =>
    (await b.calls['snapshot.proofs']({}, b.context))[0]?.stale;
  utimesSync(copy.path, new Date(), new Date(Date.now() - 5000));
  assert.match((await stale()) ?? '', /changed since/);
  await b.proveKept(copy);
  assert.equal(await stale(), undefined);
  rmSync(copy.path);
  assert.match((await stale()) ?? '', /gone/);
});

test('a copy that was found rotten after its proof is no longer called proven', async t => {
  const b = bench(t);
  const copy = b.add(good);
  await b.proveKept(copy);
  const at = new Date(Date.now() + 1000).toISOString();
  const check = {
    at,
    trailer: 'broken',
    reference: 'different',
    intact: false,
    says: 'It differs.',
  } as const;
  b.store.write(db => recordCheck(db, copy.id, check));
  const [entry] = await b.calls['snapshot.catalogue']({}, b.context);
  assert.match(entry?.proof?.stale ?? '', /found to be damaged/);
  assert.deepEqual([entry?.copies[0]?.is, entry?.isLastProven], ['seen', false]);
});

test('without the token nothing is proven, and a locked vault is asked for only when it is needed', async t => {
  const none = bench(t, { tokens: { [siteB]: ['another-token'] } });
  const proof = await none.proveKept(none.add(good));
  assert.deepEqual([proof.verdict, standing(proof, 'token')], ['not-proven', 'not-checked']);
  assert.match(proof.says, /^Not proven: server token/);
  const locked = bench(t, { locked: true });
  const copy = locked.add(good);
  const refusal = await locked.proveKept(copy).catch((thrown: unknown) => failureOf(thrown));
  assert.ok('code' in refusal && refusal.code === 'vault-locked');
  assert.equal((await locked.proveKept(copy, { token: password })).verdict, 'cluster-restorable');
});

test('a token that was given and is not the one fails the proof', async t => {
  const b = bench(t);
  const proof = await b.proveKept(b.add(good), { token: 'not-the-token' });
  assert.deepEqual([proof.verdict, standing(proof, 'token')], ['not-restorable', 'failed']);
  assert.match(says(proof, 'token'), /another server token/);
});

test('a snapshot of another site is never taken for one of this', async t => {
  const tokens = { [siteA]: [password], [siteB]: [fullToken(hashOf(caB), password)] };
  const b = bench(t, { tokens });
  const strange = b.add(k3sSnapshot({ password, ca: caB, secretKey: randomBytes(32) }));
  const proof = await b.proveKept(strange);
  assert.deepEqual([proof.verdict, standing(proof, 'site')], ['not-restorable', 'failed']);
  assert.match(says(proof, 'site'), /of the site “Rothera”, not of “Halley”/);
  // The token names another CA than the one inside, with the same password.
  const given = await b.proveKept(b.add(good), { token: fullToken(hashOf(caB), password) });
  assert.deepEqual([given.verdict, standing(given, 'site')], ['not-restorable', 'failed']);
});

test('a file from elsewhere stays not proven until its recorded hash is given; a wrong one fails', async t => {
  const b = bench(t);
  const path = join(b.home, 'etcd-snapshot-cp1-1767571200');
  writeFileSync(path, good);
  const loose = await b.proveFile(path);
  assert.deepEqual([loose.verdict, standing(loose, 'reference')], ['not-proven', 'not-checked']);
  assert.equal(loose.siteName, 'Halley', 'its CA tells the site');
  assert.equal(
    (await b.proveFile(path, { sha256: hashOf(good).toUpperCase() })).verdict,
    'cluster-restorable',
  );
  const wrong = await b.proveFile(path, { sha256: '0'.repeat(64) });
  assert.deepEqual([wrong.verdict, standing(wrong, 'reference')], ['not-restorable', 'failed']);
  await assert.rejects(b.proveFile(path, { sha256: 'abc' }), /64 digits/);
  assert.deepEqual(await b.calls['snapshot.proofs']({}, b.context), [], 'proofs of loose files are not kept');
});

test('the same bytes elsewhere are the snapshot of the catalogue', async t => {
  const b = bench(t);
  const copy = b.add(good);
  const path = join(b.home, 'from-a-stick');
  copyFileSync(copy.path, path);
  const proof = await b.proveFile(path);
  assert.equal(proof.verdict, 'cluster-restorable');
  assert.match(says(proof, 'reference'), /recorded on cp1 when it was pulled/);
  assert.match(says(proof, 'versions'), /cp1 runs the same/);
});

test('content that was changed and given a new trailer is found by the hash of the node', async t => {
  const b = bench(t);
  const image = Buffer.from(good.subarray(0, -32));
  const at = image.indexOf('coredns');
  image.write('coredn5', at);
  const forged = Buffer.concat([image, createHash('sha256').update(image).digest()]);
  const proof = await b.proveKept(b.add(forged, hashOf(good)));
  assert.equal(standing(proof, 'trailer'), 'passed');
  assert.deepEqual([proof.verdict, standing(proof, 'reference')], ['not-restorable', 'failed']);
});

test('a raw copy of the database is never intact, also with the right hash', async t => {
  const b = bench(t);
  const proof = await b.proveKept(b.add(good.subarray(0, -32)));
  assert.deepEqual([proof.verdict, standing(proof, 'trailer')], ['not-restorable', 'failed']);
  assert.notEqual(standing(proof, 'reference'), 'passed');
});

test('the node must run the same K3s: newer by one minor warns, more and older fail', async t => {
  for (const [k3sVersion, verdict, part] of [
    ['v1.33.5+k3s1', 'cluster-restorable', 'passed'],
    ['v1.34.1+k3s1', 'cluster-restorable', 'warning'],
    ['v1.35.0+k3s1', 'not-restorable', 'failed'],
    ['v1.32.9+k3s1', 'not-restorable', 'failed'],
  ] as const) {
    const b = bench(t, { k3sVersion });
    const proof = await b.proveKept(b.add(good));
    assert.deepEqual([proof.verdict, standing(proof, 'versions')], [verdict, part], k3sVersion);
  }
});

test('a file that is no snapshot has a proof too, and it is clear', async t => {
  const b = bench(t);
  const path = join(b.home, 'notes.txt');
  writeFileSync(path, 'some notes\n'.repeat(99));
  const proof = await b.proveFile(path);
  assert.equal(proof.verdict, 'not-restorable');
  assert.match(proof.says, /text file/);
  assert.deepEqual([proof.status, proof.missing, proof.parts.length], [undefined, [], 17]);
  const gone = await b.proveFile(join(b.home, 'nothing')).catch((thrown: unknown) => failureOf(thrown));
  assert.ok('code' in gone && gone.code !== 'bug', JSON.stringify(gone));
});

function exported(
  b: ReturnType<typeof bench>,
  copy: Snapshot,
  { complete = true, readBack = 'from-medium' }: { complete?: boolean; readBack?: ReadBack } = {},
): void {
  const check = { path: '/stick', complete, files: 1, bytes: 1, readBack, problems: [] };
  const each: Export = {
    id: randomUUID() as ExportId,
    site: siteA,
    at: new Date().toISOString(),
    path: '/stick/coldstart-bag',
    bytes: 1,
    files: 1,
    snapshots: [copy.id],
    manifestSha256: '0'.repeat(64),
    check,
    copies: [{ path: '/stick/coldstart-bag', on: 'SUPPLY', writtenAt: new Date().toISOString(), check }],
    state: 'written',
    practice: false,
  };
  b.store.write(db => recordExport(db, each));
}

/** Headquarters' receipt for the export that was written last. */
function confirmed(b: ReturnType<typeof bench>, copy: Snapshot): void {
  const [last] = b.store.read(db => exports(db));
  assert.ok(last);
  const at = '2026-02-01T00:00:00.000Z';
  b.store.write(db =>
    recordReceipt(db, {
      export: last.id,
      receivedAt: at,
      importedAt: at,
      key: 'A'.repeat(16),
      late: false,
      verdict: 'received',
      says: '',
      snapshots: [copy.id],
      text: '{}',
      signature: '',
    }),
  );
}

test('the catalogue knows every copy, and which is the last proven one', async t => {
  const b = bench(t);
  const copy = b.add(good);
  const entry = async () => (await b.calls['snapshot.catalogue']({}, b.context))[0];
  const where = async (): Promise<string> =>
    ((await entry())?.copies ?? []).map(each => `${each.where} ${each.is}`).join(', ');
  assert.equal(await where(), 'laptop seen, node seen, headquarters unknown');
  assert.equal((await entry())?.isLastProven, false);
  await b.proveKept(copy);
  assert.deepEqual([(await entry())?.isLastProven, (await entry())?.mayRemove], [true, false]);
  b.store.write(db => recordListing(db, node, { at: new Date().toISOString(), names: ['another'] }));
  assert.equal(await where(), 'laptop proven, node gone, headquarters unknown');
  exported(b, copy, { complete: false });
  assert.equal((await entry())?.mayRemove, false, 'a bag that was not complete is no copy');
  for (const readBack of ['re-read', 'medium-not-proven'] as const) {
    exported(b, copy, { readBack });
    assert.equal((await entry())?.mayRemove, false, 'a bag in a folder is no second copy');
  }
  exported(b, copy);
  assert.deepEqual(
    (await where())
      .split(', ')
      .filter(each => each.startsWith('stick'))
      .toSorted(),
    ['stick proven', 'stick seen', 'stick seen', 'stick seen'],
  );
  assert.deepEqual([(await entry())?.isLastProven, (await entry())?.mayRemove], [false, false]);
  assert.match((await entry())?.says ?? '', /until the receipt comes/);
  confirmed(b, copy);
  assert.match(await where(), /headquarters proven/);
  assert.deepEqual([(await entry())?.isLastProven, (await entry())?.mayRemove], [false, true]);
});

test('the last proven copy is not removed; with its name typed it is moved aside and told where', async t => {
  const b = bench(t);
  const copy = b.add(good);
  await b.proveKept(copy);
  const remove = async (typed?: string) =>
    b.calls['snapshot.remove']({ snapshot: copy.id, ...(typed === undefined ? {} : { typed }) }, b.context);
  for (const typed of [undefined, 'something else']) {
    const refusal = await remove(typed).catch((thrown: unknown) => failureOf(thrown));
    assert.ok('code' in refusal && refusal.code === 'no-proven-copy');
    assert.ok(existsSync(copy.path));
  }
  const { movedTo = '' } = await remove(copy.name);
  assert.ok(readFileSync(movedTo).equals(good));
  assert.ok(!existsSync(copy.path));
  assert.deepEqual(await b.calls['snapshot.catalogue']({}, b.context), []);
  assert.ok(b.store.read(audited).some(each => each.what === 'removed-snapshot'));
});

test('a copy that is proven on a stick stays until the receipt comes, and then may be removed', async t => {
  const b = bench(t);
  const copy = b.add(good);
  await b.proveKept(copy);
  exported(b, copy);
  const remove = async () => b.calls['snapshot.remove']({ snapshot: copy.id }, b.context);
  const refusal = await remove().catch((thrown: unknown) => failureOf(thrown));
  assert.ok('code' in refusal && refusal.code === 'no-proven-copy');
  confirmed(b, copy);
  assert.equal((await remove()).movedTo, undefined);
  assert.ok(!existsSync(copy.path));
});

test('pruning takes only what headquarters confirmed, and never the last three that are proven', async t => {
  const b = bench(t);
  const copies: Snapshot[] = [];
  for (const day of [1, 2, 3, 4, 5, 6]) {
    const copy = b.add(good, hashOf(good), {
      savedAt: `2026-01-0${day}T00:00:00.000Z`,
      name: `on-demand-cp-1-${day}`,
    });
    await b.proveKept(copy);
    exported(b, copy);
    // The second one is still on its way.
    if (day !== 2) confirmed(b, copy);
    copies.push(copy);
  }
  const prune = async (look: boolean) =>
    b.calls['snapshot.prune']({ site: siteA, ...(look ? { look } : {}) }, b.context);
  const names = ({ removed }: PrunedCopies): readonly string[] => removed.map(each => each.name);
  assert.deepEqual(names(await prune(true)), ['on-demand-cp-1-3', 'on-demand-cp-1-1']);
  assert.ok(
    copies.every(copy => existsSync(copy.path)),
    'looking changes nothing',
  );
  const done = await prune(false);
  assert.deepEqual(names(done), ['on-demand-cp-1-3', 'on-demand-cp-1-1']);
  assert.match(done.kept.find(each => each.name.endsWith('-2'))?.says ?? '', /until the receipt/);
  assert.deepEqual(
    copies.filter(copy => existsSync(copy.path)).map(copy => copy.name.slice(-1)),
    ['2', '4', '5', '6'],
  );
  assert.deepEqual(names(await prune(false)), []);
});

test('a configuration that came along with a snapshot counts as kept', async t => {
  const inside = [
    { name: 'cp1', role: 'server', addresses: [], k3sVersion: '', arch: '', osImage: '', kernel: '' },
    { name: 'cp2', role: 'server', addresses: [], k3sVersion: '', arch: '', osImage: '', kernel: '' },
  ] as const;
  const kept = (tokens: Record<string, readonly string[]>, locked = false) =>
    configurationsKept(bench(t, { tokens, locked }).deps, inside);
  assert.deepEqual(await kept({}), []);
  assert.deepEqual(await kept({ [node]: ['{}'] }), ['cp1']);
  assert.deepEqual(await kept({ [node]: ['{}'] }, true), []);
});
