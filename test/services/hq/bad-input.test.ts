import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { FailureCode } from '../../../preload/contract/failure.ts';
import { signed } from '../../../main/core/minisign.ts';
import { work } from '../../../main/machine/work.ts';
import { ageKey } from '../../support/age-key.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';
import { bagSite, hqBench, onlyBag } from '../../support/hq-bags.ts';

const site = await bagSite();
const hash = (text: string | Uint8Array, how: string): string => createHash(how).update(text).digest('hex');
const edit = (path: string, change: (text: string) => string): void =>
  writeFileSync(path, change(readFileSync(path, 'utf8')));
const anyFile = (bag: string): string =>
  join('data/snapshots', readdirSync(join(bag, 'data/snapshots'))[0] ?? '');

/** What the laptop itself would write around a changed manifest: whoever holds its key can sign anything. */
async function signedAnew(bag: string, key: Parameters<typeof signed>[1]): Promise<void> {
  for (const how of ['sha256', 'sha512']) {
    const names = [
      'README.txt',
      'bag-info.txt',
      'bagit.txt',
      'index.html',
      'manifest-sha256.txt',
      'manifest-sha512.txt',
    ];
    const lines = names.map(name => `${hash(readFileSync(join(bag, name)), how)}  ${name}\n`);
    writeFileSync(join(bag, `tagmanifest-${how}.txt`), lines.join(''));
  }
  const path = join(bag, 'tagmanifest-sha256.txt');
  writeFileSync(`${path}.minisig`, await signed(readFileSync(path), key, 'again'));
}

interface Case {
  readonly what: string;
  readonly code: FailureCode;
  readonly says: RegExp;
  /** The spoiled bag is signed by the enrolled laptop itself. */
  readonly signed?: true;
  readonly spoil: (bag: string) => void;
}

const inManifests = (bag: string, change: (text: string, how: 'sha256' | 'sha512') => string): void => {
  for (const how of ['sha256', 'sha512'] as const)
    edit(join(bag, `manifest-${how}.txt`), text => change(text, how));
};

