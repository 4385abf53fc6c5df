import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import type { Scraped } from '../../../main/core/metrics/scraped.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import { metricsBox } from '../../../main/machine/metrics.ts';
import { scraper } from '../../../main/services/recorder/scrape/scrape.ts';
import { etcds } from '../../support/etcd.ts';
import { nodeExporter } from '../../support/exporter.ts';
import { folder } from '../../support/folder.ts';
import { needs } from '../../support/needs.ts';
import { prometheus } from '../../support/prometheus.ts';
import { linkTo } from '../../support/ssh.ts';

const node = { id: 'n1', name: 'cp 1', site: 's1' } as SiteNode;
const signal = new AbortController().signal;

interface Answer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly values: [number, string][];
    }[];
  };
}

suite('what was scraped', needs('sshd', 'etcd', 'nodeExporter', 'prometheus'), () => {
  test('over SSH from a real node_exporter and etcd is the same in a real Prometheus', async t => {
    const { link } = await linkTo(t);
    const [etcd] = await etcds(t, 1);
    assert.ok(etcd);
    etcd.start();
    await etcd.until(/serving client/);
    const exporter = await nodeExporter(t);
    const ports = { etcd: Number(new URL(etcd.client).port), exporter, api: 1, kubelet: 1 };
    const scrape = scraper(systemClock, ports);
    const metrics = metricsBox();
    t.after(() => metrics.close());
    const site = join(folder(t), 'site');
    const came: Scraped[] = [];
    for (let round = 0; round < 5; round++) {
      await etcd.put(20);
      for await (const one of scrape(link, node, { jobs: ['etcd', 'node'], full: false, signal })) {
        assert.ok('text' in one);
        came.push(one);
        const doubtful = false;
        const kept = await metrics.append(site, { ...one, node: 'n1', keep: 'list', doubtful }, signal);
        assert.deepEqual(kept.faults, { malformed: 0, duplicate: 0, future: 0, torn: false });
      }
    }
    assert.deepEqual(
      new Set(came.map(one => `${one.target.job} ${one.by}`)),
      new Set(['etcd tunnel', 'node tunnel']),
    );

    const out = folder(t);
    const labels = { site: 'Dome "C"', laptop: '0123' };
    const ask = {
      from: 0,
      to: Number.MAX_SAFE_INTEGER,
      out: { folder: out },
      write: 'both',
      labels,
    } as const;
    const { files, samples } = await metrics.export(site, ask, { signal });
    assert.ok(samples > 2000, `${samples} samples`);
    const data = folder(t);
    for (const { path } of files) {
      assert.deepEqual(gunzipSync(readFileSync(`${path}.gz`)), readFileSync(path));
      execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', path, data], { stdio: 'pipe' });
    }
    assert.ok(readdirSync(data).length > 0);

    const url = await prometheus(t, { data });
    const scraped = came.flatMap(one =>
      Buffer.from(one.text)
        .toString()
        .split('\n')
        .flatMap(line => {
          const [, name, inside = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
          return name === undefined || value === undefined
            ? []
            : [{ name, inside, value, job: one.target.job, at: one.at }];
        }),
    );
    const query = async (selector: string): Promise<Answer['data']['result']> => {
      const params = new URLSearchParams({ query: `${selector}[1h]`, time: String(Date.now() / 1000 + 60) });
      return ((await (await fetch(`${url}/api/v1/query?${params}`)).json()) as Answer).data.result;
    };
    let compared = 0;
    const seen = new Map<string, Answer['data']['result']>();
    for (let tries = 0; compared < 1000 && tries < 20_000; tries++) {
      const one = scraped[Math.floor(Math.random() * scraped.length)];
      assert.ok(one);
      const result = seen.get(one.name) ?? (await query(one.name));
      seen.set(one.name, result);
      // What is not on the keep-list was never stored.
      if (result.length === 0) continue;
      const found = result.find(
        ({ metric }) =>
          metric['job'] === one.job &&
          Object.entries(metric).every(
            ([key, text]) =>
              ['__name__', 'job', 'instance', 'site', 'laptop'].includes(key) ||
              one.inside.includes(`${key}="${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`),
          ) &&
          [...one.inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].every(
            ([, key = '', text]) => text === '' || key in metric,
          ),
      );
      assert.ok(found, `${one.name}{${one.inside}} is there`);
      assert.equal(found.metric['instance'], 'cp 1');
      assert.equal(found.metric['site'], 'Dome "C"');
      const value = found.values.find(([time]) => Math.round(time * 1000) === one.at)?.[1];
      assert.ok(
        Object.is(Number(value?.replace('Inf', 'Infinity')), Number(one.value.replace('Inf', 'Infinity'))),
        `${one.name}: ${value} and ${one.value}`,
      );
      compared += 1;
    }
    assert.equal(compared, 1000);
  });
});
