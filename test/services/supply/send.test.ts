import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { failureOf } from '../../../preload/contract/failure.ts';
import type { Failure } from '../../../preload/contract/failure.ts';
import { ageKey } from '../../support/age-key.ts';
import { needs } from '../../support/needs.ts';
import { lonelyLinks, openTrusting, targetOf } from '../../support/ssh.ts';
import { startSshd, testFolder } from '../../support/sshd.ts';
import { snapshotBytes, supplyBench } from '../../support/supply.ts';

const sshd = needs('sshd');

/** A site whose machine is a real OpenSSH server, with a folder there that takes exports. */
async function mirror(t: TestContext, pages = 4) {
  const server = await startSshd(t);
  const links = await lonelyLinks(t);
  await (await openTrusting(t, links, targetOf(server))).close();
  const b = supplyBench({
    recipients: [(await ageKey()).recipient],
    link: () => links.open(targetOf(server), new AbortController().signal),
  });
  t.after(() => b.close());
  b.keepToken();
  const snapshot = b.addSnapshot('2026-01-05T00:00:00.000Z', snapshotBytes(pages));
  const path = join(await testFolder(t), "the mirror's $(touch owned) disk");
  mkdirSync(path);
  const send = async (signal?: AbortSignal) =>
    b.calls['export.send']({ site: b.site.id, node: b.node.id, path }, b.context(signal));
  const failing = async (work: Promise<unknown>): Promise<Failure> => {
    try {
      await work;
    } catch (thrown) {
      return failureOf(thrown);
    }
    throw new Error('it did not fail');
  };
  return { ...b, snapshot, path, send, failing };
}

test('an export goes to a folder of another machine, whole, and twice is once', sshd, async t => {
  const m = await mirror(t);
  const sent = await m.send();
  const [bag = ''] = readdirSync(m.path);
  assert.match(bag, /^coldstart-[0-9a-f]{8}-\d{8}T\d{6}Z$/);
  for (const name of ['manifest-sha256.txt', 'tagmanifest-sha256.txt'])
    execFileSync('sha256sum', ['-c', '--strict', name], { cwd: join(m.path, bag) });
  assert.deepEqual(
    [sent.check.complete, sent.check.readBack, sent.copies[0]?.path],
    [true, 'medium-not-proven', `${m.node.name}:${m.path}/${bag}`],
  );
  const again = await m.send();
  assert.deepEqual([again.id, again.copies.length, readdirSync(m.path)], [sent.id, 1, [bag]]);
  const stick = await m.calls['export.write']({ site: m.site.id, to: m.stick }, m.context());
  assert.deepEqual([stick.id, stick.copies.length], [sent.id, 2], 'the stick carries the same bag');
});

test('a send that is stopped leaves no whole-looking bag, and goes on where it stopped', sshd, async t => {
  const m = await mirror(t, 3000);
  const stop = new AbortController();
  const stopped = m.calls['export.send'](
    { site: m.site.id, node: m.node.id, path: m.path },
    {
      signal: stop.signal,
      progress: ({ what, done }) => what.startsWith('2 of 3') && done > 2 ** 21 && stop.abort(),
    },
  );
  assert.equal((await m.failing(Promise.resolve(stopped))).code, 'cancelled');
  assert.deepEqual(
    readdirSync(m.path).filter(name => !name.endsWith('.partial')),
    [],
  );
  const sent = await m.send();
  assert.equal(sent.check.complete, true);
  assert.equal(readdirSync(m.path).length, 1);
});

test('what was spoiled there is found before the bag gets its name', sshd, async t => {
  const m = await mirror(t);
  const sent = await m.send();
  const [bag = ''] = readdirSync(m.path);
  const file = join(m.path, bag, 'data/snapshots', `${m.snapshot.id}.db.age`);
  writeFileSync(file, 'rot', { flag: 'r+' });
  const told = await m.failing(m.send());
  assert.equal(told.code, 'could-not', 'a damaged bag is not written over');
  rmSync(join(m.path, bag), { recursive: true });
  for (const name of readdirSync(m.path)) rmSync(join(m.path, name), { recursive: true });
  assert.equal((await m.send()).id, sent.id);
});

test('a folder that is missing or closed is named, and nothing is written', sshd, async t => {
  const m = await mirror(t);
  const to = (path: string) =>
    m.failing(
      (async () => m.calls['export.send']({ site: m.site.id, node: m.node.id, path }, m.context()))(),
    );
  assert.equal((await to(join(m.path, 'nothing'))).code, 'no-such-thing');
  assert.equal((await to('relative')).code, 'bad-ask');
  chmodSync(m.path, 0o500);
  if (process.getuid?.() !== 0) assert.equal((await to(m.path)).code, 'not-writable');
  assert.ok(!existsSync(join(m.path, 'owned')));
  assert.deepEqual(await m.calls['export.list']({}, m.context()), []);
});
