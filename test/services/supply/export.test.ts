import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Failure } from '../../../preload/contract/failure.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { SnapshotProof } from '../../../preload/contract/snapshots/proof.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { work } from '../../../main/machine/work.ts';
import { openBag } from '../../../main/services/supply/open-bag.ts';
import { recordProof } from '../../../main/store/proofs.ts';
import { ageKey } from '../../support/age-key.ts';
import { needs } from '../../support/needs.ts';
import { snapshotBytes, supplyBench, token } from '../../support/supply.ts';
import type { BenchOptions, SupplyBench } from '../../support/supply.ts';

const signal = new AbortController().signal;
const opening = { files: localFiles(), work: work(), signal };

async function bench(t: TestContext, options: BenchOptions = {}) {
  const key = await ageKey();
  const made = supplyBench({ recipients: [key.recipient], ...options });
  t.after(() => made.close());
  made.keepToken();
  return { ...made, key };
}
const write = (b: SupplyBench, to = b.stick) => b.calls['export.write']({ site: b.site.id, to }, b.context());
const failure = async (work: unknown): Promise<Failure> => {
  try {
    await work;
  } catch (thrown) {
    return failureOf(thrown);
  }
  throw new Error('it did not fail');
};
const everything = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));

test(
  'an export is a bag that sha256sum and sha512sum accept, and only the key opens it',
  needs('age'),
  async t => {
    const b = await bench(t);
    const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z');
    const written = await write(b);
    assert.match(written.path, /\/stick\/coldstart-0a1b2c3d-\d{8}T\d{6}Z$/);
    assert.deepEqual(
      [written.check.complete, written.check.problems, written.snapshots],
      [true, [], [snapshot.id]],
    );
    for (const name of ['sha256', 'sha512']) {
      execFileSync(`${name}sum`, ['-c', '--strict', `manifest-${name}.txt`], { cwd: written.path });
      execFileSync(`${name}sum`, ['-c', '--strict', `tagmanifest-${name}.txt`], { cwd: written.path });
    }
    const files = everything(written.path);
    assert.equal(files.length, written.files);
    assert.equal(
      files.reduce((sum, file) => sum + statSync(file).size, 0),
      written.bytes,
    );
    writeFileSync(join(b.folder, 'key'), b.key.identity.reveal());
    const opened = execFileSync('age', [
      '-d',
      '-i',
      join(b.folder, 'key'),
      join(written.path, `data/snapshots/${snapshot.id}.db.age`),
    ]);
    assert.deepEqual(opened, readFileSync(snapshot.path));
    assert.deepEqual(readdirSync(b.home.spool), [written.id], 'kept for a second stick');
    assert.deepEqual(readdirSync(b.stick), [written.path.split('/').at(-1)]);
  },
);

test('nothing on the stick names the site, a node, an address, a version or a token', async t => {
  const b = await bench(t);
  b.addSnapshot('2026-01-05T00:00:00.000Z');
  const written = await write(b);
  for (const file of everything(written.path)) {
    const there = `${file.slice(b.stick.length)}\n${readFileSync(file, 'latin1')}`;
    // What is sealed or signed is noise, in which three letters may stand in any order.
    const noise = /\.(?:age|minisig)$/.test(file);
    const words = /Halley|cp-1|10\.9\.8\.7|k3s|v1\.33|correct-horse|anna|feedface/i;
    assert.doesNotMatch(there, noise ? /Halley|10\.9\.8\.7|correct-horse|feedface/i : words, file);
    assert.match(file.slice(b.stick.length + 1), /^[A-Za-z0-9._/-]+$/);
  }
});

