import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Failure } from '../../../preload/contract/failure.ts';
import { failureOf } from '../../../preload/contract/failure.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { work } from '../../../main/machine/work.ts';
import { openBag } from '../../../main/services/supply/open-bag.ts';
import { ageKey } from '../../support/age-key.ts';
import { needsRoot } from '../../support/needs.ts';
import { pullExports } from '../../support/pulled-stick.ts';
import { snapshotBytes, supplyBench } from '../../support/supply.ts';
import type { BenchOptions, SupplyBench } from '../../support/supply.ts';
import { flipBits, killAndResume, seeded } from '../../support/supply-loops.ts';

const signal = new AbortController().signal;
const plenty = { free: 2 ** 30, bytes: 2 ** 31, fileSystem: 'tmpfs', readOnly: false };

async function bench(t: TestContext, options: BenchOptions = {}) {
  const key = await ageKey();
  const made = supplyBench({ recipients: [key.recipient], ...options });
  t.after(() => {
    unmount(made.stick);
    made.close();
  });
  made.keepToken();
  return { ...made, key };
}
/** Does nothing where nothing is mounted. */
function unmount(at: string): void {
  spawnSync('umount', ['-l', at], { stdio: 'ignore' });
}
type Told = { readonly what: string; readonly done: number };
const write = (b: SupplyBench, told: (progress: Told) => void = () => undefined, to = b.stick) =>
  b.calls['export.write']({ site: b.site.id, to }, { signal, progress: told });
const failure = async (job: unknown): Promise<Failure> => {
  try {
    await job;
  } catch (thrown) {
    return failureOf(thrown);
  }
  throw new Error('it did not fail');
};
const sh = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' });

const tmpfs = (at: string, size: string): string =>
  sh('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at);

test('a stick that runs full in the middle is named, and goes on once it has room', needsRoot(), async t => {
  const b = await bench(t, { files: { space: () => Promise.resolve(plenty) } });
  tmpfs(b.stick, '4m');
  b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(2000));
  const told = await failure(write(b));
  assert.equal(told.code, 'disk-full');
  assert.match(told.untouched ?? '', /kept on the laptop/);
  assert.match(told.next ?? '', /continues where it stopped/);
  assert.deepEqual(
    readdirSync(b.stick).map(name => name.endsWith('.partial')),
    [true],
  );
  sh('mount', '-o', 'remount,size=64m', b.stick);
  const written = await write(b);
  assert.deepEqual([written.check.complete, written.check.readBack], [true, 'medium-not-proven']);
  assert.equal(readdirSync(b.stick).length, 1);
});

test('a stick that can only be read is refused before anything is sealed', needsRoot(), async t => {
  const b = await bench(t);
  tmpfs(b.stick, '32m');
  sh('mount', '-o', 'remount,ro', b.stick);
  assert.equal((await failure(write(b))).code, 'not-writable');
  assert.deepEqual(readdirSync(b.home.spool), []);
});

/** A real file system on a block device, or a skip where no loop device can be had. */
function ext4(t: TestContext, folder: string, at: string): (() => void) | undefined {
  const image = join(folder, 'stick.img');
  writeFileSync(image, '');
  truncateSync(image, 64 * 2 ** 20);
  sh('mkfs.ext4', '-q', '-F', image);
  const isHeld = (): boolean => execFileSync('losetup', ['-j', image], { encoding: 'utf8' }).trim() !== '';
  const mount = (): void => {
    // The system writes out a stick that was pulled lazily a little later; a second look before that sees half of it.
    for (let waited = 0; isHeld() && waited < 100; waited++) sh('sleep', '0.1');
    sh('mount', '-o', 'loop', image, at);
  };
  try {
    mount();
  } catch {
    t.skip('needs what Debian lacks: a loop device');
    return undefined;
  }
  return mount;
}

