import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { SiteNode } from '../../preload/contract/domain.ts';
import { keepsSeries } from '../../main/core/metrics/keep-list.ts';
import { overviewAsks } from '../../main/core/metrics/overview.ts';
import { ruleAsks } from '../../main/core/metrics/rules.ts';
import { Scope } from '../../main/core/scope.ts';
import { sshLinks } from '../../main/links/ssh/links.ts';
import { systemClock } from '../../main/machine/clock.ts';
import { metricsBox } from '../../main/machine/metrics.ts';
import type { Link } from '../../main/ports.ts';
import { scraper } from '../../main/services/recorder/scrape/scrape.ts';
import { exportText } from '../../main/store/metrics/export.ts';
import { targetFolder } from '../../main/store/metrics/places.ts';
import { openTargetLog } from '../../main/store/metrics/target-log.ts';
import { freePort, runSshd } from '../support/sshd.ts';
import { targetOf } from '../support/ssh.ts';
import type { Row } from './table.ts';

const never = new AbortController().signal;
const dayMs = 86_400_000;
const end = Date.parse('2026-11-23T12:00:00Z');
/** How long real scrapes are collected, and how many days the charts reach back; the bars are for 60 and 30. */
const seconds = Number(process.env['COLDSTART_BENCH_SECONDS'] ?? '60');
const days = Number(process.env['COLDSTART_BENCH_DAYS'] ?? '30');

const bytesIn = (folder: string): number =>
  globSync('**/*.blk', { cwd: folder }).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

const timed = async (work: () => unknown): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

/** The best of a few, for a machine that others use too. */
async function best(times: number, work: () => unknown): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < times; i++) least = Math.min(least, await timed(work));
  return least;
}

interface Sources {
  readonly etcd: number;
  readonly exporter: number;
  readonly processes: readonly ChildProcess[];
  readonly put: (i: number) => Promise<unknown>;
}

/** A real etcd and a real node_exporter. */
async function sources(scope: Scope, folder: string): Promise<Sources> {
  const [etcd, peer, exporter] = [await freePort(), await freePort(), await freePort()];
  const run = (command: string, ...args: string[]): ChildProcess => {
    const child = spawn(command, args, { stdio: 'ignore' });
    scope.later(() => void child.kill('SIGKILL'));
    return child;
  };
  const client = `http://127.0.0.1:${etcd}`;
  const processes = [
    run(
      'etcd',
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
      `--initial-cluster=default=http://127.0.0.1:${peer}`,
    ),
    run('prometheus-node-exporter', `--web.listen-address=127.0.0.1:${exporter}`),
  ];
  const body = (i: number): string =>
    JSON.stringify({
      key: Buffer.from(`key-${i % 50}`).toString('base64'),
      value: Buffer.from(`${i}`).toString('base64'),
    });
  const put = (i: number): Promise<unknown> =>
    fetch(`${client}/v3/kv/put`, { method: 'POST', body: body(i) });
  for (let tries = 0; tries < 100; tries++) {
    const there = await Promise.all([put(0), fetch(`http://127.0.0.1:${exporter}/metrics`)]).catch(
      () => undefined,
    );
    if (there) return { etcd, exporter, processes, put };
    await wait(100);
  }
  throw new Error('etcd or node_exporter did not start');
}

const textOf = async (port: number): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

/** Every half a second for a minute: numbers that really move. */
async function collected({ etcd, exporter, put }: Sources) {
  const texts = { etcd: [] as string[], node: [] as string[] };
  for (let i = 0; i < seconds * 2; i++) {
    const next = wait(500);
    await put(i);
    texts.etcd.push(await textOf(etcd));
    texts.node.push(await textOf(exporter));
    await next;
  }
  return texts;
}