test('what comes out at headquarters: snapshot, inventory with checks, token history, audit records', async t => {
  const b = await bench(t);
  const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z');
  const written = await write(b);
  const to = join(b.folder, 'opened');
  const files = await openBag(written.path, b.key.identity, to, opening);
  assert.deepEqual(
    files.map(file => file.path),
    [
      'audit/decisions.jsonl',
      'audit/run-0a1b2c3d-0000-4000-8000-000000000003.jsonl',
      'config/server-tokens.json',
      'inventory/inventory.json',
      `snapshots/${snapshot.id}.db`,
    ],
  );
  assert.ok(files.some(file => file.sha256 === snapshot.sha256));
  const sheet = JSON.parse(readFileSync(join(to, 'inventory/inventory.json'), 'utf8'));
  assert.equal(sheet.site.name, b.site.name);
  assert.equal(sheet.nodes[0].machineId, b.node.machineId);
  assert.deepEqual(
    [
      sheet.snapshots[0].name,
      sheet.snapshots[0].sha256,
      sheet.snapshots[0].check.intact,
      sheet.snapshots[0].file,
    ],
    [snapshot.name, snapshot.sha256, true, `data/snapshots/${snapshot.id}.db.age`],
  );
  assert.equal(
    JSON.parse(readFileSync(join(to, 'config/server-tokens.json'), 'utf8')).tokens[0].token,
    token,
  );
  assert.equal(readFileSync(join(to, files[1]?.path ?? ''), 'utf8'), '{"at":"2026-01-01","step":"1"}\n');
});

test('the plan shows every file in the size it will have', async t => {
  const b = await bench(t);
  b.addSnapshot('2026-01-05T00:00:00.000Z');
  const plan = await b.calls['export.plan']({ site: b.site.id, to: b.stick }, b.context());
  assert.deepEqual([plan.enough, plan.short, plan.recipients], [true, undefined, [b.key.recipient]]);
  assert.deepEqual(readdirSync(b.stick), []);
  const written = await write(b);
  for (const item of plan.items) {
    const bytes = statSync(join(written.path, item.path)).size;
    if (item.what === 'inventory') assert.ok(Math.abs(bytes - item.bytes) < 64);
    else assert.equal(bytes, item.bytes, item.path);
  }
});

test('what no receipt confirmed goes out again, together with what is new', async t => {
  const b = await bench(t);
  const old = b.addSnapshot('2026-01-05T00:00:00.000Z');
  const first = await write(b);
  assert.deepEqual([first.snapshots, first.counter, first.state], [[old.id], 1, 'written']);
  const fresh = b.addSnapshot('2026-01-06T00:00:00.000Z');
  const second = await write(b);
  assert.deepEqual([second.snapshots, second.counter], [[fresh.id, old.id], 2]);
  assert.notEqual(second.path, first.path);
  const info = readFileSync(join(second.path, 'bag-info.txt'), 'utf8');
  assert.match(info, new RegExp(`^Coldstart-Previous: ${first.tagmanifestSha256}$`, 'm'));
  assert.deepEqual(
    (await b.calls['export.list']({}, b.context())).map(each => each.id),
    [second.id, first.id],
  );
  assert.equal((await b.calls['export.show']({ export: first.id }, b.context())).path, first.path);
});