const cases: readonly Case[] = [
  {
    what: 'a path that leads out of the bag, signed',
    code: 'damaged',
    says: /leads out of the bag/,
    signed: true,
    spoil: bag => inManifests(bag, (text, how) => `${text}${hash('x', how)}  data/../../../evil\n`),
  },
  {
    what: 'an absolute path, signed',
    code: 'damaged',
    says: /is not relative to the bag/,
    signed: true,
    spoil: bag => inManifests(bag, (text, how) => `${text}${hash('x', how)}  /etc/passwd\n`),
  },
  {
    what: 'a symbolic link in the place of a file',
    code: 'damaged',
    says: /is a symbolic link/,
    spoil: bag => {
      const path = join(bag, anyFile(bag));
      renameSync(path, join(bag, '..', 'moved'));
      symlinkSync(join(bag, '..', 'moved'), path);
    },
  },
  {
    what: 'a link to a folder',
    code: 'damaged',
    says: /is a symbolic link/,
    spoil: bag => symlinkSync('/etc', join(bag, 'data/etc')),
  },
  {
    what: 'a manifest line twice, signed',
    code: 'damaged',
    says: /is listed twice/,
    signed: true,
    spoil: bag => inManifests(bag, text => text + (text.split('\n')[0] ?? '') + '\n'),
  },
  {
    what: 'a manifest line that is missing, signed',
    code: 'damaged',
    says: /is not in manifest/,
    signed: true,
    spoil: bag => inManifests(bag, text => text.split('\n').slice(1).join('\n')),
  },
  {
    what: 'a flipped byte',
    code: 'damaged',
    says: /was altered/,
    spoil: bag => {
      const path = join(bag, anyFile(bag));
      const bytes = readFileSync(path);
      bytes[5000] = (bytes[5000] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    },
  },
  {
    what: 'a missing file',
    code: 'damaged',
    says: /missing from the bag/,
    spoil: bag => rmSync(join(bag, anyFile(bag))),
  },
  {
    what: 'an extra file among the payload',
    code: 'damaged',
    says: /lies in the bag but is not in/,
    spoil: bag => writeFileSync(join(bag, 'data/extra.age'), 'x'),
  },
  {
    what: 'an extra file beside the payload',
    code: 'damaged',
    says: /in no tag manifest/,
    spoil: bag => writeFileSync(join(bag, 'autorun.inf'), 'x'),
  },
  {
    what: 'a payload file that is not sealed, signed',
    code: 'damaged',
    says: /is not sealed/,
    signed: true,
    spoil: bag => {
      writeFileSync(join(bag, 'data/plain.txt'), 'x');
      inManifests(bag, (text, how) => `${text}${hash('x', how)}  data/plain.txt\n`);
      const files = readdirSync(join(bag, 'data'), { recursive: true, withFileTypes: true }).filter(each =>
        each.isFile(),
      );
      const bytes = files.reduce(
        (sum, each) => sum + readFileSync(join(each.parentPath, each.name)).length,
        0,
      );
      edit(join(bag, 'bag-info.txt'), text =>
        text.replace(/Payload-Oxum: .*/, `Payload-Oxum: ${bytes}.${files.length}`),
      );
    },
  },
  {
    what: 'a tag manifest of 0 bytes',
    code: 'damaged',
    says: /is empty/,
    spoil: bag => writeFileSync(join(bag, 'tagmanifest-sha256.txt'), ''),
  },
  {
    what: 'a tag manifest with one more line',
    code: 'damaged',
    says: /not as it was written|tagmanifest/,
    spoil: bag => appendFileSync(join(bag, 'tagmanifest-sha256.txt'), '\n'),
  },
  {
    what: 'no bag-info.txt',
    code: 'damaged',
    says: /bag-info\.txt is missing/,
    spoil: bag => rmSync(join(bag, 'bag-info.txt')),
  },
  {
    what: 'a foreign bag',
    code: 'refused',
    says: /not made by Coldstart/,
    spoil: bag => edit(join(bag, 'bag-info.txt'), text => text.replace(/^Coldstart-.*\n/gm, '')),
  },
  {
    what: 'a bag of a format to come',
    code: 'refused',
    says: /knows format 1/,
    spoil: bag =>
      edit(join(bag, 'bag-info.txt'), text => text.replace('Coldstart-Format: 1', 'Coldstart-Format: 2')),
  },
  {
    what: 'a bag that was never finished',
    code: 'damaged',
    says: /never finished/,
    spoil: bag => renameSync(bag, `${bag}.partial`),
  },
  {
    what: 'a counter that is no number, signed',
    code: 'damaged',
    says: /how many-eth/,
    signed: true,
    spoil: bag =>
      edit(join(bag, 'bag-info.txt'), text => text.replace(/Coldstart-Counter: .*/, 'Coldstart-Counter: -1')),
  },
  {
    what: 'an id that is a path, signed',
    code: 'damaged',
    says: /names no site and export/,
    signed: true,
    spoil: bag =>
      edit(join(bag, 'bag-info.txt'), text =>
        text.replace(/External-Identifier: .*/, 'External-Identifier: ../../etc/x'),
      ),
  },
];

for (const { what, code, says, spoil, ...rest } of cases)
  test(`${what}: refused by name, and nothing of it stays`, async t => {
    const base = folder(t);
    const hq = await hqBench(base);
    await hq.enroll();
    const made = await hq.bag({ site });
    spoil(made.path);
    if (rest.signed) await signedAnew(made.path, hq.laptop);
    const path = existsSync(made.path) ? made.path : `${made.path}.partial`;
    const bag = onlyBag(await hq.receive([path]));
    assert.deepEqual([bag.is, bag.code], ['refused', code], bag.says);
    assert.match(bag.says, says);
    assert.ok((bag.next ?? '') !== '');
    for (const name of ['sites', 'incoming', 'opening', 'receipts', 'quarantine'])
      assert.deepEqual(
        existsSync(join(hq.archive, name)) ? readdirSync(join(hq.archive, name)) : [],
        [],
        name,
      );
    assert.equal(existsSync(join(base, 'evil')), false);
    assert.equal(existsSync(join(hq.stick, 'coldstart-from-hq')), false);
  });

test('folders and files that are no bags are told one by one, and the bag among them is received', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const made = await hq.bag({ site });
  const at = (name: string): string => join(hq.stick, name);
  mkdirSync(at('empty'));
  mkdirSync(at('photos'));
  writeFileSync(at('photos/cat.jpg'), 'x');
  writeFileSync(at('letter.txt'), 'x');
  mkdirSync(at('coldstart-from-hq/receipts'), { recursive: true });
  const { bags, received, refused } = await hq.receive([
    ...['empty', 'photos', 'letter.txt', 'coldstart-from-hq', 'pulled'].map(at),
    made.path,
  ]);
  assert.deepEqual([received, refused], [1, 5]);
  assert.deepEqual(Object.fromEntries(bags.map(each => [basename(each.bag), each.code ?? each.is])), {
    empty: 'bad-ask',
    photos: 'bad-ask',
    'letter.txt': 'bad-ask',
    'coldstart-from-hq': 'bad-ask',
    pulled: 'no-such-thing',
    [basename(made.path)]: 'received',
  });
});

