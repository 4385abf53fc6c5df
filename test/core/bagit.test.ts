import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAgeRecipient, ageRecipient } from '../../main/core/age-recipient.ts';
import { bagPromise, differences } from '../../main/core/bag-check.ts';
import type { Found } from '../../main/core/bag-check.ts';
import { bytesWanted, whyShort } from '../../main/core/bag-space.ts';
import {
  bagInfoField,
  escapes,
  manifest,
  manifestLines,
  manifestPath,
  oxum,
  pathMeant,
  tagFiles,
  textFile,
} from '../../main/core/bagit.ts';
import { bagName, safeName, stickName } from '../../main/core/stick-names.ts';

const info = {
  site: '11111111-2222-4333-8444-555555555555',
  exportId: '99999999-2222-4333-8444-555555555555',
  at: new Date('2026-01-05T10:11:12Z'),
  agent: 'Coldstart 0.1.0',
  world: 'real',
} as const;

/** A whole little bag, as texts by path. */
function bag(
  payload: Readonly<Record<string, string>> = { 'data/a.age': 'one', 'data/b/c.age': 'two' },
): Map<string, string> {
  const files = Object.entries(payload).map(([path, text]) => textFile(path, text));
  return new Map([
    ...Object.entries(payload),
    ...tagFiles(files, info).map(tag => [tag.path, tag.text] as const),
  ]);
}
const found = (texts: ReadonlyMap<string, string>): Found[] =>
  [...texts].map(([path, text]) => ({ path, kind: 'file', bytes: Buffer.byteLength(text) }));
const judged = (texts: ReadonlyMap<string, string>, extra: Found[] = []): readonly string[] => {
  const promise = bagPromise({ found: [...found(texts), ...extra], texts });
  const read = new Map([...texts].map(([path, text]) => [path, textFile(path, text)]));
  return [...promise.problems, ...differences(promise, read)];
};

test('only CR, LF and % are written as codes in a manifest, and come back', () => {
  for (const path of ['data/50% of\r\nall', 'data/%0A', "data/it's", 'data/ünï'])
    assert.equal(pathMeant(manifestPath(path)), path);
  assert.equal(manifestPath('data/a%b\nc'), 'data/a%25b%0Ac');
});

test('a manifest is sorted, two spaces between hash and path', () => {
  const text = manifest([textFile('data/b', ''), textFile('data/a', '')], 'sha256');
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  assert.equal(text, `${empty}  data/a\n${empty}  data/b\n`);
});

test('manifests of other tools are read: upper case, tabs, asterisk, ./ and CRLF', () => {
  const hash = 'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855';
  const read = manifestLines(`${hash}\tdata/a\r\n${hash} *./data/b\r\nnonsense\r\n`, 'sha256');
  assert.deepEqual(
    read.lines.map(line => line.path),
    ['data/a', 'data/b'],
  );
  assert.equal(read.lines[0]?.hash, hash.toLowerCase());
  assert.deepEqual(read.wrong, ['nonsense']);
});

test('a whole bag has no problem', () => assert.deepEqual(judged(bag()), []));

test('paths that leave the bag are refused, whatever system would follow them', () => {
  for (const path of [
    '/etc/passwd',
    '../x',
    'data/../../x',
    'data//x',
    'C:/x',
    'data\\..\\x',
    '~/x',
    'data/./x',
    'data/x\0',
  ])
    assert.notEqual(escapes(path), undefined, path);
  assert.equal(escapes('data/..x/y..'), undefined);
});

test('a missing, an extra and an altered file are each named', () => {
  const missing = bag();
  missing.delete('data/a.age');
  assert.match(judged(missing).join('\n'), /data\/a\.age is in manifest-sha256\.txt but missing/);
  const extra = bag();
  extra.set('data/new', 'x');
  assert.match(judged(extra).join('\n'), /data\/new lies in the bag but is not in manifest-sha512\.txt/);
  const altered = bag();
  altered.set('data/a.age', 'onf');
  assert.deepEqual(judged(altered), [
    'data/a.age was altered: its sha256 and sha512 differs from the manifest.',
  ]);
});

test('a changed tag file, a wrong Oxum and a missing bagit.txt are found', () => {
  const tag = bag();
  tag.set('bag-info.txt', `${tag.get('bag-info.txt')}Contact-Name: someone\n`);
  assert.match(judged(tag).join('\n'), /bag-info\.txt was altered/);
  const short = bag();
  short.set('bag-info.txt', (short.get('bag-info.txt') ?? '').replace('6.2', '7.2'));
  assert.match(judged(short).join('\n'), /promises Payload-Oxum 7\.2, the bag holds 6\.2/);
  const none = bag();
  none.delete('bagit.txt');
  assert.match(judged(none).join('\n'), /bagit\.txt is missing: this folder is no BagIt bag/);
});

