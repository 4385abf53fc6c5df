import assert from 'node:assert/strict';
import { cpSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Finding } from '../../../preload/contract/doctor.ts';
import { findings } from '../../../main/core/doctor/diagnose.ts';
import type { Piece } from '../../../main/core/doctor/piece.ts';
import { etcds, spoil } from '../../support/etcd.ts';
import type { Etcd } from '../../support/etcd.ts';
import { needs } from '../../support/needs.ts';

// What a real etcd says when it really fails, read as the journal of K3s, which has etcd built in.
const found = (log: string, ...more: readonly Piece[]): readonly Finding[] =>
  findings({ pieces: [{ id: 'journal', standing: 'whole', text: log }, ...more] });
const causes = (log: string): readonly string[] => found(log).map(({ cause }) => cause);
const ready = /serving (?:insecure client requests|client traffic insecurely)/;

/** A single etcd with some keys, killed as by a power cut. */
async function filled(t: TestContext, ...more: readonly string[]): Promise<Etcd> {
  const [etcd] = await etcds(t, 1, ...more);
  assert.ok(etcd);
  etcd.start();
  await etcd.until(ready);
  await etcd.put(30);
  return etcd;
}

test('real etcd failures', needs('etcd'), async t => {
  const etcd = await filled(t);
  await etcd.kill();
  const sound = `${etcd.data}.sound`;
  cpSync(etcd.data, sound, { recursive: true });
  const again = async (): Promise<void> => {
    await etcd.kill();
    rmSync(etcd.data, { recursive: true });
    cpSync(sound, etcd.data, { recursive: true });
  };

  for (const logger of ['zap', 'capnslog'] as const) {
    await t.test(`${logger}: a start after a power cut that tore nothing is no finding`, async () => {
      await again();
      etcd.start(logger);
      await etcd.until(ready);
      await etcd.put(3);
      await etcd.kill();
      assert.deepEqual(causes(etcd.log), []);
    });

    await t.test(`${logger}: a log torn by the power cut is told from a corrupt one`, async () => {
      await again();
      const { path, used } = etcd.wal();
      truncateSync(path, used - 100);
      etcd.start(logger);
      await etcd.until(ready);
      await etcd.kill();
      assert.deepEqual(causes(etcd.log), ['wal-torn'], etcd.log);
    });

    await t.test(`${logger}: a log with a flipped byte in its middle is corrupt`, async () => {
      await again();
      const { path, used } = etcd.wal();
      spoil(path, Math.floor(used / 2), Buffer.from('XYZ'));
      etcd.start(logger);
      await etcd.until(/crc mismatch/);
      await etcd.kill();
      const [first, ...others] = found(etcd.log);
      assert.deepEqual([first?.cause, others.length], ['wal-corrupt', 0], etcd.log);
      assert.match(first?.lines.at(-1)?.text ?? '', /crc mismatch/);
    });

    // Which page holds what depends on when etcd committed: all that is not its two heads is meant.
    for (const [what, at, bytes] of [
      ['head', 0, 8192],
      ['body', 8192, statSync(join(sound, 'member/snap/db')).size - 8192],
    ] as const)
      await t.test(`${logger}: a datastore whose ${what} is overwritten is corrupt`, async () => {
        await again();
        spoil(join(etcd.data, 'member/snap/db'), at, Buffer.alloc(bytes, 0xee));
        etcd.start(logger);
        await etcd.until(/panic/);
        await etcd.kill();
        assert.deepEqual(causes(etcd.log), ['bbolt-corrupt'], etcd.log);
      });
  }
});

test('a real etcd that has grown to its limit is told from a full disk', needs('etcd'), async t => {
  const etcd = await filled(t, '--quota-backend-bytes', '200000');
  // etcd counts its size when it commits, ten times a second: a fast machine has written much more by then.
  let last = '';
  for (const end = Date.now() + 30_000; !last.includes('database space exceeded');) {
    assert.ok(Date.now() < end, `never full: ${last}`);
    last = await etcd.put(20, 6000);
  }
  await etcd.kill();
  // What K3s logs of the same answer, as it gets it from its client.
  const log = `${etcd.log}\ntime="2026-11-22T10:00:00Z" level=error msg="${last.replaceAll('"', '\\"')}"`;
  assert.deepEqual(causes(etcd.log), ['etcd-quota'], etcd.log.slice(-3000));
  assert.deepEqual(causes(log), ['etcd-quota']);
});

test(
  'a real cluster that lost two of its three servers is told from a start without a leader yet',
  needs('etcd'),
  async t => {
    const all = await etcds(t, 3, '--heartbeat-interval', '50', '--election-timeout', '500');
    for (const each of all) each.start();
    const [one, two, three] = all;
    assert.ok(one && two && three);
    await one.until(ready);
    const measured = async (): Promise<readonly Piece[]> => [
      { id: 'etcd.health', standing: 'whole', text: await one.get('/health') },
      { id: 'etcd.metrics', standing: 'whole', text: await one.get('/metrics') },
    ];
    await one.put(3);
    assert.deepEqual(found(one.log, ...(await measured())), []);
    await two.kill();
    await three.kill();
    await one.until(/(?:is starting a new election at term[\s\S]*){4}/);
    const lost = found(one.log, ...(await measured()));
    assert.deepEqual(
      lost.map(({ cause, sure }) => `${cause} ${sure}`),
      ['lost-quorum likely'],
      one.log.slice(-3000),
    );
    assert.match(lost[0]?.lines[0]?.text ?? '', /election|leader/);
    two.start();
    await one.until(/(?:elected leader|became leader)[^\n]*\n(?![\s\S]*starting a new election)/);
    await one.put(1);
    assert.deepEqual(found(one.log, ...(await measured())), []);
  },
);
