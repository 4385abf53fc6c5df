import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { publicKeyLine, signed } from '../../../main/core/minisign.ts';
import { fullToken } from '../../../main/core/server-token.ts';
import { keyListName, keyListText } from '../../../main/core/supply/key-list.ts';
import type { KeyList } from '../../../main/core/supply/key-list.ts';
import { metricsBox } from '../../../main/machine/metrics.ts';
import { metricsFolder } from '../../../main/services/recorder/logged.ts';
import { folder } from '../../support/folder.ts';
import { hqBench, onlyBag } from '../../support/hq-bags.ts';
import { k3sSnapshot, newPassword, testCa } from '../../support/k3s-content.ts';
import { minisignKey } from '../../support/minisign-key.ts';
import { needs } from '../../support/needs.ts';
import { supplyBench } from '../../support/supply.ts';

/** A site and its headquarters: the laptop's key enrolled there, headquarters' keys taken here. */
async function both(t: TestContext) {
  const base = folder(t);
  const hq = await hqBench(base);
  const site = supplyBench({ recipients: hq.recipients });
  t.after(() => site.close());
  const [ca, password] = [await testCa('round'), newPassword()];
  site.keepToken(fullToken(createHash('sha256').update(ca).digest('hex'), password));

  const root = await minisignKey();
  const list: KeyList = {
    format: 1,
    kind: 'coldstart-keys',
    world: 'real',
    serial: 1,
    at: '2026-01-01T00:00:00Z',
    bundleKeys: [],
    receiptKeys: [{ key: publicKeyLine(hq.receiptKey) }],
    recipients: hq.recipients.map(key => ({ key })),
  };
  const [rootPub, listPath] = [join(base, 'root.pub'), join(base, keyListName(1))];
  writeFileSync(rootPub, root.pub);
  writeFileSync(listPath, keyListText(list));
  writeFileSync(`${listPath}.minisig`, await signed(Buffer.from(keyListText(list)), root.secret, 'keys'));
  await site.calls['keys.trust']({ path: rootPub, typed: root.secret.id }, site.context());
  await site.calls['keys.trust']({ path: listPath }, site.context());

  const { laptop } = await site.calls['keys.make']({}, site.context());
  writeFileSync(hq.at.laptopPub, `untrusted comment: laptop\n${laptop?.key}\n`);
  await hq.enroll();
  return {
    hq,
    site,
    write: (to: string) => site.calls['export.write']({ site: site.site.id, to }, site.context()),
    take: (from: string) => site.calls['receipt.import']({ from }, site.context()),
    snapshot: (savedAt: string) => site.addSnapshot(savedAt, k3sSnapshot({ password, ca })),
    state: async (id: string) =>
      (await site.calls['export.list']({}, site.context())).find(each => each.id === id)?.state,
  };
}

test('from the station to headquarters and back, twice, with a lost stick in between that turns up late', async t => {
  const { hq, site, write, take, snapshot, state } = await both(t);
  snapshot('2026-02-01T00:00:00.000Z');
  const first = await write(site.stick);
  const one = onlyBag(await hq.receive([first.path]));
  assert.deepEqual(
    [one.is, one.counter, one.late, one.siteName],
    ['received', 1, false, site.site.name],
    one.says,
  );
  assert.equal(await state(first.id), 'written');
  const [seen] = await take(site.stick);
  assert.deepEqual([seen?.is, seen?.export], ['confirmed', first.id], seen?.says);
  assert.equal(await state(first.id), 'confirmed');

  // The second stick is lost on the way.
  snapshot('2026-02-08T00:00:00.000Z');
  const [lostStick, thirdStick] = ['lost', 'third'].map(name => join(site.folder, name)) as [string, string];
  for (const each of [lostStick, thirdStick]) mkdirSync(each);
  const lost = await write(lostStick);

  snapshot('2026-02-15T00:00:00.000Z');
  const third = await write(thirdStick);
  const three = onlyBag(await hq.receive([third.path]));
  // What nobody confirmed goes out again: nothing of the lost stick is missing at headquarters.
  assert.deepEqual([three.is, three.counter, three.snapshots?.length], ['received', 3, 2], three.says);
  const [atHq] = (await hq.status()).sites;
  assert.deepEqual(
    atHq?.missing.map(each => each.counter),
    [2],
  );
  assert.equal(atHq?.newestRestorable?.savedAt, '2026-02-15T00:00:00.000Z');
  assert.deepEqual(
    (await take(thirdStick)).map(each => each.is),
    ['confirmed'],
  );
  assert.deepEqual([await state(lost.id), await state(third.id)], ['written', 'confirmed']);

  const late = onlyBag(await hq.receive([lost.path]));
  assert.deepEqual([late.is, late.late], ['received', true]);
  assert.deepEqual(
    (await take(lostStick)).map(each => each.is),
    ['confirmed'],
  );
  assert.equal(await state(lost.id), 'confirmed');
  const status = await hq.status();
  assert.deepEqual([status.sites[0]?.exports, status.sites[0]?.missing, status.warnings], [3, [], []]);
});

