import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DoctorNews, Examination } from '../../../preload/contract/doctor.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { chapters } from '../../../main/core/doctor/collect/chapters.ts';
import type { Scenario } from '../../../main/practice/station/scenario.ts';
import { folder } from '../../support/folder.ts';
import { ageKey } from '../../support/age-key.ts';
import { needs } from '../../support/needs.ts';
import { begin, ended, installAsk, practiceSite } from '../../support/practice-site.ts';
import type { OpenApp } from '../../support/practice-site.ts';
import { context } from '../../support/sites.ts';

/** Looks at the node and gives all the news; stops after the piece named. */
async function examined(app: OpenApp, stopAfter?: string): Promise<readonly DoctorNews[]> {
  const stop = new AbortController();
  const all: DoctorNews[] = [];
  for await (const news of app.handlers.feeds['doctor.examine']({ node: app.node }, stop.signal)) {
    all.push(news);
    if (news.is === 'evidence' && news.evidence.id === stopAfter) stop.abort();
  }
  return all;
}
async function verdict(app: OpenApp): Promise<Examination> {
  const last = (await examined(app)).at(-1);
  assert.equal(last?.is, 'ended');
  return last.examination;
}
async function run(app: OpenApp, command: string): Promise<string> {
  let said = '';
  const asked = { node: app.node, command, as: 'root' as const };
  for await (const news of app.handlers.feeds['exec.open'](asked, new AbortController().signal))
    if (news.is === 'stdout') said += Buffer.from(news.bytes).toString();
  return said;
}

test('a node with K3s', needs('age'), async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  const installed = await ended(app, (await begin(app, await installAsk(app))).run.id);
  assert.equal(installed.state, 'passed', installed.failure?.says);

  await t.test(
    'that is well is called healthy; the answers come as they are given, and nothing is left on it',
    async () => {
      const before = await run(app, 'ls -a / /run /tmp /dev/shm');
      const news = await examined(app);
      assert.equal(news[0]?.is, 'began');
      const pieces = news.flatMap(one => (one.is === 'evidence' ? [one.evidence.id] : []));
      assert.deepEqual(
        pieces,
        chapters.flatMap(({ items }) => items.map(({ id }) => id)),
      );
      assert.equal(news.filter(({ is }) => is === 'findings').length, chapters.length);
      const last = news.at(-1);
      assert.equal(last?.is === 'ended' && last.examination.verdict, 'healthy');
      assert.equal(await run(app, 'ls -a / /run /tmp /dev/shm'), before);
      assert.deepEqual(
        await app.calls['doctor.last']({ node: app.node }, context()),
        last?.is === 'ended' && last.examination,
      );
    },
  );

  await t.test(
    'keeps its secrets: neither its token nor the login’s password is in any piece of evidence',
    async () => {
      const token = (await run(app, 'cat /var/lib/rancher/k3s/server/token')).trim();
      const secret = token.split(':').at(-1) ?? '';
      assert.ok(secret.length > 8);
      const { id, evidence } = await verdict(app);
      for (const piece of evidence) {
        const { text } = await app.calls['doctor.evidence'](
          { examination: id, evidence: piece.id },
          context(),
        );
        assert.ok(!text.includes(secret) && !text.includes(site.password), piece.id);
      }
      const { text } = await app.calls['doctor.evidence']({ examination: id, evidence: 'config' }, context());
      assert.match(text, /^cluster-init: true$/m);
    },
  );

  await t.test('that was stopped in the middle keeps what came, and is not called healthy', async () => {
    await examined(app, 'df');
    const last = await app.calls['doctor.last']({ node: app.node }, context());
    assert.ok(last);
    assert.equal(last.state, 'stopped');
    assert.equal(last.verdict, 'partial');
    const standing = (id: string) => last.evidence.find(one => one.id === id)?.standing;
    assert.equal(standing('df'), 'whole');
    assert.equal(standing('pods'), 'not-asked');
  });

  const sick: readonly (readonly [string, Partial<Scenario>, RegExp])[] = [
    ['disk-full', { disk: 'full' }, /\/dev\/sda1.* 100% \//],
    ['inodes-full', { disk: 'no-inodes' }, /\/dev\/sda1.* 100% \//],
    ['clock-wrong', { clockOffsetMs: -13 * 365 * 86_400_000 }, /date .* 20\d\d/],
    ['card-read-only', { readOnlyRoot: true }, /\/dev\/sda1 \/ ext4 ro/],
  ];
  for (const [cause, scenario, line] of sick)
    await t.test(`with ${cause} is found so, with the line that shows it`, async () => {
      site.station.set(scenario);
      const { verdict: found, findings } = await verdict(app);
      site.station.set({ disk: 'roomy', clockOffsetMs: 0, readOnlyRoot: false });
      assert.equal(found, 'findings');
      assert.deepEqual(
        findings.map(one => one.cause),
        [cause],
      );
      assert.match(findings[0]?.lines[0]?.text ?? '', line);
    });

  await t.test(
    'is packed for headquarters only where there is a key of theirs, and opens with it alone',
    async () => {
      const to = folder(t);
      const { id } = await verdict(app);
      const wanted = { examination: id, to };
      await assert.rejects(
        async () => await app.calls['doctor.pack'](wanted, context()),
        (thrown: unknown) => thrown instanceof FieldError && thrown.failure.code === 'no-recipient',
      );
      const key = await ageKey();
      await app.calls['site.recipients']({ site: app.site, recipients: [key.recipient] }, context());
      const pack = await app.calls['doctor.pack'](wanted, context());
      assert.ok(pack.path.startsWith(to));
      assert.equal(readFileSync(pack.path).length, pack.bytes);
      assert.ok(!readFileSync(pack.path).includes('practice-node'));
      await assert.rejects(
        async () => await app.calls['doctor.pack'](wanted, context()),
        /packed into this folder before/,
      );
      const identity = join(mkdtempSync(join(tmpdir(), 'age-')), 'key');
      t.after(() => rmSync(join(identity, '..'), { recursive: true }));
      writeFileSync(identity, `${key.identity.reveal()}\n`);
      const listed = spawnSync('sh', ['-c', 'age -d -i "$1" "$2" | tar -tzf -', 'sh', identity, pack.path], {
        encoding: 'utf8',
      });
      assert.equal(listed.status, 0, listed.stderr);
      assert.match(listed.stdout, /^examination\.json$/m);
      assert.match(listed.stdout, /^evidence\/journal\.txt$/m);
    },
  );
});

test('a node without K3s is never called healthy', async t => {
  const app = await (await practiceSite(t)).open();
  const { verdict: found, says } = await verdict(app);
  assert.equal(found, 'unknown');
  assert.match(says, /no K3s service/);
});

test('a node that cannot be reached is a failure, and nothing is kept of it', async t => {
  const site = await practiceSite(t);
  const app = await site.open();
  await site.station.close();
  await assert.rejects(examined(app), FieldError);
  assert.equal(await app.calls['doctor.last']({ node: app.node }, context()), null);
});
