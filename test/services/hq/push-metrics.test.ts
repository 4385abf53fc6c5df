import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { localUploads } from '../../../main/machine/uploads.ts';
import { hqService } from '../../../main/services/hq/service.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';
import { bagSite, hqBench, onlyBag } from '../../support/hq-bags.ts';
import { needs } from '../../support/needs.ts';
import { prometheus } from '../../support/prometheus.ts';

const site = await bagSite('Dome C');

/** Metrics of some minutes that end at a moment, as a recorder writes them. */
const recorded = (end: number): string =>
  [
    '# TYPE node_load1 gauge',
    ...Array.from({ length: 10 }, (_, i) => `node_load1{node="cp 1"} ${i / 2} ${end - 60 * (9 - i)}`),
    '# TYPE snapshots counter',
    `snapshots_total{node="cp 1"} 7 ${end}`,
    '# EOF',
    '',
  ].join('\n');

async function bench(t: TestContext) {
  const hq = await hqBench(folder(t));
  await hq.enroll();
  const waiting = { ...hq.deps.clock, sleep: () => Promise.resolve() };
  const { calls } = hqService({ ...hq.deps, clock: waiting, uploads: localUploads });
  const receive = (bags: readonly string[], push: string) =>
    calls['hq.receive'](
      { bags: [...bags], identity: hq.at.identity, signKey: hq.at.signKey, to: hq.archive, push },
      hq.context(),
    );
  return { hq, receive };
}

const week = 7 * 86_400;
const now = Math.floor(Date.now() / 1000);

test(
  'metrics of a bag arrive in Prometheus with the name of the site, also those a week old',
  needs('prometheus'),
  async t => {
    const { hq, receive } = await bench(t);
    const url = await prometheus(t, { late: true });
    const [fresh, old] = [
      await hq.bag({ site, counter: 2, more: { 'metrics/today.om': recorded(now - 60) } }),
      await hq.bag({ site, counter: 1, more: { 'metrics/last-week.om': recorded(now - week) } }),
    ];
    const write = `${url}/api/v1/write`;
    for (const made of [fresh, old]) {
      const bag = onlyBag(await receive([made.path], write));
      assert.deepEqual(
        [bag.is, bag.metrics?.is, bag.metrics?.samples],
        ['received', 'done', 11],
        bag.metrics?.says,
      );
    }
    const at = async (seconds: number): Promise<unknown> => {
      const query = encodeURIComponent('node_load1{node="cp 1"}');
      const answer = await fetch(`${url}/api/v1/query?query=${query}&time=${seconds}`);
      const { data } = (await answer.json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] };
      };
      const [found] = data.result;
      return found && [found.metric['coldstart_site'], found.metric['coldstart_site_id'], found.value[1]];
    };
    assert.deepEqual(await at(now - 60), ['Dome C', site.id, '4.5']);
    assert.deepEqual(await at(now - week - 60), ['Dome C', site.id, '4']);
    // Known and sent: nothing is sent once more.
    const again = onlyBag(await receive([fresh.path], write));
    assert.deepEqual([again.is, again.metrics], ['again', undefined]);
  },
);

test(
  'a Prometheus that takes nothing late says so; the bag is received all the same',
  needs('prometheus'),
  async t => {
    const { hq, receive } = await bench(t);
    const url = await prometheus(t);
    const [fresh, old] = [
      await hq.bag({ site, counter: 2, more: { 'metrics/today.om': recorded(now - 60) } }),
      await hq.bag({ site, counter: 1, more: { 'metrics/last-week.om': recorded(now - week) } }),
    ];
    assert.equal(onlyBag(await receive([fresh.path], `${url}/api/v1/write`)).metrics?.is, 'done');
    const bag = onlyBag(await receive([old.path], `${url}/api/v1/write`));
    assert.deepEqual([bag.is, bag.metrics?.is], ['received', 'failed']);
    assert.match(bag.metrics?.says ?? '', /out_of_order_time_window/);
  },
);

test('what lies in the archive, promtool makes blocks of', needs('prometheus'), async t => {
  const base = folder(t);
  const { hq, receive } = await bench(t);
  const made = await hq.bag({ site, more: { 'metrics/today.om': recorded(now - week) } });
  const bag = onlyBag(await receive([made.path], 'http://127.0.0.1:9/api/v1/write'));
  assert.deepEqual([bag.is, bag.metrics?.is], ['received', 'failed']);
  const blocks = join(base, 'blocks');
  mkdirSync(blocks);
  const file = join(bag.unpacked ?? '', 'metrics/today.om');
  execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, blocks]);
  assert.ok(readdirSync(blocks).some(name => existsSync(join(blocks, name, 'index'))));
});

test('an address that is none is told before a bag is read', async t => {
  const { hq, receive } = await bench(t);
  await failing('bad-ask', () => receive([join(hq.stick, 'none')], 'prometheus:9090'));
});