test(
  'what a station writes, sha256sum, sha512sum, minisign and age accept, and so does headquarters',
  needs('age', 'minisign'),
  async t => {
    const { hq, site, write, snapshot } = await both(t);
    const kept = snapshot('2026-02-01T00:00:00.000Z');
    const written = await write(site.stick);
    const run = (command: string, ...args: string[]): Buffer =>
      execFileSync(command, args, { cwd: written.path });
    for (const how of ['sha256', 'sha512'])
      for (const kind of ['manifest', 'tagmanifest'])
        run(`${how}sum`, '-c', '--strict', `${kind}-${how}.txt`);
    run('minisign', '-V', '-p', hq.at.laptopPub, '-m', 'tagmanifest-sha256.txt');
    const plain = run('age', '-d', '-i', hq.at.identity, `data/snapshots/${kept.id}.db.age`);
    const bag = onlyBag(await hq.receive([written.path]));
    assert.equal(bag.is, 'received', bag.says);
    assert.deepEqual(plain, readFileSync(join(bag.unpacked ?? '', `snapshots/${kept.id}.db`)));
    run('minisign', '-V', '-p', hq.at.receiptPub, '-m', bag.receiptOnStick ?? '');
  },
);

test('a second courier with the same export gets the same receipt', async t => {
  const { hq, site, write, take, snapshot, state } = await both(t);
  snapshot('2026-02-01T00:00:00.000Z');
  const written = await write(site.stick);
  const second = join(site.folder, 'second');
  mkdirSync(second);
  const copy = join(second, written.path.split('/').at(-1) ?? '');
  cpSync(written.path, copy, { recursive: true });
  assert.equal(onlyBag(await hq.receive([written.path])).is, 'received');
  assert.equal(onlyBag(await hq.receive([copy])).is, 'again');
  assert.deepEqual(
    (await take(second)).map(each => each.is),
    ['confirmed'],
  );
  assert.deepEqual(
    (await take(site.stick)).map(each => each.is),
    ['known'],
  );
  assert.equal(await state(written.id), 'confirmed');
});

test(
  'metrics that were logged come to headquarters as promtool takes them, and once only',
  needs('prometheus'),
  async t => {
    const { hq, site, write, take, snapshot } = await both(t);
    snapshot('2026-02-01T00:00:00.000Z');
    const metrics = metricsBox();
    t.after(() => metrics.close());
    const place = metricsFolder(site.home.folder, site.site.id);
    const hour = 3_600_000;
    const log = (at: number, value: number): Promise<unknown> =>
      metrics.append(
        place,
        {
          target: { job: 'node', instance: 'cp1' },
          node: 'n1',
          at,
          text: Buffer.from(`node_load1 ${value}\n`),
          keep: 'list',
          doubtful: false,
        },
        new AbortController().signal,
      );
    const now = Date.now();
    for (let i = 0; i < 50; i++) await log(now - (50 - i) * hour, i);
    const first = await write(site.stick);
    const sealed = readFileSync(join(first.path, 'manifest-sha256.txt'), 'utf8');
    assert.match(sealed, /data\/metrics\/\d{4}-\d\d-\d\d\.om\.gz\.age/);
    const one = onlyBag(await hq.receive([first.path]));
    assert.equal(one.is, 'received', one.says);
    const texts = globSync('sites/*/*/metrics/*', { cwd: hq.archive }).map(path =>
      readFileSync(join(hq.archive, path), 'utf8'),
    );
    const all = texts.join('').match(/^node_load1\{.*$/gm) ?? [];
    assert.equal(all.length, 50);
    assert.match(all[0] ?? '', /instance="cp1",job="node",site=/);
    for (const [i, text] of texts.entries()) {
      const [file, blocks] = [join(site.folder, `${i}.om`), join(site.folder, 'blocks')];
      writeFileSync(file, text);
      execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, blocks], {
        stdio: 'pipe',
      });
    }
    // Confirmed: only what was logged since goes out with the next one.
    await take(site.stick);
    await log(Date.now(), 99);
    const second = await write(site.stick);
    await hq.receive([second.path]);
    const later = globSync('sites/*/*/metrics/*', { cwd: hq.archive })
      .map(path => readFileSync(join(hq.archive, path), 'utf8'))
      .flatMap(text => text.match(/^node_load1\{.*$/gm) ?? []);
    assert.deepEqual(later.length, 51);
  },
);
