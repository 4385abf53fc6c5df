import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { localFiles } from '../../../main/machine/files.ts';
import { fileWork } from '../../../main/machine/work.ts';
import { failing } from '../../support/failing.ts';
import { minisignKey } from '../../support/minisign-key.ts';
import { bench, flipByte } from './bench.ts';
import { binary, release, sign } from './release.ts';

const zst = 'k3s-airgap-images-amd64.tar.zst';
const gz = 'k3s-airgap-images-amd64.tar.gz';

test('the practice bundle is complete, signed, branded practice, and lies in the vault under its hashes', async t => {
  const b = bench(t);
  const bundle = await b.import();
  assert.equal(bundle.complete, true);
  assert.equal(bundle.k3sVersion, 'v1.33.5+k3s1');
  assert.deepEqual(bundle.arches, ['amd64', 'arm64']);
  assert.equal(bundle.practice, true);
  assert.ok(bundle.origin.is === 'signed' && bundle.origin.practice);
  assert.deepEqual(
    bundle.files.filter(file => file.state === 'not-carried').map(file => file.name),
    ['k3s-airgap-images-amd64.tar', 'k3s-airgap-images-arm64.tar', 'k3s-airgap-images-arm64.tar.gz'],
  );
  assert.deepEqual(b.objects(), bundle.files.flatMap(file => file.sha256 ?? []).sort());
  const { copiedBytes, ...kept } = bundle;
  assert.equal(copiedBytes, bundle.bytes);
  assert.deepEqual(b.service.calls['bundle.list']({}, b.context), [kept]);
});

test(
  'what lies in the vault is readable by its owner only',
  { skip: process.platform === 'win32' },
  async t => {
    const b = bench(t);
    const bundle = await b.import();
    const { binary: kept } = b.service.bundles.delivery(bundle.id, 'amd64', { practice: true });
    assert.equal(statSync(kept.path).mode & 0o777, 0o600);
    assert.equal(statSync(join(kept.path, '..')).mode & 0o777, 0o700);
  },
);

test('importing the same folder twice copies nothing and says so', async t => {
  const b = bench(t);
  const first = await b.import();
  assert.equal(first.copiedBytes, first.bytes);
  const second = await b.import();
  assert.equal(second.id, first.id);
  assert.equal(second.copiedBytes, 0);
  assert.equal(second.importedAt, first.importedAt);
  assert.match(b.told.at(-1)?.what ?? '', /already/);
});

test('progress counts bytes, never goes back within a phase, and ends at its total', async t => {
  const b = bench(t);
  await b.import();
  const copying = b.told.filter(progress => progress.what.startsWith('Copying'));
  const last = copying.at(-1);
  assert.ok(copying.length > 1 && last);
  assert.equal(last.done, last.total);
  copying.reduce((before, now) => (assert.ok(now.done >= before.done), now));
});

test('missing, short and altered files are all named in one refusal, and no bundle is recorded', async t => {
  const b = bench(t);
  flipByte(join(b.stick, gz), 500);
  truncateSync(join(b.stick, 'k3s-airgap-images-arm64.tar.zst'), 20_000);
  rmSync(join(b.stick, 'k3s-arm64'));
  const failure = await failing('damaged', () => b.import());
  assert.equal(failure.facts?.[gz], 'altered');
  assert.equal(failure.facts?.['k3s-airgap-images-arm64.tar.zst'], 'short');
  assert.equal(failure.facts?.['k3s-arm64'], 'missing');
  for (const name of [gz, 'k3s-airgap-images-arm64.tar.zst', 'k3s-arm64'])
    assert.ok(failure.says.includes(name));
  assert.deepEqual(b.service.calls['bundle.list']({}, b.context), []);
  const looked = await b.verify();
  assert.equal(looked.complete, false);
  assert.equal(looked.files.find(file => file.name === 'k3s-arm64')?.state, 'missing');
});

test('an altered file is found while it is copied and is not kept', async t => {
  const b = bench(t);
  flipByte(join(b.stick, zst), 9_000);
  const failure = await failing('damaged', () => b.import());
  assert.equal(failure.facts?.[zst], 'altered');
  const looked = await b.verify();
  const altered = looked.files.find(file => file.name === zst);
  assert.match(altered?.saw ?? '', /SHA-256 is [0-9a-f]{64}, but .* says [0-9a-f]{64}/);
  assert.ok(!b.objects().includes(altered?.sha256 ?? ''));
  assert.deepEqual(b.parts(), []);
});