/** Stores texts of one target 30 seconds apart, and closes the block; gives samples and milliseconds. */
function stored(
  site: string,
  job: 'etcd' | 'node' | 'k3s',
  texts: readonly string[],
  keeps = (): boolean => true,
) {
  const log = openTargetLog(targetFolder(site, job, 'n1'), { job, instance: 'n1' }, keeps);
  const from = performance.now();
  let samples = 0;
  for (const [i, text] of texts.entries()) samples += log.append(text, end - dayMs + i * 30_000).samples;
  const ms = performance.now() - from;
  // Another day: a block is made of what came before.
  log.append('end 1\n', end + 2 * dayMs);
  log.close();
  return { samples, ms };
}

/** The registry of an API server: sixty thousand series, of which a fifth grow and some are sums of times. */
function apiServer(scrapes: number): string[] {
  const series = 60_000;
  const heads = Array.from(
    { length: series },
    (_, i) =>
      `apiserver_request_duration_seconds_bucket{component="apiserver",group="g${i % 31}",resource="r${i % 97}",scope="cluster",verb="GET",version="v1",le="${i}"} `,
  );
  const values = new Float64Array(series);
  return Array.from({ length: scrapes }, () => {
    let text = '';
    for (let i = 0; i < series; i++) {
      if (i % 5 === 0) values[i] = (values[i] ?? 0) + Math.floor(Math.random() * 20);
      else if (i % 17 === 0) values[i] = (values[i] ?? 0) + Math.random();
      text += `${heads[i] ?? ''}${values[i] ?? 0}\n`;
    }
    return text;
  });
}

async function storeRows(folder: string, texts: { etcd: string[]; node: string[] }): Promise<Row[]> {
  const real = join(folder, 'real');
  const samples = (['etcd', 'node'] as const).reduce(
    (sum, job) => sum + stored(real, job, texts[job]).samples,
    0,
  );
  const synthetic = join(folder, 'synthetic');
  const api = stored(synthetic, 'k3s', apiServer(66));
  const [realEach, apiEach] = [bytesIn(real) / samples, bytesIn(synthetic) / api.samples];
  const ingest = api.samples / (api.ms / 1000);
  return [
    {
      name: 'metrics: a sample of node_exporter and etcd on disk',
      value: realEach,
      unit: 'bytes',
      bar: '≤ 2.0',
      met: realEach <= 2,
    },
    {
      name: 'metrics: a sample of an API server of 60,000 series on disk',
      value: apiEach,
      unit: 'bytes',
      bar: '≤ 2.0',
      met: apiEach <= 2,
    },
    {
      name: 'metrics: stored, each scrape flushed',
      value: ingest,
      unit: 'samples/s',
      bar: '≥ 200000',
      met: ingest >= 200_000,
    },
  ];
}

async function chartRows(folder: string, texts: { etcd: string[]; node: string[] }): Promise<Row[]> {
  const site = join(folder, 'month');
  const from = end - days * dayMs;
  for (const job of ['etcd', 'node'] as const) {
    const log = openTargetLog(targetFolder(site, job, 'n1'), { job, instance: 'n1' }, keepsSeries);
    for (let at = from, i = 0; at < end; at += 30_000, i++)
      log.append(texts[job][i % texts[job].length] ?? '', at);
    log.close();
  }
  const metrics = metricsBox();
  const range = { from, to: end };
  const one = await best(3, () =>
    metrics.query(site, [{ series: 'node_load1', as: 'value', ...range, points: 800 }], never),
  );
  const overview = Object.values(overviewAsks)
    .flat()
    .map(ask => ({ ...ask, ...range, points: 300 }));
  const all = await best(3, () => metrics.query(site, [...overview, ...ruleAsks(end)], never));
  await metrics.close();
  let bytes = 0;
  const span = { from: end - 3 * dayMs, to: end };
  const labels = { site: 'Dome C', laptop: '0123456789ABCDEF' };
  const ms = await timed(() => {
    for (const part of exportText(site, span, labels, undefined)) bytes += part.text.length;
  });
  const out = join(folder, 'out');
  const packing = metricsBox();
  let packed = 0;
  const packedMs = await timed(async () => {
    const ask = { ...span, out: { folder: out }, write: 'both', labels } as const;
    ({ bytes: packed } = await packing.export(site, ask, { signal: never }));
  });
  await packing.close();
  const [text, both] = [bytes / 1e3 / ms, packed / 1e3 / packedMs];
  return [
    {
      name: `metrics: ${days} days of one series as a chart`,
      value: one,
      unit: 'ms',
      bar: '< 300',
      met: one < 300,
    },
    {
      name: `metrics: ${days} days of the whole overview, with the rules`,
      value: all,
      unit: 'ms',
      bar: '< 1500',
      met: all < 1500,
    },
    { name: 'metrics: export as text', value: text, unit: 'MB/s', bar: '≥ 50', met: text >= 50 },
    {
      name: 'metrics: export as text and compressed beside, onto the disk',
      value: both,
      unit: 'MB/s',
      bar: '≥ 50',
      met: both >= 50,
    },
  ];
}