test('written twice with nothing new, it is the same bag, which is read again', async t => {
  const b = await bench(t);
  b.addSnapshot('2026-01-05T00:00:00.000Z');
  const first = await write(b);
  const again = await write(b);
  assert.deepEqual([again.id, again.path, again.copies.length], [first.id, first.path, 1]);
  const [sealed = ''] = readdirSync(join(first.path, 'data/snapshots'));
  const path = join(first.path, 'data/snapshots', sealed);
  const bytes = readFileSync(path);
  bytes[1000] = (bytes[1000] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const third = await write(b);
  assert.deepEqual([third.id, third.check.complete, third.copies.length], [first.id, true, 2]);
  assert.notEqual(third.path, first.path, 'the damaged one is not written over');
});

test('the proof of a snapshot goes out with it, sealed, and one of other bytes does not', async t => {
  const b = await bench(t);
  const [proven, changed] = [
    b.addSnapshot('2026-01-05T00:00:00.000Z'),
    b.addSnapshot('2026-01-04T00:00:00.000Z'),
  ];
  for (const [snapshot, sha256] of [
    [proven, proven.sha256],
    [changed, '0'.repeat(64)],
  ] as const) {
    const proof = { verdict: 'cluster-restorable', at: snapshot.savedAt, path: snapshot.path, sha256 };
    const record = { snapshot: snapshot.id, sha256, bytes: snapshot.bytes, modifiedMs: 0 };
    b.store.write(db => recordProof(db, { ...record, proof: proof as unknown as SnapshotProof }));
  }
  const written = await b.calls['export.write']({ site: b.site.id, to: b.stick }, b.context());
  const to = join(b.folder, 'opened');
  await openBag(written.path, b.key.identity, to, opening);
  const sheet = JSON.parse(readFileSync(join(to, 'inventory/inventory.json'), 'utf8')) as {
    snapshots: { id: string; proof?: { verdict: string; path?: string } }[];
  };
  const proofOf = (id: string) => sheet.snapshots.find(each => each.id === id)?.proof;
  assert.deepEqual(
    [proofOf(proven.id)?.verdict, proofOf(proven.id)?.path],
    ['cluster-restorable', undefined],
  );
  assert.equal(proofOf(changed.id), undefined);
});

test('a copy that rotted on the laptop is left out, named in the inventory, recorded and not deleted', async t => {
  const b = await bench(t);
  const good = b.addSnapshot('2026-01-05T00:00:00.000Z');
  const bad = b.addSnapshot('2026-01-06T00:00:00.000Z');
  const gone = b.addSnapshot('2026-01-07T00:00:00.000Z');
  appendFileSync(bad.path, 'x');
  rmSync(gone.path);
  const written = await write(b);
  assert.deepEqual(written.snapshots, [good.id]);
  const to = join(b.folder, 'opened');
  await openBag(written.path, b.key.identity, to, opening);
  const sheet = JSON.parse(readFileSync(join(to, 'inventory/inventory.json'), 'utf8'));
  const left = Object.fromEntries(
    sheet.snapshots.map((each: { id: string; left?: string }) => [each.id, each.left]),
  );
  assert.match(left[bad.id], /Not intact/);
  assert.match(left[gone.id], /gone from this laptop/);
  assert.equal(left[good.id], undefined);
  assert.equal(b.snapshots.get(bad.id).check.intact, false);
  assert.ok(existsSync(bad.path));
});

test('without a key of headquarters nothing is written', async t => {
  const b = await bench(t, { recipients: [] });
  for (const ask of ['export.plan', 'export.write'] as const)
    assert.equal(
      (await failure(b.calls[ask]({ site: b.site.id, to: b.stick }, b.context()))).code,
      'no-recipient',
    );
  assert.deepEqual([readdirSync(b.stick), readdirSync(b.home.spool)], [[], []]);
});

test('places that cannot take an export are refused by name', async t => {
  const b = await bench(t);
  const file = join(b.folder, 'file');
  writeFileSync(file, '');
  const link = join(b.folder, 'link');
  symlinkSync(b.home.folder, link);
  mkdirSync(join(b.home.folder, 'snapshots'), { recursive: true });
  const table = [
    [file, 'bad-ask'],
    [join(b.folder, 'unplugged'), 'no-such-thing'],
    ['stick', 'bad-ask'],
    [b.home.folder, 'refused'],
    [join(b.home.folder, 'snapshots'), 'refused'],
    [link, 'refused'],
  ] as const;
  for (const [to, code] of table) assert.equal((await failure(write(b, to))).code, code, to);
  const written = await write(b);
  assert.equal((await failure(write(b, written.path))).code, 'refused');
});

test('a stick that is too small is refused before a byte is written', async t => {
  const b = await bench(t, {
    files: {
      space: () =>
        Promise.resolve({ free: 1_000_000, bytes: 2_000_000, fileSystem: 'vfat', readOnly: false }),
    },
  });
  b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(500));
  const plan = await b.calls['export.plan']({ site: b.site.id, to: b.stick }, b.context());
  assert.equal(plan.enough, false);
  assert.match(plan.short ?? '', /needs 7\.\d MiB, and only 1\.0 MiB are free/);
  assert.equal((await failure(write(b))).code, 'space-short');
  assert.deepEqual([readdirSync(b.stick), readdirSync(b.home.spool)], [[], []]);
});

