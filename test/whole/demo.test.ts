import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { needs } from '../support/needs.ts';

const root = join(import.meta.dirname, '..', '..');
let folder = '';
const demo = (): { status: number | null; stdout: string; stderr: string; seconds: number } => {
  const began = performance.now();
  const done = spawnSync(process.execPath, [join(root, 'out/hosts/demo.js')], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { ...done, seconds: (performance.now() - began) / 1000 };
};
const bags = (): string[] =>
  readdirSync(join(folder, 'demo-stick'))
    .filter(name => name !== 'coldstart-from-hq')
    .toSorted();
const inBag = (command: string, ...args: string[]) =>
  spawnSync(command, args, { cwd: join(folder, 'demo-stick', bags()[0] ?? ''), encoding: 'utf8' });

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'coldstart-demo-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('the demo does the main job in under a minute and leaves one bag', () => {
  const { status, stdout, stderr, seconds } = demo();
  assert.equal(status, 0, stdout + stderr);
  assert.ok(seconds < 60, `${seconds} s`);
  assert.equal(bags().length, 1);
  assert.match(bags()[0] ?? '', /^coldstart-[0-9a-f]{8}-\d{8}T\d{6}Z$/);
  for (const row of [
    'Verify the practice bundle',
    'Install K3s',
    'SHA-256 trailer',
    'Seal it',
    'Open it',
    'Receive it',
  ])
    assert.ok(stdout.includes(row), row);
  assert.match(stdout, /confirmed by key/);
});

test(
  'minisign verifies the bag under the key of the laptop, and the receipt under that of headquarters',
  needs('minisign'),
  () => {
    const key = readFileSync(join(folder, '.demo-home/laptop.pub'), 'utf8').split('\n')[1] ?? '';
    const bag = inBag('minisign', '-V', '-P', key, '-m', 'tagmanifest-sha256.txt');
    assert.equal(bag.status, 0, bag.stderr);
    assert.match(bag.stdout, /coldstart practice bag .* counter 1/);
    const receipts = join(folder, 'demo-stick/coldstart-from-hq/receipts');
    const [name = ''] = readdirSync(receipts).filter(each => each.endsWith('.json'));
    const pub = join(root, 'resources/keys/practice.pub');
    const receipt = spawnSync('minisign', ['-V', '-p', pub, '-m', join(receipts, name)], {
      encoding: 'utf8',
    });
    assert.equal(receipt.status, 0, receipt.stderr);
  },
);

test('coreutils accept both manifests of the bag', () => {
  for (const [tool, manifest] of [
    ['sha256sum', 'manifest-sha256.txt'],
    ['sha512sum', 'manifest-sha512.txt'],
    ['sha256sum', 'tagmanifest-sha256.txt'],
    ['sha512sum', 'tagmanifest-sha512.txt'],
  ] as const) {
    const { status, stdout, stderr } = inBag(tool, '-c', '--strict', manifest);
    assert.equal(status, 0, `${manifest}: ${stdout}${stderr}`);
  }
});

test(
  'the practice headquarters opens the bag with age alone, and nobody reads it without the key',
  needs('age'),
  () => {
    const bag = join(folder, 'demo-stick', bags()[0] ?? '');
    const sealed = readdirSync(join(bag, 'data/snapshots')).find(name => name.endsWith('.age'));
    assert.ok(sealed);
    const opened = spawnSync(
      'age',
      ['-d', '-i', join(root, 'resources/practice/hq/age-identity.txt'), join(bag, 'data/snapshots', sealed)],
      {
        maxBuffer: 64 << 20,
      },
    );
    assert.equal(opened.status, 0, String(opened.stderr));
    assert.equal(opened.stdout.length % 512, 32, 'an etcd snapshot ends with its 32-byte trailer');
    // In the clear: nothing that names a site, a node, an address or a version.
    for (const tag of readdirSync(bag).filter(name => name.endsWith('.txt')))
      assert.doesNotMatch(
        readFileSync(join(bag, tag), 'utf8'),
        /practice-node|127\.0\.0\.1|v1\.\d+\.\d+\+k3s/,
        tag,
      );
  },
);

test('a second demo changes nothing on the node, says so, and writes another bag', () => {
  const { status, stdout, stderr } = demo();
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /already installed, nothing changed/);
  assert.equal(bags().length, 2);
});