/** Seconds of processor time of a process, of those it started, and of those that have ended. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const own = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i] ?? 0), 0) / 100;
  const children = readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => {
      try {
        const of = readFileSync(`/proc/${name}/stat`, 'utf8');
        return of.slice(of.lastIndexOf(')') + 2).split(' ')[1] === String(pid);
      } catch {
        return false;
      }
    });
  return own + children.reduce((sum, name) => sum + cpuOf(Number(name)), 0);
}

/** What scraping costs the node: sshd and whatever is asked, in percent of one core. */
async function costRows(folder: string, from: Sources): Promise<Row[]> {
  const at = join(folder, 'sshd');
  mkdirSync(at);
  const sshd = await runSshd(at);
  const links = sshLinks({
    knownHostsFile: join(folder, 'known_hosts'),
    userSshFolder: undefined,
    clock: systemClock,
  });
  const target = targetOf(sshd);
  let link: Link | undefined;
  try {
    link = await links
      .open(target, never)
      .catch(async (thrown: { failure?: { facts?: Record<string, string> } }) => {
        await links.trust(target, String(thrown.failure?.facts?.['fingerprint']), never);
        return links.open(target, never);
      });
    const pid = Number(readFileSync(join(sshd.folder, 'pid'), 'utf8'));
    const cost = async (
      exporter: number,
      jobs: readonly ('etcd' | 'node')[],
      more: readonly number[],
    ): Promise<number> => {
      const ports = { etcd: from.etcd, exporter, api: 1, kubelet: 1 };
      const scrape = scraper(systemClock, ports);
      const node = { id: 'n1', name: 'n1', site: 's1' } as SiteNode;
      const rounds = 20;
      const pids = [pid, ...more];
      const cpu = (): number => pids.reduce((sum, one) => sum + cpuOf(one), 0);
      const before = cpu();
      for (let i = 0; i < rounds; i++)
        for await (const one of scrape(link as Link, node, { jobs, full: false, signal: never })) void one;
      return ((cpu() - before) / rounds / 30) * 100;
    };
    const pids = from.processes.flatMap(child => child.pid ?? []);
    const [exporter, shell] = [
      await cost(from.exporter, ['etcd', 'node'], pids),
      await cost(1, ['node'], []),
    ];
    return [
      {
        name: 'metrics: node’s processor for node_exporter and etcd every 30 s',
        value: exporter,
        unit: '%',
        bar: '< 1',
        met: exporter < 1,
      },
      {
        name: 'metrics: node’s processor without an exporter, every 30 s',
        value: shell,
        unit: '%',
        bar: '< 1',
        met: shell < 1,
      },
    ];
  } finally {
    await link?.close();
    await sshd.stop();
  }
}

export async function bench(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-bench-metrics-'));
  const scope = new Scope();
  scope.later(() => rmSync(folder, { recursive: true, force: true }));
  try {
    const from = await sources(scope, folder);
    const texts = await collected(from);
    return [
      ...(await storeRows(folder, texts)),
      ...(await chartRows(folder, texts)),
      ...(await costRows(folder, from)),
    ];
  } finally {
    await scope.close();
  }
}