test('stopped while writing, no whole-looking bag stands there, and the next try goes on', async t => {
  const stop = new AbortController();
  const b = await bench(t);
  const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(3000));
  const stopping = {
    signal: stop.signal,
    progress: (p: { what: string }) => p.what.startsWith('2 of 3') && stop.abort(),
  };
  const ask = { site: b.site.id, to: b.stick };
  assert.equal((await failure(b.calls['export.write'](ask, stopping))).code, 'cancelled');
  const [partial] = readdirSync(b.stick);
  assert.match(partial ?? '', /\.partial$/);
  const check = await b.calls['bag.verify']({ path: join(b.stick, partial ?? '') }, b.context());
  assert.equal(check.complete, false);
  const sealed = statSync(
    join(b.home.spool, readdirSync(b.home.spool)[0] ?? '', 'bag/data/snapshots', `${snapshot.id}.db.age`),
  );
  const written = await write(b);
  assert.equal(written.path, join(b.stick, (partial ?? '').replace('.partial', '')));
  assert.equal(statSync(join(written.path, `data/snapshots/${snapshot.id}.db.age`)).size, sealed.size);
  assert.deepEqual(readdirSync(b.stick).length, 1);
});

test('a half-written bag of ours is cleaned of what others left in it; one that is not ours is left alone', async t => {
  const b = await bench(t);
  b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(3000));
  const stop = new AbortController();
  await failure(
    b.calls['export.write'](
      { site: b.site.id, to: b.stick },
      { signal: stop.signal, progress: p => p.what.startsWith('2 of 3') && stop.abort() },
    ),
  );
  const [partial = ''] = readdirSync(b.stick);
  writeFileSync(join(b.stick, partial, 'data', '._x'), 'droppings');
  const theirs = join(b.stick, 'coldstart-0a1b2c3d-20200101T000000Z.partial');
  mkdirSync(theirs);
  writeFileSync(join(theirs, 'x'), 'theirs');
  const written = await write(b);
  assert.equal(written.check.complete, true);
  assert.equal(readFileSync(join(theirs, 'x'), 'utf8'), 'theirs');
});

test('an existing bag is never written over', async t => {
  const at = new Date('2026-02-03T04:05:06.000Z');
  const clock = { now: () => at, monotonic: () => performance.now(), sleep: () => Promise.resolve() };
  const b = await bench(t, { clock });
  const first = await write(b);
  b.addSnapshot('2026-01-05T00:00:00.000Z');
  const second = await write(b);
  assert.equal(first.path, join(b.stick, 'coldstart-0a1b2c3d-20260203T040506Z'));
  assert.equal(second.path, join(b.stick, 'coldstart-0a1b2c3d-20260203T040507Z'));
});

test('a stick that gives back other bytes is told, and the bag keeps its partial name', async t => {
  const real = work();
  let lie = true;
  const b = await bench(t, {
    work: {
      readBack: async (paths, options) => {
        const back = await real.readBack(paths, options);
        if (!lie) return back;
        return {
          ...back,
          files: back.files.map((file, i) => (i === 1 ? { ...file, sha256: '0'.repeat(64) } : file)),
        };
      },
    },
  });
  b.addSnapshot('2026-01-05T00:00:00.000Z');
  const told = await failure(write(b));
  assert.equal(told.code, 'damaged');
  assert.match(told.says, /gave back other bytes/);
  assert.match(readdirSync(b.stick)[0] ?? '', /\.partial$/);
  assert.deepEqual(await b.calls['export.list']({}, b.context()), []);
  lie = false;
  assert.equal((await write(b)).check.complete, true);
});