test('a manifest that points outside, names a file twice or names tag files is refused', () => {
  const texts = bag();
  const line = (texts.get('manifest-sha256.txt') ?? '').split('\n')[0] ?? '';
  const out = line.replace(/data\/.*/, '../../etc/passwd');
  texts.set(
    'manifest-sha256.txt',
    `${texts.get('manifest-sha256.txt')}${line}\n${out}\n${line.replace(/data\/.*/, 'bagit.txt')}\n`,
  );
  const problems = judged(texts).join('\n');
  assert.match(problems, /etc\/passwd leads out of the bag/);
  assert.match(problems, /listed twice/);
  assert.match(problems, /bagit\.txt does not belong in manifest-sha256\.txt/);
});

test('symbolic links and fetch.txt do not pass in a bag', () => {
  const problems = judged(bag(), [
    { path: 'data/link', kind: 'link', bytes: 0 },
    { path: 'fetch.txt', kind: 'file', bytes: 0 },
  ]).join('\n');
  assert.match(problems, /data\/link is a symbolic link/);
  assert.match(problems, /fetch\.txt names files elsewhere/);
});

test('what stands in the clear names nothing of the site', () => {
  const clear = tagFiles([textFile('data/a', 'x')], info)
    .map(tag => tag.text)
    .join('\n');
  assert.match(clear, /External-Identifier: 11111111-2222-4333-8444-555555555555\/99999999/);
  assert.equal(bagInfoField(clear, 'coldstart-format'), '1');
  assert.doesNotMatch(clear, /k3s|node|\d+\.\d+\.\d+\.\d+/i);
});

test('bagit.txt is written last, so a broken copy is no bag', () => {
  assert.equal(tagFiles([], info).at(-1)?.path, 'bagit.txt');
});

test('a practice bag says so where everyone sees it', () => {
  const tags = tagFiles([], { ...info, world: 'practice' });
  const texts = new Map(tags.map(tag => [tag.path, tag.text]));
  assert.equal(bagPromise({ found: found(texts), texts }).practice, true);
  assert.match(texts.get('README.txt') ?? '', /^This is a practice bag/);
});

test('Payload-Oxum is bytes and files', () => assert.equal(oxum([{ bytes: 10 }, { bytes: 5 }]), '15.2'));

test('names on sticks survive every file system and never collide', () => {
  const names = [
    'a b',
    'a_b',
    'a\nb',
    "it's",
    '$(x)',
    '..',
    '.',
    '-rf',
    'CON',
    'con.txt',
    'x.',
    '/',
    'ü',
    'x'.repeat(300),
  ];
  const safe = names.map(safeName);
  for (const name of safe) {
    assert.match(name, stickName);
    assert.ok(name.length < 255);
  }
  assert.equal(new Set(safe.map(name => name.toLowerCase())).size, names.length);
  assert.equal(safeName('on-demand-cp-1-1767571204'), 'on-demand-cp-1-1767571204');
});

test('a bag is named for the site id and the second', () => {
  assert.equal(bagName(info.site, info.at), 'coldstart-11111111-20260105T101112Z');
});

test('a stick that is too small, or FAT with a file of 4 GiB, is told before writing', () => {
  const small = { path: 'data/a', bytes: 1 };
  assert.equal(whyShort([small], 1, { free: bytesWanted([small], 1), fileSystem: 'vfat' }), undefined);
  assert.match(
    whyShort([small], 1, { free: bytesWanted([small], 1) - 1, fileSystem: 'ext4' }) ?? '',
    /needs 4\.1 MiB/,
  );
  const huge = { path: 'data/huge', bytes: 2 ** 32 };
  assert.match(
    whyShort([huge], 1, { free: 2 ** 40, fileSystem: 'vfat' }) ?? '',
    /data\/huge is 4096 MiB.*FAT32/,
  );
  assert.equal(whyShort([huge], 1, { free: 2 ** 40, fileSystem: 'exfat' }), undefined);
});

test('an age recipient with one wrong character is refused, a secret key is never repeated', () => {
  // from the age specification's example
  const good = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
  assert.equal(ageRecipient(` ${good}\n`), good);
  for (let i = 0; i < good.length; i++) {
    const other = good[i] === 'q' ? 'p' : 'q';
    assert.equal(isAgeRecipient(good.slice(0, i) + other + good.slice(i + 1)), false, `character ${i}`);
  }
  assert.equal(isAgeRecipient(good.toUpperCase()), false);
  const secret = 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX';
  assert.throws(
    () => ageRecipient(secret),
    (thrown: unknown) => !JSON.stringify((thrown as { failure: unknown }).failure).includes('GFPYY'),
  );
});