test(
  'a stick pulled in the middle leaves nothing on the laptop, and goes on where it stopped',
  needsRoot(),
  async t => {
    const b = await bench(t);
    const mount = ext4(t, b.folder, b.stick);
    if (!mount) return;
    const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(6000));
    let pulled = false;
    const pull = (progress: Told): void => {
      if (pulled || !progress.what.startsWith('2 of 3') || progress.done === 0) return;
      pulled = true;
      sh('umount', '-l', b.stick);
    };
    const told = await failure(write(b, pull));
    assert.equal(told.code, 'gone-away');
    assert.deepEqual(readdirSync(b.stick), [], 'the folder under the mount point stays empty');
    mount();
    const [partial = ''] = readdirSync(b.stick).filter(name => name.startsWith('coldstart-'));
    assert.match(partial, /\.partial$/);
    const before = statSync(join(b.stick, partial, `data/snapshots/${snapshot.id}.db.age`));
    const written = await write(b);
    assert.deepEqual([written.check.complete, written.check.readBack], [true, 'from-medium']);
    const after = statSync(join(written.path, `data/snapshots/${snapshot.id}.db.age`));
    assert.equal(after.ino, before.ino, 'the file that was begun is the file that was finished');
  },
);

test(
  'a stick that turns read-only in the middle is named, and goes on once it is repaired',
  needsRoot(),
  async t => {
    const b = await bench(t);
    const mount = ext4(t, b.folder, b.stick);
    if (!mount) return;
    sh('mount', '-o', 'remount,errors=remount-ro', b.stick);
    const device = sh('findmnt', '-no', 'SOURCE', b.stick).trim();
    b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(6000));
    let broken = false;
    const told = await failure(
      write(b, progress => {
        if (broken || !progress.what.startsWith('2 of 3') || progress.done === 0) return;
        broken = true;
        // What the kernel does when it finds a fault in the file system itself.
        writeFileSync(`/sys/fs/ext4/${basename(device)}/trigger_fs_error`, 'a test');
      }),
    );
    // A flush that was under way meets EIO, whatever comes later EROFS.
    assert.match(told.code, /^(?:gone-away|not-writable)$/);
    assert.match(told.untouched ?? '', /kept on the laptop/);
    const left = readdirSync(b.stick).filter(name => name.startsWith('coldstart-'));
    assert.ok(left.every(name => name.endsWith('.partial')));
    sh('umount', b.stick);
    // Exit status 1: faults were found and mended.
    assert.equal(spawnSync('e2fsck', ['-fy', join(b.folder, 'stick.img')]).status, 1);
    mount();
    const written = await write(b);
    assert.deepEqual([written.check.complete, written.check.readBack], [true, 'from-medium']);
  },
);

test(
  'a stick with a real file system runs full in the middle, and goes on once it has room',
  needsRoot(),
  async t => {
    const b = await bench(t, { files: { space: () => Promise.resolve(plenty) } });
    if (!ext4(t, b.folder, b.stick)) return;
    const foreign = join(b.stick, 'holiday.mov');
    sh('fallocate', '-l', `${44 * 2 ** 20}`, foreign);
    b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(4000));
    assert.equal((await failure(write(b))).code, 'disk-full');
    assert.ok(readdirSync(b.stick).every(name => !/^coldstart-.*Z$/.test(name)));
    assert.equal(statSync(foreign).size, 44 * 2 ** 20, 'what is not ours stays');
    rmSync(foreign);
    const written = await write(b);
    assert.deepEqual([written.check.complete, written.check.problems], [true, []]);
  },
);

test('one flipped bit in what vouches for the rest is found by name', async t => {
  const b = await bench(t);
  const { path } = await write(b);
  for (const name of [
    'tagmanifest-sha256.txt',
    'tagmanifest-sha512.txt',
    'tagmanifest-sha256.txt.minisig',
    'manifest-sha256.txt',
    'bagit.txt',
    'index.html',
  ]) {
    const file = join(path, name);
    const whole = readFileSync(file);
    const flipped = Buffer.from(whole);
    flipped[100 % whole.length] = (flipped[100 % whole.length] ?? 0) ^ 4;
    writeFileSync(file, flipped);
    const told = await b.calls['bag.verify']({ path }, b.context());
    assert.equal(told.complete, false, name);
    writeFileSync(file, whole);
  }
  assert.equal((await b.calls['bag.verify']({ path }, b.context())).complete, true);
});

test('killed at any moment, the export goes on, and no whole-looking bag is ever a broken one', async t => {
  const killed = await killAndResume(
    t,
    [1, 2, 3, 4, 6, 8].map(lines => ({ lines })),
  );
  assert.ok(killed > 2, `killed ${killed} times`);
});

