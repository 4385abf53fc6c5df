import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { constants, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib';
import { archiveEnd, zstdWindow } from '../../main/core/archive.ts';
import type { ArchiveForm } from '../../main/core/archive.ts';
import { bundleManifest, isK3sVersion } from '../../main/core/bundle-manifest.ts';
import { nameMeans } from '../../main/core/bundle-names.ts';
import { k3sVersionOf, versionIn } from '../../main/core/bundle-version.ts';
import { bundleIdOf, judge, shortcomings } from '../../main/core/bundle.ts';
import type { Found, Vouching } from '../../main/core/bundle.ts';
import { checksumList } from '../../main/core/checksums.ts';
import { elf } from '../../main/core/elf.ts';
import { inside } from '../../main/core/k3s-version.ts';
import { pace } from '../../main/core/pace.ts';
import { practiceBundle } from '../../resources/practice/make-bundle.ts';

const bundle = join(import.meta.dirname, '../../resources/practice/bundle');
const reading = (bytes: Uint8Array) => async (offset: number, length: number) =>
  bytes.subarray(offset, offset + length);
const h = (digit: string): string => digit.repeat(64);

const amd64Program = elf(readFileSync(join(bundle, 'k3s')));
const file = (name: string, digit: string): Found => ({ name, kind: 'file', bytes: 10, sha256: h(digit) });
const list = (text: string): Vouching => ({
  lists: new Map([['sha256sum-amd64.txt', checksumList(text)]]),
  signed: false,
});
const listed = `${h('1')}  k3s\n${h('2')}  k3s-airgap-images-amd64.tar.zst\n${h('3')}  k3s-airgap-images-amd64.tar\n`;
const folder: readonly Found[] = [
  { ...file('k3s', '1'), elf: amd64Program, bytes: 5000 },
  file('k3s-airgap-images-amd64.tar.zst', '2'),
  file('sha256sum-amd64.txt', '4'),
  file('install.sh', '5'),
  file('k3s-images.txt', '6'),
];

test('the practice bundle is made anew byte for byte', async () => {
  for (const [name, content] of await practiceBundle())
    assert.ok(readFileSync(join(bundle, name)).equals(content), `${name} is not what make-bundle.ts makes`);
});

test('every K3s asset is known by its name, anything else is extra', () => {
  assert.deepEqual(nameMeans('k3s-armhf'), { role: 'binary', arch: 'arm' });
  assert.deepEqual(nameMeans('k3s-airgap-images-arm64.tar.gz'), {
    role: 'images',
    arch: 'arm64',
    form: 'tar.gz',
  });
  assert.deepEqual(nameMeans('sha256sum-arm.txt'), { role: 'checksums', arch: 'arm' });
  for (const name of ['K3S', 'k3s-s390x', 'k3s.exe', 'k3s-airgap-images-amd64.tar.lz4', '__proto__', ''])
    assert.deepEqual(nameMeans(name), { role: 'extra' });
});

test('unlisted install.sh and k3s-images.txt are no error, a listed form that is absent is not carried', () => {
  const files = judge(folder, list(listed));
  assert.deepEqual(shortcomings(files), []);
  assert.deepEqual(
    files.map(each => [each.name, each.state]),
    [
      ['k3s', 'matches'],
      ['k3s-airgap-images-amd64.tar.zst', 'matches'],
      ['sha256sum-amd64.txt', 'unlisted'],
      ['install.sh', 'unlisted'],
      ['k3s-images.txt', 'unlisted'],
      ['k3s-airgap-images-amd64.tar', 'not-carried'],
    ],
  );
});

test('a list for another architecture whose files are not there asks for them by name', () => {
  const arm: Vouching = {
    lists: new Map([
      ...list(listed).lists,
      [
        'sha256sum-arm64.txt',
        checksumList(`${h('7')}  k3s-arm64\n${h('8')}  k3s-airgap-images-arm64.tar.zst\n`),
      ],
    ]),
    signed: false,
  };
  const files = judge([...folder, file('sha256sum-arm64.txt', '9')], arm);
  assert.deepEqual(shortcomings(files), ['k3s-arm64: missing.', 'k3s-airgap-images-arm64.tar.zst: missing.']);
});

test('files of an architecture that is wholly left out of a manifest’s folder are not carried', () => {
  const manifest = bundleManifest(
    `# Coldstart bundle manifest 1\n# k3s-version: v1.33.5+k3s1\n${listed}${h('4')}  sha256sum-amd64.txt\n${h('5')}  install.sh\n${h('6')}  k3s-images.txt\n${h('7')}  k3s-arm64\n${h('8')}  sha256sum-arm64.txt\n`,
  );
  const files = judge([...folder, file('coldstart-bundle.txt', 'a')], {
    ...list(listed),
    manifest,
    signed: true,
  });
  assert.deepEqual(shortcomings(files), []);
  assert.equal(files.find(each => each.name === 'k3s-arm64')?.state, 'not-carried');
});

test('a list that names the binary alone does not make an unnamed archive usable', () => {
  const files = judge(folder, list(`${h('1')}  k3s\n`));
  assert.equal(shortcomings(files).length, 1);
  assert.match(shortcomings(files)[0] ?? '', /tar\.zst: not vouched for/);
});

test('an archive packed with too large a zstd window is not taken for usable', async () => {
  const wide = folder.with(1, { ...file('k3s-airgap-images-amd64.tar.zst', '2'), windowBytes: 2 ** 27 });
  assert.match(shortcomings(judge(wide, list(listed))).join(' '), /larger zstd window/);
  for (const log of [20, 25, 27]) {
    const packing = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: log } });
    packing.write(Buffer.alloc(3000));
    packing.flush();
    packing.end();
    assert.equal(zstdWindow(Buffer.concat(await packing.toArray())), 2 ** log);
  }
  assert.equal(zstdWindow(readFileSync(join(bundle, 'k3s-airgap-images-amd64.tar.zst'))), 128 * 1024);
  assert.equal(zstdWindow(Buffer.from('no zstd at all, this')), undefined);
});

