import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import type { Link } from '../../../main/ports.ts';
import { scraper } from '../../../main/services/recorder/scrape/scrape.ts';
import { nodeExporter } from '../../support/exporter.ts';
import { needs } from '../../support/needs.ts';
import { freePort } from '../../support/sshd.ts';
import { linkTo, patience } from '../../support/ssh.ts';

/** Series and value, as one scrape of the node tells them. */
async function told(link: Link, exporter: number): Promise<{ by: string; series: Map<string, number> }> {
  const node = { id: 'n1', name: 'cp1', site: 's1' } as SiteNode;
  const scrape = scraper(systemClock, { exporter, etcd: 1, api: 1, kubelet: 1 });
  for await (const one of scrape(link, node, { jobs: ['node'], full: false, signal: patience() })) {
    if (!('text' in one)) throw new Error(one.failure.says);
    const lines = Buffer.from(one.text)
      .toString()
      .split('\n')
      .filter(line => /^[a-z]/.test(line));
    const split = lines.map((line): [string, number] => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    });
    return { by: one.by, series: new Map(split) };
  }
  throw new Error('nothing came');
}

/** What may differ between two looks some hundred milliseconds apart on a busy machine. */
function isNear(name: string, ours: number, theirs: number): boolean {
  const apart = Math.abs(ours - theirs);
  const most = Math.max(Math.abs(ours), Math.abs(theirs));
  if (/^node_(?:boot_)?time_seconds$/.test(name)) return apart <= 5;
  if (/^node_(?:memory|load)|_bytes$|_free$/.test(name)) return apart <= 0.3 * most + 3e8;
  if (name.endsWith('_seconds_total')) return apart <= 0.05 * most + 10;
  if (/_bytes_total$|_vmstat_/.test(name)) return apart <= 0.05 * most + 1e8;
  return apart <= 0.05 * most + 5000;
}

test(
  'the kernel’s own tables, read through a shell, tell what a real node_exporter tells, name by name',
  needs('sshd', 'nodeExporter'),
  async t => {
    const { link } = await linkTo(t);
    const port = await nodeExporter(t);
    const theirs = await told(link, port);
    const ours = await told(link, await freePort());
    assert.deepEqual([theirs.by, ours.by], ['tunnel', 'shell']);
    const apart: string[] = [];
    for (const [series, value] of ours.series) {
      // File systems of other tests come and go; the root stays.
      if (series.startsWith('node_filesystem_') && !series.includes('mountpoint="/"}')) continue;
      const other = theirs.series.get(series);
      if (other === undefined || !isNear(series.replace(/\{.*/, ''), value, other))
        apart.push(`${series}: ${value}, not ${other}`);
    }
    assert.deepEqual(apart, []);
    for (const name of [
      'node_cpu_seconds_total{cpu="0",mode="steal"}',
      'node_network_receive_packets_total{device="eth0"}',
      'node_uname_info',
      'node_vmstat_pgfault',
      'node_memory_Buffers_bytes',
      'node_filesystem_readonly',
      'coldstart_clock_offset_seconds',
    ])
      if ([...theirs.series.keys()].some(series => series.startsWith(name)))
        assert.ok(
          [...ours.series.keys()].some(series => series.startsWith(name)),
          name,
        );
    for (const { series } of [ours, theirs])
      assert.ok(Math.abs(series.get('coldstart_clock_offset_seconds') ?? 99) < 1, 'the same clock');
    assert.ok(ours.series.size > 40, `${ours.series.size} series`);
  },
);
