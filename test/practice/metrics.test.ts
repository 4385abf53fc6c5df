import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { SiteNode } from '../../preload/contract/domain.ts';
import type { MetricsJob } from '../../preload/contract/metrics.ts';
import { systemClock } from '../../main/machine/clock.ts';
import type { Link } from '../../main/ports.ts';
import { scraper } from '../../main/services/recorder/scrape/scrape.ts';
import { resourcesFolder } from '../../main/version.ts';
import { linkTo, station } from './station.ts';

const jobs: readonly MetricsJob[] = ['k3s', 'cadvisor', 'resource', 'etcd', 'node'];

async function scraped(link: Link): Promise<{ by: Record<string, string>; series: Map<string, number> }> {
  const by: Record<string, string> = {};
  const series = new Map<string, number>();
  const node = { id: 'n1', name: 'cp1', site: 's1' } as SiteNode;
  const signal = AbortSignal.timeout(20_000);
  for await (const one of scraper(systemClock)(link, node, { jobs, full: false, signal })) {
    if (!('text' in one)) throw new Error(`${one.job}: ${one.failure.says}`);
    by[one.target.job] = one.by;
    for (const line of Buffer.from(one.text).toString().split('\n')) {
      const space = line.lastIndexOf(' ');
      if (/^[a-z]/.test(line)) series.set(line.slice(0, space), Number(line.slice(space + 1)));
    }
  }
  return { by, series };
}

test('a practice server gives every kind of metrics, and its counters grow with its clock', async t => {
  const practice = await station(t);
  const bring = (name: string, to: string, mode: number): unknown =>
    practice.node.tree.write(to, readFileSync(join(resourcesFolder(), 'practice', 'bundle', name)), mode);
  bring('k3s', '/usr/local/bin/k3s', 0o755);
  bring('install.sh', '/root/install.sh', 0o755);
  bring('k3s-airgap-images-amd64.tar.zst', '/var/lib/rancher/k3s/agent/images/k3s.tar.zst', 0o644);
  practice.node.tree.write(
    '/etc/rancher/k3s/config.yaml',
    'cluster-init: true\nnode-name: "cp-east"\n',
    0o600,
  );
  const installed = await practice.run(
    'INSTALL_K3S_SKIP_DOWNLOAD=true sh /root/install.sh && k3s kubectl wait --for=condition=Ready node --all --timeout=20s',
  );
  assert.equal(installed.status, 0, installed.stderr);
  const link = await linkTo(t, practice);
  const before = await scraped(link);
  assert.deepEqual(before.by, {
    k3s: 'kubectl',
    cadvisor: 'kubectl',
    resource: 'kubectl',
    etcd: 'curl',
    node: 'shell',
  });
  await new Promise(go => void setTimeout(go, 1100));
  const { series } = await scraped(link);
  for (const counter of [
    'apiserver_request_duration_seconds_count{resource="leases",scope="namespace",verb="GET",version="v1"}',
    'etcd_disk_wal_fsync_duration_seconds_count',
    'node_disk_written_bytes_total{device="sda"}',
    'node_network_receive_bytes_total{device="eth0"}',
    'node_pressure_io_waiting_seconds_total',
  ]) {
    const [was, is] = [before.series.get(counter), series.get(counter)];
    assert.ok(was !== undefined && is !== undefined && is > was, `${counter}: ${was}, then ${is}`);
  }
  for (const there of [
    /^container_memory_working_set_bytes\{container="coredns"/,
    /^pod_cpu_usage_seconds_total/,
    /^node_thermal_zone_temp\{zone="0"/,
    /^etcd_disk_backend_commit_duration_seconds_bucket\{le="0.008"\}/,
    /^node_uname_info\{domainname="\(none\)",machine="x86_64",nodename="practice-node-1"/,
  ])
    assert.ok(
      [...series.keys()].some(name => there.test(name)),
      String(there),
    );
  assert.equal(series.get('coldstart_clock_offset_seconds'), 0);
});
