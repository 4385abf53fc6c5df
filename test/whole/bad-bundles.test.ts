import assert from 'node:assert/strict';
import {
  appendFileSync,
  closeSync,
  cpSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { commandLine, failureIn } from '../support/coldstart.ts';
import type { CommandLine } from '../support/coldstart.ts';
import { assets, k3sVersion } from '../support/field-site.ts';
import { folder } from '../support/folder.ts';
import { needsRoot } from '../support/needs.ts';
import { testDisk } from '../support/stick.ts';

interface Laptop {
  readonly cli: CommandLine;
  readonly folder: string;
}

function laptop(t: TestContext): Laptop {
  const base = folder(t);
  const home = join(base, 'home');
  mkdirSync(home);
  return { cli: commandLine(home), folder: base };
}

/** Files of the vault by name; what ends in `.part` is half of one. */
const inVault = (cli: CommandLine): string[] => {
  const path = join(cli.home, 'bundles');
  return existsSync(path)
    ? readdirSync(path, { recursive: true, encoding: 'utf8' }).filter(name => /[0-9a-f]{64}/.test(name))
    : [];
};
const noHalves = (cli: CommandLine): void =>
  assert.deepEqual(
    inVault(cli).filter(name => !/[0-9a-f]{64}$/.test(name)),
    [],
  );
const bundles = async (cli: CommandLine): Promise<unknown[]> => (await cli.done('bundle', 'list')).bundles;

interface Row {
  readonly spoil: (path: string) => void;
  readonly code: 'damaged' | 'bundle-incomplete' | 'bad-ask';
  readonly says: RegExp;
}
const images = 'k3s-airgap-images-amd64.tar.zst';
const rows: Readonly<Record<string, Row>> = {
  'one altered byte in an archive': {
    spoil: path => {
      const bytes = readFileSync(join(path, images));
      bytes[1000] = (bytes[1000] ?? 0) ^ 1;
      writeFileSync(join(path, images), bytes);
    },
    code: 'damaged',
    says: new RegExp(`${images}.*(SHA-256|checksum|altered)`, 'i'),
  },
  'an archive cut short': {
    spoil: path => truncateSync(join(path, images), 20_000),
    code: 'damaged',
    says: new RegExp(`${images}.*(short|ends|cut)`, 'i'),
  },
  'an empty archive': {
    spoil: path => truncateSync(join(path, images), 0),
    code: 'damaged',
    says: new RegExp(images),
  },
  'a binary with something behind it': {
    spoil: path => appendFileSync(join(path, 'k3s'), 'x'),
    code: 'damaged',
    says: /k3s/,
  },
  'no image archive': {
    spoil: path => rmSync(join(path, images)),
    code: 'bundle-incomplete',
    says: /image/i,
  },
  'no install script': {
    spoil: path => rmSync(join(path, 'install.sh')),
    code: 'bundle-incomplete',
    says: /install\.sh/,
  },
  'no checksum list': {
    spoil: path => rmSync(join(path, 'sha256sum-amd64.txt')),
    code: 'bundle-incomplete',
    says: /sha256sum-amd64\.txt/,
  },
  'a program of another architecture under this name': {
    spoil: path => {
      cpSync(join(assets(join(path, '..', 'arm'), { arch: 'arm64' }), 'k3s-arm64'), join(path, 'k3s'));
    },
    code: 'damaged',
    says: /k3s.*64-bit ARM/,
  },
};

for (const [what, row] of Object.entries(rows))
  test(`a bundle with ${what} is not imported; mended, the same command takes it`, async t => {
    const { cli, folder: base } = laptop(t);
    const path = assets(join(base, 'assets'));
    row.spoil(path);
    const failure = failureIn(await cli.run('bundle', 'import', path), row.code);
    assert.match(failure.says, row.says);
    assert.equal(failure.about, path);
    const verified = await cli.run('bundle', 'verify', path);
    assert.equal(verified.status, 1, verified.stdout);
    assert.equal(verified.json.complete, false);
    assert.deepEqual(await bundles(cli), []);
    noHalves(cli);
    assets(path);
    assert.equal((await cli.done('bundle', 'import', path)).complete, true);
    noHalves(cli);
  });

test('a folder name with spaces, quotes, a newline and a command in it is a folder name', async t => {
  const { cli, folder: base } = laptop(t);
  const path = assets(
    join(base, `a "b" 'c' $(touch ${join(base, 'ran').replaceAll('/', '_')}) \`id\`\n;& |*?[x] ünïcødé \\`),
  );
  const bundle = await cli.done('bundle', 'import', path);
  assert.equal(bundle.source, path);
  assert.equal((await cli.done('bundle', 'verify', path)).complete, true);
  const gone = failureIn(await cli.run('bundle', 'import', `${path}\u001b[2J-not`), 'no-such-thing');
  assert.match(gone.about ?? '', /not$/);
  assert.deepEqual(readdirSync(base).sort(), [path.slice(base.length + 1), 'home'].sort());
});

test('what is no bundle folder is told apart: a file, an empty folder, strangers, nothing, no right', async t => {
  const { cli, folder: base } = laptop(t);
  const at = (name: string): string => join(base, name);
  writeFileSync(at('file'), 'x');
  failureIn(await cli.run('bundle', 'import', at('file')), 'bad-ask');
  mkdirSync(at('empty'));
  failureIn(await cli.run('bundle', 'import', at('empty')), 'bundle-incomplete');
  mkdirSync(at('photos'));
  writeFileSync(at('photos/a.jpg'), 'x');
  failureIn(await cli.run('bundle', 'import', at('photos')), 'bundle-incomplete');
  failureIn(await cli.run('bundle', 'import', at('nowhere')), 'no-such-thing');
  failureIn(await cli.run('bundle', 'import', at('file/below')), 'could-not');
  failureIn(await cli.run('bundle', 'import', ''), 'bad-ask');
  assert.deepEqual(await bundles(cli), []);
});

test('a bundle on a stick that can only be read is imported', needsRoot(), async t => {
  const { cli } = laptop(t);
  const stick = testDisk(t, 'size=64m');
  const path = assets(join(stick.path, 'k3s'));
  stick.remount('ro');
  assert.equal((await cli.done('bundle', 'import', path)).complete, true);
  assert.equal((await cli.done('bundle', 'verify', path)).complete, true);
});

/** A folder with an archive large enough to be met in the middle of its copy: 256 MiB of one file in a tar. */
let large = '';
const largeBytes = 256 * 1024 * 1024;
before(() => {
  large = mkdtempSync(join(tmpdir(), 'coldstart-large-'));
  const images = new Uint8Array(largeBytes);
  const head = Buffer.from(images.buffer, 0, 512);
  head.write('layer');
  head.write('0000644\0', 100);
  head.write(`${(largeBytes - 2048).toString(8).padStart(11, '0')}\0`, 124);
  head.write('ustar\x0000', 257);
  head.write('        ', 148);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  assets(large, { images });
});
after(() => rmSync(large, { recursive: true, force: true }));
/** At least 10 MB are over: the small files are done, the large one is under way. */
const halfway = (cli: CommandLine) => (): boolean =>
  inVault(cli).some(name => {
    const { size } = statSync(join(cli.home, 'bundles', name));
    return size > 10e6 && size < largeBytes - 10e6;
  });

for (const how of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const)
  test(`an import ended by ${how} in the middle leaves no bundle, and the next one goes on where it was`, async t => {
    const { cli } = laptop(t);
    const importing = cli.start('bundle', 'import', large);
    await importing.heldWhen(halfway(cli));
    importing.child.kill(how);
    importing.goOn();
    const said = await importing.ended;
    if (how === 'SIGKILL') assert.equal(said.signal, 'SIGKILL', 'it ended before it could be killed');
    else assert.match(failureIn(said, 'cancelled').next ?? '', /goes on/);
    assert.deepEqual(await bundles(cli), []);
    const bundle = await cli.done('bundle', 'import', large);
    assert.equal(bundle.complete, true);
    assert.ok(
      bundle.copiedBytes < bundle.bytes,
      `${bundle.copiedBytes} of ${bundle.bytes} bytes were copied again`,
    );
    noHalves(cli);
  });

test(
  'a stick pulled in the middle of an import is told, and plugged in again the import goes on',
  needsRoot(),
  async t => {
    const { cli, folder: base } = laptop(t);
    const stick = testDisk(t, 'size=300m');
    const path = join(stick.path, 'k3s');
    cpSync(large, path, { recursive: true });
    const importing = cli.start('bundle', 'import', path);
    await importing.heldWhen(halfway(cli));
    // What a pulled stick looks like to a program: the folder is gone, and the file it still reads ends early.
    const open = openSync(join(path, 'k3s-airgap-images-amd64.tar'), 'r+');
    rmSync(path, { recursive: true });
    ftruncateSync(open, 1024);
    closeSync(open);
    stick.pull();
    importing.goOn();
    const failure = failureIn(await importing.ended, 'gone-away');
    assert.equal(failure.about, path);
    assert.match(failure.next ?? '', /Plug the stick in again/);
    assert.deepEqual(await bundles(cli), []);
    const elsewhere = join(base, 'k3s');
    cpSync(large, elsewhere, { recursive: true });
    assert.equal((await cli.done('bundle', 'import', elsewhere)).complete, true);
    noHalves(cli);
    assert.equal((await cli.done('bundle', 'verify', k3sVersion)).complete, true);
  },
);

test('a laptop without room for a bundle says so before it copies anything', needsRoot(), async t => {
  const disk = testDisk(t, 'size=80m');
  const home = join(disk.path, 'home');
  mkdirSync(home);
  const cli = commandLine(home);
  const failure = failureIn(await cli.run('bundle', 'import', large), 'space-short');
  assert.match(failure.says, /25\d MiB/);
  assert.deepEqual(inVault(cli), []);
  disk.remount('size=500m');
  assert.equal((await cli.done('bundle', 'import', large)).complete, true);
});

test('a practice bundle and an unsigned one are kept from real nodes', async t => {
  const { cli, folder: base } = laptop(t);
  const practice = join(import.meta.dirname, '../../resources/practice/bundle');
  failureIn(await cli.run('bundle', 'import', practice), 'practice-only');
  const path = assets(join(base, 'assets'));
  const wrong = failureIn(await cli.run('bundle', 'import', path, '--consent', 'yes'), 'consent-needed');
  assert.match(wrong.says, /v1\.33\.5\+k3s1/);
  assert.equal((await cli.done('bundle', 'import', path)).origin.is, 'unknown');
});
