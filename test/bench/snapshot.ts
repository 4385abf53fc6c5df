import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Scope } from '../../main/core/scope.ts';
import { work } from '../../main/machine/work.ts';
import { Etcd } from '../support/etcd.ts';
import { etcdctl, fill } from '../support/etcd-content.ts';
import type { Content } from '../support/etcd-content.ts';
import { freePort } from '../support/sshd.ts';
import { seeded } from '../support/supply-loops.ts';
import { lookRows } from './snapshot-look.ts';
import type { Row } from './table.ts';

const root = join(import.meta.dirname, '../..');
const mebibyte = 1024 * 1024;
const rounds = 7;
const { signal } = new AbortController();

/** What K3s leaves behind after some weeks: objects of a few KiB, half of them written again since the last compaction. */
const usual: Content = { objects: 50_000, valueBytes: 2900, changes: 25_000 };
const manyKeys: Content = { objects: 500_000, valueBytes: 150, changes: 0 };

/** A snapshot of a real etcd with this content. */
async function snapshotOf(scope: Scope, folder: string, name: string, content: Content): Promise<string> {
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const etcd = new Etcd(join(folder, name), { name, client, peer }, `${name}=${peer}`, []);
  scope.later(() => etcd.kill());
  etcd.start();
  await etcd.until(/serving client traffic insecurely/);
  await fill(etcd, content, seeded(1));
  const path = join(folder, `${name}.db`);
  await etcdctl(`--endpoints=${client}`, 'snapshot', 'save', path);
  await etcd.kill();
  return path;
}

async function seconds(once: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await once();
  return (performance.now() - began) / 1000;
}

/** The best of several rounds of each, in turns: whoever else uses the machine is then in the way of all alike. */
async function inTurns<N extends string>(
  jobs: Readonly<Record<N, () => Promise<unknown>>>,
): Promise<Record<N, number>> {
  const names = Object.keys(jobs) as N[];
  const best = Object.fromEntries(names.map(name => [name, Infinity])) as Record<N, number>;
  for (let round = 0; round < rounds; round++)
    for (const name of names) best[name] = Math.min(best[name], await seconds(jobs[name]));
  return best;
}

/** The most memory the built command line takes for one `snapshot …`, whole process, in MiB. It has to end with 0 or `exit`. */
async function memoryOf(home: string, asked: readonly string[], exit = 0): Promise<number> {
  const words = [join(root, 'out/hosts/cli.js'), 'snapshot', ...asked, '--json'];
  const env = { ...process.env, COLDSTART_HOME: home };
  const child = spawn(process.execPath, words, { stdio: 'ignore', env });
  const ended = once(child, 'exit');
  let most = 0;
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      most = Math.max(most, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has just ended.
    }
    await wait(10);
  }
  const [code] = (await ended) as [number | null];
  if (code !== exit)
    throw new Error(`snapshot ${asked[0]} of the snapshot with many keys ended with ${code}`);
  return most;
}

/** Reading a snapshot against `etcdctl` and `sha256sum`, both files in the page cache. Needs etcd and a build. */
export async function bench(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-bench-snapshot-'));
  const scope = new Scope();
  scope.later(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  try {
    const path = await snapshotOf(scope, folder, 'usual', usual);
    const many = await snapshotOf(scope, folder, 'many', manyKeys);
    const scratch = join(folder, 'scratch');
    const status = (): Promise<unknown> => work().snapshotStatus(path, { scratch, signal });
    const took = await inTurns({
      etcdctl: () => etcdctl('snapshot', 'status', path),
      sha256sum: () => promisify(execFile)('sha256sum', [path]),
      status,
      both: () => Promise.all([status(), work().trailer(path, signal)]),
      proof: () => work().measureSnapshot(path, [], { given: false, scratch, signal }),
    });
    const size = statSync(path).size / mebibyte;
    const alone = took.etcdctl / took.status;
    const both = (took.etcdctl + took.sha256sum) / took.both;
    const home = join(folder, 'home');
    const memory = await memoryOf(home, ['status', many, '--rule', '3.6']);
    const browsing = await memoryOf(home, ['browse', many, '--from', '400000', '--most', '500']);
    // No token and no recorded hash, so the verdict is no good one, and that ends with 1.
    const proving = await memoryOf(home, ['prove', many], 1);
    const proof = (took.etcdctl + took.sha256sum) / took.proof;
    const name = `snapshot of ${Math.round(size)} MiB`;
    return [
      { name: `${name}: status with page check`, value: size / took.status, unit: 'MiB/s' },
      { name: '  against etcdctl snapshot status', value: alone, unit: '×', bar: '≥ 0.6', met: alone >= 0.6 },
      {
        name: '  with trailer, against etcdctl + sha256sum',
        value: both,
        unit: '×',
        bar: '≥ 1.0',
        met: both >= 1,
      },
      {
        name: '  proof: hashes, pages, every key, against etcdctl + sha256sum',
        value: proof,
        unit: '×',
        bar: '≥ 1.0',
        met: proof >= 1,
      },
      {
        name: 'snapshot: memory of a proof with 500,000 live keys',
        value: proving,
        unit: 'MiB',
        bar: '≤ 200',
        met: proving > 0 && proving <= 200,
      },
      {
        name: 'snapshot: memory with 500,000 live keys',
        value: memory,
        unit: 'MiB',
        bar: '≤ 200',
        met: memory > 0 && memory <= 200,
      },
      {
        name: 'browser: memory with 500,000 live keys',
        value: browsing,
        unit: 'MiB',
        bar: '≤ 200',
        met: browsing > 0 && browsing <= 200,
      },
      ...(await lookRows(scope, folder, path)),
    ];
  } finally {
    await scope.close();
  }
}
