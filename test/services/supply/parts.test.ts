import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { failureOf } from '../../../preload/contract/failure.ts';
import { bagInfoField, tagFiles } from '../../../main/core/bagit.ts';
import { localFiles } from '../../../main/machine/files.ts';
import { work } from '../../../main/machine/work.ts';
import { openBag } from '../../../main/services/supply/open-bag.ts';
import { ageKey } from '../../support/age-key.ts';
import { needs } from '../../support/needs.ts';
import { snapshotBytes, supplyBench } from '../../support/supply.ts';

const partBytes = 2 ** 20;
const opening = { files: localFiles(), work: work(), signal: new AbortController().signal };

/** A bag with one snapshot in three parts. */
async function cutBag(t: TestContext) {
  const key = await ageKey();
  const b = supplyBench({ recipients: [key.recipient], partBytes });
  t.after(() => b.close());
  b.keepToken();
  const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(600));
  const written = await b.calls['export.write']({ site: b.site.id, to: b.stick }, b.context());
  const at = join(written.path, 'data/snapshots');
  const name = `${snapshot.id}.db.age`;
  return { b, key, snapshot, written, at, name };
}

/** Makes the bag sound again around what lies in its payload now, as somebody might who has no key. */
function baggedAnew(path: string): void {
  const payload = readdirSync(join(path, 'data'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => {
      const file = join(entry.parentPath, entry.name);
      const bytes = readFileSync(file);
      const of = (digest: string): string => createHash(digest).update(bytes).digest('hex');
      const at = file.slice(path.length + 1);
      return { path: at, bytes: bytes.length, sha256: of('sha256'), sha512: of('sha512') };
    });
  const info = readFileSync(join(path, 'bag-info.txt'), 'utf8');
  const [site = '', exportId = ''] = (bagInfoField(info, 'External-Identifier') ?? '').split('/');
  const about = { site, exportId, at: new Date(), agent: 'x', world: 'real' } as const;
  for (const tag of tagFiles(payload, about)) writeFileSync(join(path, tag.path), tag.text);
}

test(
  'a large file goes out in parts that the age tool opens once they are put together',
  needs('age'),
  async t => {
    const { b, key, snapshot, written, at, name } = await cutBag(t);
    assert.deepEqual(
      readdirSync(at).toSorted(),
      [1, 2, 3].map(n => `${name}.part-00${n}`),
    );
    assert.deepEqual(
      readdirSync(at)
        .toSorted()
        .slice(0, 2)
        .map(part => statSync(join(at, part)).size),
      [partBytes, partBytes],
    );
    for (const digest of ['sha256', 'sha512'])
      execFileSync(`${digest}sum`, ['-c', '--strict', `manifest-${digest}.txt`], { cwd: written.path });
    writeFileSync(join(b.folder, 'key'), key.identity.reveal());
    const opened = execFileSync('sh', ['-c', `cat ${name}.part-* | age -d -i '${join(b.folder, 'key')}'`], {
      cwd: at,
      maxBuffer: 2 ** 24,
    });
    assert.ok(opened.equals(readFileSync(snapshot.path)));
  },
);

test('what comes out is whole again, and the inventory names the parts', async t => {
  const { b, key, snapshot, written, name } = await cutBag(t);
  const to = join(b.folder, 'opened');
  const opened = await openBag(written.path, key.identity, to, opening);
  assert.ok(
    opened.some(file => file.path === `snapshots/${snapshot.id}.db` && file.sha256 === snapshot.sha256),
  );
  const sheet = JSON.parse(readFileSync(join(to, 'inventory/inventory.json'), 'utf8'));
  const file = sheet.files.find((each: { path: string }) => each.path === `data/snapshots/${name}`);
  assert.deepEqual(
    file.parts.map((part: { path: string }) => part.path),
    [1, 2, 3].map(n => `data/snapshots/${name}.part-00${n}`),
  );
  assert.equal(sheet.snapshots[0].file, `data/snapshots/${name}`);
});

test('the plan counts the parts, and a second stick carries the very same ones', async t => {
  const { b, written } = await cutBag(t);
  const plan = await b.calls['export.plan']({ site: b.site.id, to: b.stick }, b.context());
  assert.equal(plan.enough, true);
  const second = join(b.folder, 'second');
  rmSync(second, { recursive: true, force: true });
  execFileSync('mkdir', [second]);
  const again = await b.calls['export.write'](
    { site: b.site.id, to: second, export: written.id },
    b.context(),
  );
  const inside = (path: string): readonly string[] =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(path.length))
      .toSorted();
  assert.deepEqual(inside(again.path), inside(written.path));
  for (const name of inside(written.path))
    assert.ok(readFileSync(join(again.path, name)).equals(readFileSync(join(written.path, name))), name);
});

test('a part that is flipped, missing, extra or in another place opens nothing', async t => {
  const { b, key, written, at, name } = await cutBag(t);
  const to = join(b.folder, 'opened');
  const refused = async (what: string): Promise<string> => {
    const said = await openBag(written.path, key.identity, to, opening).then(
      () => assert.fail(`${what} was opened`),
      thrown => failureOf(thrown),
    );
    assert.equal(said.code, 'damaged', what);
    rmSync(to, { recursive: true, force: true });
    return said.says;
  };
  const [one, two, three] = [1, 2, 3].map(n => join(at, `${name}.part-00${n}`)) as [string, string, string];
  const bytes = [one, two, three].map(path => readFileSync(path));
  const flipped = Buffer.from(bytes[1] ?? []);
  flipped[1000] = (flipped[1000] ?? 0) ^ 1;
  writeFileSync(two, flipped);
  assert.match(await refused('a flipped bit'), /part-002 was altered/);
  baggedAnew(written.path);
  await refused('a flipped bit under new manifests');
  rmSync(two);
  baggedAnew(written.path);
  assert.match(await refused('a part missing in the middle'), /part-002 is missing/);
  writeFileSync(two, bytes[1] ?? '');
  rmSync(three);
  baggedAnew(written.path);
  await refused('the last part missing');
  writeFileSync(three, bytes[2] ?? '');
  writeFileSync(join(at, `${name}.part-004`), 'more');
  baggedAnew(written.path);
  await refused('a part too many');
  rmSync(join(at, `${name}.part-004`));
  writeFileSync(two, bytes[0] ?? '');
  writeFileSync(one, bytes[1] ?? '');
  baggedAnew(written.path);
  await refused('two parts swapped');
});