test('a flipped bit at any place of a bag is found', async t => {
  const b = await bench(t);
  b.addSnapshot('2026-01-05T00:00:00.000Z');
  const { path } = await write(b);
  await flipBits(b, path, 60, seeded(20260105));
});

test('an added, a removed and a shortened file are found, and a link is not followed', async t => {
  const b = await bench(t);
  const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z');
  const { path } = await write(b);
  const verify = async (): Promise<string> =>
    (await b.calls['bag.verify']({ path }, b.context())).problems.join('\n');
  const file = join(path, `data/snapshots/${snapshot.id}.db.age`);
  const bytes = readFileSync(file);
  writeFileSync(join(path, 'data/extra'), 'x');
  assert.match(await verify(), /data\/extra lies in the bag but is not in manifest/);
  rmSync(join(path, 'data/extra'));
  writeFileSync(join(path, 'README2.txt'), 'x');
  assert.match(await verify(), /README2\.txt lies in the bag but is in no tag manifest/);
  rmSync(join(path, 'README2.txt'));
  truncateSync(file, bytes.length - 1);
  assert.match(await verify(), /was altered[^]*|Payload-Oxum/);
  rmSync(file);
  assert.match(await verify(), /missing from the bag/);
  sh('ln', '-s', '/etc/passwd', file);
  assert.match(await verify(), /symbolic link/);
  rmSync(file);
  writeFileSync(file, bytes);
  assert.equal(await verify(), '');
});

test('what is no bag is said in words', async t => {
  const b = await bench(t);
  assert.match(
    (await b.calls['bag.verify']({ path: b.stick }, b.context())).problems.join('\n'),
    /this folder is no BagIt bag/,
  );
  assert.equal(
    (await failure(b.calls['bag.verify']({ path: join(b.stick, 'none') }, b.context()))).code,
    'no-such-thing',
  );
});

test('another key opens nothing and leaves nothing; a folder with something in it is not written into', async t => {
  const b = await bench(t);
  b.addSnapshot('2026-01-05T00:00:00.000Z');
  const { path } = await write(b);
  const opening = { files: localFiles(), work: work(), signal };
  const to = join(b.folder, 'opened');
  const other = await ageKey();
  assert.equal((await failure(openBag(path, other.identity, to, opening))).code, 'check-failed');
  assert.deepEqual(readdirSync(to), []);
  writeFileSync(join(to, 'mine'), 'x');
  assert.equal((await failure(openBag(path, b.key.identity, to, opening))).code, 'already-there');
  assert.deepEqual(readdirSync(to), ['mine']);
});

test('a bag whose manifest points out of it opens nothing', async t => {
  const b = await bench(t);
  const { path } = await write(b);
  const manifest = join(path, 'manifest-sha256.txt');
  const text = readFileSync(manifest, 'utf8');
  writeFileSync(manifest, text.replace('data/inventory/inventory.json.age', 'data/../../escaped.age'));
  const to = join(b.folder, 'opened');
  const told = await failure(
    openBag(path, b.key.identity, to, { files: localFiles(), work: work(), signal }),
  );
  assert.equal(told.code, 'damaged');
  assert.match(told.says, /leads out of the bag/);
  assert.ok(!existsSync(to));
});

test('quotes, line ends and commands in names change nothing', async t => {
  const b = await bench(t);
  const stick = join(b.stick, 'it\'s a\n"stick" $(touch x) %0A');
  mkdirSync(stick);
  const snapshot = b.addSnapshot(
    '2026-01-05T00:00:00.000Z',
    snapshotBytes(),
    "on-demand-'\n$(reboot)-1767571200",
  );
  const { path } = await write(b, undefined, stick);
  assert.deepEqual((await b.calls['bag.verify']({ path }, b.context())).problems, []);
  const to = join(b.folder, 'opened');
  await openBag(path, b.key.identity, to, { files: localFiles(), work: work(), signal });
  const sheet = JSON.parse(readFileSync(join(to, 'inventory/inventory.json'), 'utf8'));
  assert.equal(sheet.snapshots[0].name, snapshot.name);
});

test('a stick pulled in the middle of an export, and plugged in as it was then', needsRoot(), async t => {
  await pullExports(t, 2, 20261123);
});