test('a sealed file that changed on the laptop is sealed anew', async t => {
  const b = await bench(t);
  const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(3000));
  const stop = new AbortController();
  await failure(
    b.calls['export.write'](
      { site: b.site.id, to: b.stick },
      { signal: stop.signal, progress: p => p.what.startsWith('2 of 3') && stop.abort() },
    ),
  );
  const spooled = join(
    b.home.spool,
    readdirSync(b.home.spool)[0] ?? '',
    'bag/data/snapshots',
    `${snapshot.id}.db.age`,
  );
  const bytes = readFileSync(spooled);
  bytes[500_000] = (bytes[500_000] ?? 0) ^ 1;
  writeFileSync(spooled, bytes);
  assert.equal((await failure(write(b))).code, 'damaged');
  const written = await write(b);
  const files = await openBag(written.path, b.key.identity, join(b.folder, 'opened'), opening);
  assert.ok(files.some(file => file.sha256 === snapshot.sha256));
});

test('an app that ended between the rename and its record finds the bag and records it once', async t => {
  const b = await bench(t);
  b.addSnapshot('2026-01-05T00:00:00.000Z');
  let kept = '';
  const files = localFiles();
  const dying = supplyBench({
    folder: b.folder,
    recipients: b.site.recipients,
    files: {
      move: async (from, to) => {
        await files.move(from, to);
        kept = to;
        throw new Error('the app ended here');
      },
    },
  });
  dying.keepToken();
  await failure(write(dying));
  dying.store.close();
  assert.ok(existsSync(kept));
  const written = await write(b);
  assert.equal(written.path, kept);
  assert.deepEqual(readdirSync(b.stick).length, 1);
  assert.deepEqual(readdirSync(b.home.spool), [written.id]);
  assert.equal((await b.calls['export.list']({}, b.context())).length, 1);
});

test('the same export goes on to another stick when the first one is gone', async t => {
  const b = await bench(t);
  b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(3000));
  const stop = new AbortController();
  await failure(
    b.calls['export.write'](
      { site: b.site.id, to: b.stick },
      { signal: stop.signal, progress: p => p.what.startsWith('2 of 3') && stop.abort() },
    ),
  );
  const [partial = ''] = readdirSync(b.stick);
  renameSync(b.stick, `${b.stick}-gone`);
  mkdirSync(`${b.stick}2`);
  const written = await write(b, `${b.stick}2`);
  assert.equal(written.path, join(`${b.stick}2`, partial.replace('.partial', '')));
});

test('a practice export is branded, and the real world will not have it', async t => {
  const practice = await bench(t, { world: 'practice' });
  const written = await write(practice);
  assert.equal(written.practice, true);
  assert.match(readFileSync(join(written.path, 'README.txt'), 'utf8'), /^This is a practice bag/);
  assert.match(readFileSync(join(written.path, 'bag-info.txt'), 'utf8'), /^Coldstart-World: practice$/m);
  assert.equal(
    (await practice.calls['bag.verify']({ path: written.path }, practice.context())).complete,
    true,
  );
  const real = await bench(t);
  assert.equal(
    (await failure(real.calls['bag.verify']({ path: written.path }, real.context()))).code,
    'practice-only',
  );
});

test('progress is told in three parts and never goes back within one', async t => {
  const b = await bench(t);
  b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(2000));
  await write(b);
  const parts = Map.groupBy(b.told, each => each.what);
  assert.deepEqual(
    [...parts.keys()].map(what => what.slice(0, 6)),
    ['1 of 3', '2 of 3', '3 of 3'],
  );
  for (const told of parts.values()) {
    const done = told.map(each => each.done);
    assert.deepEqual(
      done,
      done.toSorted((x, y) => x - y),
    );
    assert.equal(done.at(-1), told.at(-1)?.total);
  }
});