test('sealed to another key: refused, and nothing is left of the try', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const made = await hq.bag({ site, recipients: [(await ageKey()).recipient] });
  const bag = onlyBag(await hq.receive([made.path]));
  assert.deepEqual([bag.is, bag.code], ['refused', 'check-failed']);
  assert.deepEqual(readdirSync(join(hq.archive, 'opening')), []);
});

test('an inventory of another site or export, signed and sealed: refused', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  for (const [counter, inventory] of [
    [1, { export: randomUUID() }],
    [2, { site: { id: randomUUID(), name: 'x' } }],
    [3, { kind: 'something' }],
  ] as const) {
    const bag = onlyBag(await hq.receive([(await hq.bag({ site, counter, inventory })).path]));
    assert.deepEqual([bag.is, bag.code], ['refused', 'damaged'], JSON.stringify(inventory));
  }
  assert.equal(existsSync(join(hq.archive, 'sites')), false);
});

test('an old bag played back under its own name brings nothing but its own receipt', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const [old, fresh] = [await hq.bag({ site, counter: 1 }), await hq.bag({ site, counter: 2 })];
  await hq.receive([old.path, fresh.path]);
  // The newer bag's place on the stick, filled with the old one.
  rmSync(fresh.path, { recursive: true });
  cpSync(old.path, fresh.path, { recursive: true });
  const bag = onlyBag(await hq.receive([fresh.path]));
  assert.deepEqual([bag.is, bag.export, bag.counter], ['again', old.exportId, 1]);
});

test('a stick that is pulled while its bag is read: told, nothing half-done, and received at the next try', async t => {
  const real = work();
  let pulled = true;
  const hq = await hqBench(folder(t), {
    work: {
      carry: (from, to, options) => {
        if (pulled && from.includes('snapshots'))
          renameSync(join(hq.stick, '..', 'stick'), `${hq.stick}-pulled`);
        return real.carry(from, to, options);
      },
    },
  });
  await hq.enroll();
  const made = await hq.bag({ site });
  const bag = onlyBag(await hq.receive([made.path]));
  assert.equal(bag.is, 'refused');
  assert.ok(['no-such-thing', 'gone-away'].includes(bag.code ?? ''), bag.code);
  assert.deepEqual(readdirSync(join(hq.archive, 'incoming')), []);
  pulled = false;
  renameSync(`${hq.stick}-pulled`, hq.stick);
  assert.equal(onlyBag(await hq.receive([made.path])).is, 'received');
});