test('a truncated gzip archive, zstd archive and binary are called short, not altered', async t => {
  const b = bench(t);
  truncateSync(join(b.stick, gz), 30_000);
  truncateSync(join(b.stick, zst), 30_000);
  truncateSync(join(b.stick, 'k3s'), 200);
  const { files } = await b.verify();
  for (const name of [gz, zst, 'k3s'])
    assert.equal(files.find(file => file.name === name)?.state, 'short', name);
});

test('a binary under the wrong name is of the wrong architecture', async t => {
  const b = bench(t);
  copyFileSync(join(b.stick, 'k3s-arm64'), join(b.stick, 'k3s'));
  const failure = await failing('damaged', () => b.import());
  assert.equal(failure.facts?.['k3s'], 'wrong-architecture');
  assert.match(failure.says, /for 64-bit ARM.*must be for x86-64/);
});

test('an error page saved as k3s is no program', async t => {
  const b = bench(t);
  writeFileSync(join(b.stick, 'k3s'), '<!doctype html><title>404</title>');
  const { files } = await b.verify();
  const k3s = files.find(file => file.name === 'k3s');
  assert.equal(k3s?.state, 'altered');
  assert.match(k3s?.saw ?? '', /no Linux program/);
});

test('one image archive of an architecture is enough; the smallest is delivered', async t => {
  const b = bench(t, { world: 'real' });
  release(join(b.stick, '../plain'));
  const bundle = await b.import(join(b.stick, '../plain'));
  assert.deepEqual(bundle.arches, ['amd64']);
  assert.equal(bundle.files.find(file => file.name === 'k3s-airgap-images-amd64.tar')?.state, 'not-carried');
  const practice = bench(t);
  const { id } = await practice.import();
  const { images } = practice.service.bundles.delivery(id, 'amd64', { practice: true });
  assert.equal(images.name, zst);
});

test('without any image archive the bundle is not usable', async t => {
  const b = bench(t, { world: 'real' });
  const plain = join(b.stick, '../plain');
  release(plain);
  rmSync(join(plain, zst));
  const failure = await failing('bundle-incomplete', () => b.import(plain));
  assert.equal(failure.facts?.[zst], 'missing');
});

test('without install.sh the bundle is not usable, and the message says what is missing', async t => {
  const b = bench(t, { world: 'real' });
  const plain = join(b.stick, '../plain');
  release(plain);
  rmSync(join(plain, 'install.sh'));
  assert.match((await failing('bundle-incomplete', () => b.import(plain))).says, /install\.sh: missing/);
});

test('a checksum list cut off in the middle of a line is not believed', async t => {
  const b = bench(t, { world: 'real' });
  const plain = join(b.stick, '../plain');
  release(plain);
  truncateSync(join(plain, 'sha256sum-amd64.txt'), 150);
  const failure = await failing('damaged', () => b.import(plain));
  assert.equal(failure.facts?.['sha256sum-amd64.txt'], 'altered');
});

test('without its checksum list nothing vouches for a binary', async t => {
  const b = bench(t, { world: 'real' });
  const plain = join(b.stick, '../plain');
  release(plain);
  rmSync(join(plain, 'sha256sum-amd64.txt'));
  const failure = await failing('bundle-incomplete', () => b.import(plain));
  assert.equal(failure.facts?.['sha256sum-amd64.txt'], 'missing');
  assert.equal(failure.facts?.['k3s'], 'unlisted');
});

test('binaries of two K3s versions in one folder are refused', async t => {
  const b = bench(t, { world: 'real' });
  const key = await minisignKey();
  writeFileSync(join(b.home.keys, 'hq.pub'), key.pub);
  const plain = join(b.stick, '../plain');
  release(plain);
  writeFileSync(join(plain, 'k3s-arm64'), binary('arm64', 'v1.32.1+k3s1'));
  copyFileSync(
    join(b.stick, 'k3s-airgap-images-arm64.tar.zst'),
    join(plain, 'k3s-airgap-images-arm64.tar.zst'),
  );
  await sign(plain, key.secret);
  const failure = await failing('bundle-incomplete', () => b.import(plain));
  assert.match(failure.says, /manifest says K3s v1\.33\.5\+k3s1, but k3s-arm64 is v1\.32\.1\+k3s1/);
});