test('two lists that contradict each other cannot both be right', () => {
  const manifest = bundleManifest(`# Coldstart bundle manifest 1\n${h('f')}  k3s\n`);
  const files = judge(folder, { ...list(listed), manifest, signed: false });
  assert.equal(files.find(each => each.name === 'k3s')?.state, 'altered');
});

test('a bundle’s id depends on its content and names, not on order, place or strangers in the folder', () => {
  const id = bundleIdOf(judge(folder, list(listed)));
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.equal(bundleIdOf(judge(folder.toReversed(), list(listed))), id);
  assert.equal(bundleIdOf(judge([...folder, file('notes.txt', 'e')], list(listed))), id);
  assert.notEqual(bundleIdOf(judge(folder.with(3, file('install.sh', 'd')), list(listed))), id);
});

test('a manifest tells version and brand; one that is garbled says where', () => {
  const good = bundleManifest(
    `# Coldstart bundle manifest 1\n# k3s-version: v1.33.5+k3s1\n# practice: yes\n${h('1')}  k3s\n`,
  );
  assert.deepEqual([good.k3sVersion, good.practice, good.problems], ['v1.33.5+k3s1', true, []]);
  assert.equal(bundleManifest(`${h('1')}  k3s\n`).problems.length, 1);
  assert.equal(
    bundleManifest(`# Coldstart bundle manifest 1\n# k3s-version: latest\n${h('1')}  k3s\n`).k3sVersion,
    undefined,
  );
});

test('release names of K3s are versions, other words are not', () => {
  for (const good of ['v1.33.5+k3s1', 'v1.30.0-rc1+k3s1', 'v1.28.15+k3s12'])
    assert.ok(isK3sVersion(good), good);
  for (const bad of ['1.33.5+k3s1', 'v1.33.5', 'v1.33.5-k3s1', 'v1.33.5+k3s1 ', 'v1.33+k3s1', ''])
    assert.ok(!isK3sVersion(bad), bad);
});

test('a version is found in a program wherever it lies, also across the edge of a read', async () => {
  const mebibyte = 1024 * 1024;
  for (const at of [
    0,
    5000,
    mebibyte - 1,
    mebibyte - 6,
    mebibyte - 12,
    mebibyte - 13,
    2 * mebibyte - 20,
    2 * mebibyte + 7,
  ]) {
    const program = Buffer.alloc(3 * mebibyte, 0x41);
    program.write('\0v1.33.5+k3s12\0', at, 'latin1');
    assert.deepEqual(
      (await inside(reading(program), program.length)).versions,
      ['v1.33.5+k3s12'],
      `at ${at}`,
    );
  }
});