test('a stick that gives other bytes at a second look: only what was copied and checked is opened', async t => {
  const real = work();
  const hq = await hqBench(folder(t), {
    // The one bag is shown first; what is copied then is another one under the same names.
    work: {
      carry: (from, to, options) => real.carry(from.replace(/shown/, 'hidden'), to, options),
    },
  });
  await hq.enroll();
  const [shown] = [
    await hq.bag({ site, counter: 1, name: 'shown', snapshots: {} }),
    await hq.bag({ site, counter: 2, name: 'hidden', snapshots: {} }),
  ];
  const bag = onlyBag(await hq.receive([shown.path]));
  assert.deepEqual([bag.is, bag.code], ['refused', 'damaged']);
  assert.match(bag.says, /changed while it was read/);
});

test('no room in the archive: refused before a byte is copied', async t => {
  const hq = await hqBench(folder(t), {
    files: {
      space: () =>
        Promise.resolve({ free: 1_000_000, bytes: 2_000_000, fileSystem: 'ext4', readOnly: false }),
    },
  });
  await hq.enroll();
  const bag = onlyBag(await hq.receive([(await hq.bag({ site })).path]));
  assert.deepEqual([bag.is, bag.code], ['refused', 'space-short']);
});

test('a fault of our own in one bag is told for that bag, and the others are received', async t => {
  const real = work();
  const hq = await hqBench(folder(t), {
    work: {
      measureSnapshot: (path, ...rest) =>
        path.includes('000002-') ? Promise.reject(new Error('oops')) : real.measureSnapshot(path, ...rest),
    },
  });
  await hq.enroll();
  const paths = [];
  for (const counter of [1, 2, 3]) paths.push((await hq.bag({ site, counter })).path);
  const { bags } = await hq.receive(paths);
  assert.deepEqual(
    bags.map(each => each.code ?? each.is),
    ['received', 'bug', 'received'],
  );
  assert.ok(!(bags[2]?.late ?? true));
});

test('a laptop that signs two exports with one number is accepted and told', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const one = await hq.bag({ site, counter: 1, name: 'one' });
  const two = await hq.bag({ site, counter: 1, name: 'two' });
  const three = await hq.bag({ site, counter: 2, previous: 'ab'.repeat(32) });
  await hq.receive([one.path]);
  assert.deepEqual(onlyBag(await hq.receive([two.path])).late, true);
  await hq.receive([three.path]);
  const { warnings } = await hq.status();
  assert.match(warnings.join('\n'), /signed two exports with number 1/);
  assert.match(warnings.join('\n'), /does not follow on/);
});

test('only whole paths are taken, and an empty archive folder is no archive', async t => {
  const hq = await hqBench(folder(t));
  await failing('bad-ask', () => hq.receive(['relative/bag']));
  mkdirSync(hq.archive);
  await failing('no-such-thing', () => hq.status());
});

test('an archive is never made among other things, such as on the stick itself', async t => {
  const hq = await hqBench(folder(t));
  const made = await hq.bag({ site });
  const ask = { bags: [made.path], identity: hq.at.identity, signKey: hq.at.signKey };
  for (const to of [hq.stick, made.path, join(made.path, 'archive'), join(made.path, 'data/deep/archive')])
    await failing('refused', () => hq.calls['hq.receive']({ ...ask, to }, hq.context()));
  assert.deepEqual(readdirSync(hq.stick), [basename(made.path)]);
  assert.equal(existsSync(join(made.path, 'archive')), false);
});

test('a clock that stood in 1970: the date is marked, the order is that of the counters', async t => {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const fine = await hq.bag({ site, counter: 1, at: new Date('2026-02-01T00:00:00Z') });
  const back = await hq.bag({ site, counter: 2, at: new Date('1970-01-01T00:10:00Z'), clockDoubtful: true });
  const { bags } = await hq.receive([back.path, fine.path]);
  assert.deepEqual(
    bags.map(each => [each.is, each.late, each.clockDoubtful]),
    [
      ['received', false, true],
      ['received', false, undefined],
    ],
  );
  const [at] = (await hq.status()).sites;
  assert.deepEqual([at?.lastAt.slice(0, 10), at?.doubtful], ['1970-01-01', true]);
});