test('a version that no binary tells is taken from the name of the folder, or asked for', async t => {
  const b = bench(t, { world: 'real' });
  const unnamed = join(b.stick, '../download');
  release(unnamed, 'of some kind');
  assert.match(
    (await failing('bundle-incomplete', () => b.import(unnamed))).says,
    /into the name of the folder/,
  );
  const named = join(b.stick, '../k3s-v1.31.4+k3s2');
  renameSync(unnamed, named);
  assert.equal((await b.import(named)).k3sVersion, 'v1.31.4+k3s2');
});

test('an import that broke off goes on at the byte where it stopped', async t => {
  const b = bench(t);
  const image = (await b.verify()).files.find(file => file.name === zst);
  mkdirSync(join(b.home.bundles, 'partial'), { recursive: true });
  const beginning = readFileSync(join(b.stick, zst)).subarray(0, 20_000);
  writeFileSync(join(b.home.bundles, 'partial', image?.sha256 ?? ''), beginning);
  const bundle = await b.import();
  assert.equal(bundle.copiedBytes, bundle.bytes - beginning.length);
  assert.deepEqual(b.parts(), []);
  assert.equal((await b.service.calls['bundle.verify']({ bundle: bundle.id }, b.context)).complete, true);
});

test('a cancelled import stops in the middle of a file, keeps what came, and goes on later', async t => {
  const stop = new AbortController();
  const work = fileWork();
  const b = bench(t, {
    world: 'real',
    work: {
      hash: work.hash,
      copy: async (from, to, options) => {
        const copying = work.copy(from, to, options);
        while (from.endsWith('k3s') && !((statSync(to, { throwIfNoEntry: false })?.size ?? 0) > 0))
          await new Promise(done => setImmediate(done));
        if (from.endsWith('k3s')) stop.abort();
        return copying;
      },
    },
  });
  const plain = join(b.stick, '../plain');
  release(plain);
  const big = Buffer.concat([binary('amd64', 'v1.33.5+k3s1'), Buffer.alloc(128 * 1024 * 1024, 'coldstart')]);
  writeFileSync(join(plain, 'k3s'), big);
  const list = execFileSync('sha256sum', ['k3s', zst], { cwd: plain, encoding: 'utf8' });
  writeFileSync(join(plain, 'sha256sum-amd64.txt'), list);
  const failure = await failing('cancelled', async () =>
    b.service.calls['bundle.import']({ path: plain }, { ...b.context, signal: stop.signal }),
  );
  assert.match(failure.next ?? '', /goes on where it stopped/);
  const [part] = b.parts();
  const held = statSync(join(b.home.bundles, 'partial', part ?? '')).size;
  assert.ok(held > 0 && held < big.length);
  const bundle = await b.import(plain);
  assert.ok((bundle.copiedBytes ?? 0) <= bundle.bytes - held);
});

test('a beginning that went bad since is thrown away and copied anew', async t => {
  const b = bench(t);
  const { files } = await b.verify();
  const image = files.find(file => file.name === zst);
  mkdirSync(join(b.home.bundles, 'partial'), { recursive: true });
  writeFileSync(join(b.home.bundles, 'partial', image?.sha256 ?? ''), 'not the beginning of an archive');
  const bundle = await b.import();
  assert.equal(bundle.complete, true);
  assert.equal((await b.service.calls['bundle.verify']({ bundle: bundle.id }, b.context)).complete, true);
});

test('a stick that vanishes is named, what came is kept, and the next import goes on', async t => {
  const work = fileWork();
  let pull = (): void => undefined;
  const b = bench(t, {
    work: {
      hash: work.hash,
      copy: async (from, to, options) => {
        const done = await work.copy(from, to, options);
        pull();
        return done;
      },
    },
  });
  pull = () => {
    if (existsSync(b.stick)) renameSync(b.stick, `${b.stick}-pulled`);
  };
  const failure = await failing('gone-away', () => b.import());
  assert.match(failure.next ?? '', /Plug the stick in again/);
  assert.ok(b.objects().length > 0);
  renameSync(`${b.stick}-pulled`, b.stick);
  pull = () => undefined;
  const bundle = await b.import();
  assert.equal(bundle.complete, true);
  assert.ok((bundle.copiedBytes ?? 0) < bundle.bytes);
});

test('a bundle is imported from a folder that can only be read, and nothing is written there', async t => {
  const b = bench(t);
  const before = readdirSync(b.stick);
  for (const name of before) chmodSync(join(b.stick, name), 0o444);
  chmodSync(b.stick, 0o555);
  try {
    assert.equal((await b.import()).complete, true);
    assert.deepEqual(readdirSync(b.stick), before);
  } finally {
    chmodSync(b.stick, 0o755);
  }
});

