import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import { metricsBox } from '../../../main/machine/metrics.ts';
import type { Clock, Link, MetricsBox } from '../../../main/ports.ts';
import { Recorder } from '../../../main/services/recorder/recorder.ts';
import type { ScrapeNode } from '../../../main/services/recorder/recorder.ts';
import { folder } from '../../support/folder.ts';

const node = { id: 'n1', name: 'cp1', site: 's1' } as SiteNode;
const never = new AbortController().signal;
const all = { from: 0, to: Number.MAX_SAFE_INTEGER / 4, points: 100 };

/** A recorder whose rounds end at once, over a real store; each round is what `rounds` says next. */
async function recorded(
  t: TestContext,
  rounds: readonly ScrapeNode[],
  { times = [], box }: { readonly times?: readonly number[]; readonly box?: MetricsBox } = {},
) {
  const metrics = box ?? metricsBox();
  t.after(() => metrics.close());
  const site = join(folder(t), 'site');
  let round = -1;
  const { promise: done, resolve: end } = Promise.withResolvers<void>();
  const clock: Clock = {
    ...systemClock,
    now: () => new Date(times[Math.max(0, Math.min(round, times.length - 1))] ?? Date.now()),
    sleep: async (_, signal) => {
      if (round + 1 < rounds.length) return;
      end();
      await new Promise<void>(go => signal?.addEventListener('abort', () => go(), { once: true }));
    },
  };
  const recorder = new Recorder(
    {
      clock,
      metrics,
      nodes: {
        ofSite: () => [node],
        withLink: (_, __, work) => work({ kind: 'ssh' } as Link),
      },
      scrape: (link, of, wish) => {
        round += 1;
        const next = rounds[round];
        assert.ok(next);
        return next(link, of, wish);
      },
      clockDoubtful: () => clock.now().getFullYear() < 2000,
    },
    { folder: site, everySeconds: 5, full: true, changed: () => undefined },
  );
  recorder.begin([node]);
  await done;
  await recorder.stop();
  const values = async (series: string): Promise<(number | null)[]> => {
    const [answer] = await metrics.query(site, [{ series, as: 'value', ...all }], never);
    return answer?.lines.flatMap(line => [...line.values]) ?? [];
  };
  return { recorder, metrics, site, values };
}

const gives = (text: string, at = Date.now()): ScrapeNode =>
  async function* () {
    yield { target: { job: 'etcd', instance: 'cp1' }, at, tookMs: 12, by: 'tunnel', text: Buffer.from(text) };
  };
const fails = (code: 'timed-out' | 'unreachable' = 'timed-out'): ScrapeNode =>
  async function* () {
    const untouched = 'Nothing was changed.';
    yield { job: 'etcd', failure: { code, says: 'No answer came.', untouched, next: 'Wait.' } };
  };

suite('the recorder', () => {
  test('stores each scrape with up, and how long it took', async t => {
    const { recorder, values } = await recorded(t, [gives('a 1\n', 1e12), gives('a 2\n', 1e12 + 5000)]);
    assert.equal(recorder.scrapes, 2);
    assert.deepEqual(await values('scrape_duration_seconds'), [0.012]);
    const [target] = recorder.targets();
    assert.deepEqual(
      [target?.job, target?.by, target?.samples, target?.failure],
      ['etcd', 'tunnel', 3, undefined],
    );
  });

  test('a target that was there and hangs is up 0, and its reason is shown until it answers', async t => {
    const { recorder, metrics, site } = await recorded(t, [gives('a 1\n'), fails()]);
    assert.equal(recorder.targets()[0]?.failure?.code, 'timed-out');
    const [held] = (await metrics.held(site, never)).targets;
    assert.equal(held?.scrapes, 2);
    const again = await recorded(t, [gives('a 1\n'), fails(), gives('a 2\n')]);
    assert.equal(again.recorder.targets()[0]?.failure, undefined);
  });

  test('a target that never was there leaves nothing in the store', async t => {
    const { metrics, site, recorder } = await recorded(t, [fails('unreachable')]);
    assert.deepEqual((await metrics.held(site, never)).targets, []);
    assert.equal(recorder.targets()[0]?.failure?.code, 'unreachable');
  });

  test('malformed text is told beside what was kept', async t => {
    const { recorder, values } = await recorded(t, [gives('a 1\n<html>\na 2\nb nothing\nlast 3')]);
    const [target] = recorder.targets();
    assert.match(
      target?.note ?? '',
      /^2 lines were no metrics and left out, as “<html>”; 1 series came twice/,
    );
    assert.match(target?.note ?? '', /broke off/);
    assert.deepEqual(await values('a'), [1]);
    assert.deepEqual(await values('last'), []);
  });

  test('a clock that goes back is told, and both times are kept; 1970 is marked doubtful', async t => {
    const now = Date.parse('2026-11-23T12:00:00Z');
    const times = [now, now + 5000, 3000, now + 10_000];
    const rounds = times.map((at, i) => gives(`a ${i}\n`, at));
    const { recorder, metrics, site } = await recorded(t, rounds, { times });
    assert.equal(recorder.scrapes, 4);
    const [held] = (await metrics.held(site, never)).targets;
    assert.deepEqual([held?.scrapes, held?.doubtful], [4, 1]);
    assert.deepEqual(held?.days, ['1970-01-01', '2026-11-23']);
    const [answer] = await metrics.query(site, [{ series: 'a', as: 'value', ...all }], never);
    assert.equal(answer?.doubtful, true);
  });

  test('what nobody foresaw is told, and the next round goes on', async t => {
    const breaks: ScrapeNode = async function* () {
      yield* [];
      throw new TypeError('nobody thought of that');
    };
    const { recorder } = await recorded(t, [gives('a 1\n'), breaks, gives('a 2\n')]);
    assert.equal(recorder.scrapes, 2);
    const last = await recorded(t, [gives('a 1\n'), breaks]);
    assert.equal(last.recorder.targets()[0]?.failure?.code, 'bug');
  });

  test('a full disk is told by its own words, and the recorder goes on', async t => {
    const box = metricsBox();
    let calls = 0;
    const full: MetricsBox = {
      ...box,
      append: (...args) => {
        calls += 1;
        if (calls > 1) return box.append(...args);
        return Promise.reject(
          new FieldError({ code: 'disk-full', says: 'The laptop’s disk is full.', untouched: '', next: '' }),
        );
      },
    };
    const first = await recorded(t, [gives('a 1\n')], { box: full });
    assert.equal(first.recorder.targets()[0]?.failure?.code, 'disk-full');
    assert.equal(first.recorder.scrapes, 0);
    const second = await recorded(t, [gives('a 1\n'), gives('a 2\n')], { box: full });
    assert.equal(second.recorder.scrapes, 2);
  });
});