test('of several versions in a program the linker’s own word counts', async () => {
  const text =
    'upgrade from v1.20.4+k3s1 or v1.20.4+k3s1\0-X github.com/k3s-io/k3s/pkg/version.Version=v1.33.5+k3s1 -X';
  assert.deepEqual((await inside(reading(Buffer.from(text)), text.length)).versions, ['v1.33.5+k3s1']);
});

test('the version is the manifest’s, else the binaries’, else the folder’s', () => {
  const binaries = new Map([['k3s', ['v1.33.5+k3s1']]]);
  const known = (version: string) => ({ is: 'known', version });
  assert.deepEqual(k3sVersionOf({ binaries, folder: 'v1.31.1+k3s1' }), known('v1.33.5+k3s1'));
  assert.deepEqual(k3sVersionOf({ manifest: 'v1.33.5+k3s1', binaries, folder: '' }), known('v1.33.5+k3s1'));
  assert.deepEqual(
    k3sVersionOf({ binaries: new Map(), folder: 'k3s-v1.31.1+k3s1 arm' }),
    known('v1.31.1+k3s1'),
  );
  assert.equal(k3sVersionOf({ manifest: 'v1.32.0+k3s1', binaries, folder: '' }).is, 'unknown');
  assert.equal(
    k3sVersionOf({ binaries: binaries.set('k3s-arm64', ['v1.32.0+k3s1']), folder: '' }).is,
    'unknown',
  );
  assert.equal(k3sVersionOf({ binaries: new Map(), folder: 'downloads' }).is, 'unknown');
  assert.equal(versionIn('k3s-v1.33.5-k3s1'), 'v1.33.5+k3s1');
});

test('an archive that is all there is whole; cut anywhere it is short', async () => {
  const tar = Buffer.from(
    await practiceBundle().then(files => files.get('k3s-airgap-images-amd64.tar.zst') ?? []),
  ).subarray(13);
  const plain = tar.subarray(0, 32_256);
  const noise = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i * 31) >> 3));
  const samples: readonly (readonly [ArchiveForm, Buffer])[] = [
    ['tar', plain],
    ['tar.gz', gzipSync(plain)],
    ['tar.zst', zstdCompressSync(noise)],
    ['tar.zst', Buffer.concat([zstdCompressSync(plain), zstdCompressSync(noise)])],
    ['tar.zst', readFileSync(join(bundle, 'k3s-airgap-images-arm64.tar.zst'))],
  ];
  for (const [form, whole] of samples) {
    assert.equal(await archiveEnd(form, reading(whole), whole.length), 'whole', form);
    for (let cut = 8; cut < whole.length - 1024; cut += Math.ceil(whole.length / 37)) {
      const part = whole.subarray(0, cut);
      const end = await archiveEnd(form, reading(part), part.length);
      const isFrameEdge = form === 'tar.zst' && end === 'whole';
      assert.ok(end === 'short' || isFrameEdge, `${form} cut at ${cut} is ${end}`);
    }
  }
});

test('something else under an archive’s name is not of this form', async () => {
  const page = Buffer.from(`<!doctype html>${' '.repeat(2000)}`);
  for (const form of ['tar', 'tar.gz', 'tar.zst'] as const)
    assert.equal(await archiveEnd(form, reading(page), page.length), 'not-this-form', form);
});

test('a remaining time is there once it was measured for two seconds, and follows the last seconds', () => {
  let now = 0;
  const speed = pace(() => now);
  assert.equal(speed.remaining(0, 1000), undefined);
  now = 1000;
  assert.equal(speed.remaining(100, 1000), undefined);
  now = 2000;
  assert.equal(speed.remaining(200, 1000), 8);
  for (now = 3000; now <= 60_000; now += 1000) speed.remaining(200 + now / 1000, 1000);
  assert.ok((speed.remaining(261, 1000) ?? 0) > 600);
});