test('a path with spaces, quotes, a newline and a dollar is a path like any other', async t => {
  const b = bench(t, { stick: `it's "my"\n$(touch gone) \\ stick` });
  const bundle = await b.import();
  assert.equal(bundle.source, b.stick);
  assert.equal(bundle.complete, true);
});

test(
  'links and pipes in the folder are named and not followed',
  { skip: process.platform === 'win32' },
  async t => {
    const b = bench(t);
    renameSync(join(b.stick, 'k3s'), join(b.stick, 'k3s-elsewhere'));
    symlinkSync('k3s-elsewhere', join(b.stick, 'k3s'));
    rmSync(join(b.stick, 'install.sh'));
    execFileSync('mkfifo', [join(b.stick, 'install.sh')]);
    const failure = await failing('bundle-incomplete', () => b.import());
    assert.match(failure.says, /install\.sh: missing\. This is not an ordinary file/);
    assert.match(failure.says, /k3s: missing\. This is a symbolic link/);
  },
);

test('what does not fit is said before anything is copied', async t => {
  const files = localFiles();
  const b = bench(t, {
    files: { ...files, space: async path => ({ ...(await files.space(path)), free: 1000 }) },
  });
  const failure = await failing('space-short', () => b.import());
  assert.equal(failure.untouched, 'Nothing was copied.');
  assert.deepEqual([...b.objects(), ...b.parts()], []);
});

test('a file, an empty folder, a folder without K3s and a path that is not there are each told apart', async t => {
  const b = bench(t);
  const empty = join(b.stick, '../empty');
  mkdirSync(empty);
  assert.match((await failing('bad-ask', () => b.import(join(b.stick, 'k3s')))).says, /a file/);
  assert.match((await failing('bundle-incomplete', () => b.import(empty))).says, /empty/);
  writeFileSync(join(empty, 'holiday.jpg'), 'x');
  assert.match((await failing('bundle-incomplete', () => b.import(empty))).says, /no K3s release assets/);
  await failing('no-such-thing', () => b.import(join(empty, 'nowhere')));
});

test('strange files in the folder are shown as extra and left where they are', async t => {
  const b = bench(t);
  writeFileSync(join(b.stick, 'holiday photo.jpg'), 'x'.repeat(5000));
  mkdirSync(join(b.stick, 'old'));
  const bundle = await b.import();
  const extras = bundle.files.filter(file => file.role === 'extra');
  assert.deepEqual(
    extras.map(file => [file.name, file.state, file.sha256]),
    [
      ['holiday photo.jpg', 'unlisted', undefined],
      ['old', 'unlisted', undefined],
    ],
  );
  rmSync(join(b.stick, 'holiday photo.jpg'));
  assert.equal((await b.import()).id, bundle.id);
});

test('an extra that headquarters’ manifest names is part of the bundle', async t => {
  const b = bench(t, { world: 'real' });
  const key = await minisignKey();
  writeFileSync(join(b.home.keys, 'hq.pub'), key.pub);
  const plain = join(b.stick, '../plain');
  release(plain);
  writeFileSync(join(plain, 'k3s-selinux-1.6.noarch.rpm'), 'a package');
  await sign(plain, key.secret);
  const bundle = await b.import(plain);
  const extra = bundle.files.find(file => file.role === 'extra');
  assert.equal(extra?.state, 'matches');
  assert.ok(b.objects().includes(extra?.sha256 ?? ''));
  rmSync(join(plain, 'k3s-selinux-1.6.noarch.rpm'));
  await b.service.calls['bundle.remove']({ bundle: bundle.id }, b.context);
  assert.equal(
    (await failing('bundle-incomplete', () => b.import(plain))).facts?.[extra?.name ?? ''],
    'missing',
  );
});

test('the checksum list of a real sha256sum is accepted as it is', async t => {
  const b = bench(t, { world: 'real' });
  const plain = join(b.stick, '../plain');
  release(plain);
  writeFileSync(
    join(plain, 'install.sh.sha256sum'),
    execFileSync('sha256sum', ['install.sh'], { cwd: plain }),
  );
  const bundle = await b.import(plain);
  assert.equal(bundle.files.find(file => file.role === 'install-script')?.state, 'matches');
  assert.equal(readFileSync(join(plain, 'install.sh'), 'utf8').length > 0, true);
});
