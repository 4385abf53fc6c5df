import { execFile, spawn } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cutter } from '../support/cutter.ts';
import { runSshd } from '../support/sshd.ts';
import type { Sshd } from '../support/sshd.ts';
import type { Measured, Transfer } from './ssh-transfer.ts';
import type { Row } from './table.ts';

const run = promisify(execFile);
const bytes = 512 * 1024 * 1024;
const rounds = 3;
/** Half of the round trip of the slow path. */
const oneWayMs = 10;

interface Bench {
  readonly sshd: Sshd;
  readonly folder: string;
  /** The file on the laptop's side, and where copies of it go. */
  readonly file: string;
  readonly sha256: string;
  readonly port: number;
}

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
};

/** Cipher and everything else as OpenSSH would have it, only the server's key and ours are given. */
async function openSsh(bench: Bench, command: string): Promise<number> {
  const batch = join(bench.folder, 'batch');
  await writeFile(batch, `${command}\n`);
  const options = [
    'Ciphers=aes128-gcm@openssh.com',
    'StrictHostKeyChecking=no',
    `UserKnownHostsFile=${join(bench.folder, 'openssh_known_hosts')}`,
    'IdentitiesOnly=yes',
  ].flatMap(option => ['-o', option]);
  const to = `${bench.sshd.user}@127.0.0.1`;
  return seconds(() =>
    run('sftp', [
      '-q',
      '-F',
      'none',
      ...options,
      '-i',
      bench.sshd.key,
      '-P',
      String(bench.port),
      '-b',
      batch,
      to,
    ]),
  );
}

async function ours(
  bench: Bench,
  what: Transfer['what'],
  changes: Partial<Transfer> = {},
): Promise<Measured> {
  const knownHosts = join(bench.folder, `known_hosts_${changes.port ?? bench.port}`);
  await writeFile(
    knownHosts,
    `[127.0.0.1]:${changes.port ?? bench.port} ${await bench.sshd.hostKey('ed25519')}\n`,
  );
  const ask: Transfer = {
    what,
    port: bench.port,
    user: bench.sshd.user,
    key: bench.sshd.key,
    knownHosts,
    local: what === 'upload' ? bench.file : join(bench.folder, 'fetched'),
    remote: what === 'upload' ? join(bench.folder, 'sent') : bench.file,
    ...(what === 'upload' ? { sha256: bench.sha256 } : {}),
    progress: false,
    ...changes,
  };
  const { stdout } = await run(process.execPath, [
    join(import.meta.dirname, 'ssh-transfer.ts'),
    JSON.stringify(ask),
  ]);
  return JSON.parse(stdout) as Measured;
}

/** Removes what a transfer made, so that the next one starts from nothing. */
const clear = (bench: Bench): Promise<unknown> =>
  Promise.all(['sent', 'fetched'].map(name => rm(join(bench.folder, name), { force: true })));

type Best = Pick<Measured, 'seconds' | 'cpu' | 'memory'>;
interface Against {
  readonly theirs: number;
  readonly plain: Best;
  readonly shown: Best;
}

/** The best of several in each respect. */
const best = (all: readonly Measured[]): Best => ({
  seconds: Math.min(...all.map(one => one.seconds)),
  cpu: Math.min(...all.map(one => one.cpu)),
  memory: Math.max(...all.map(one => one.memory)),
});

/** Ours, ours with a progress panel and theirs in turn, so that a busy moment hits all; the best of each counts. */
async function against(bench: Bench, what: Transfer['what']): Promise<Against> {
  const theirs: number[] = [];
  const plain: Measured[] = [];
  const shown: Measured[] = [];
  const fetched = join(bench.folder, what === 'upload' ? 'sent' : 'fetched');
  for (let round = 0; round < rounds; round++) {
    theirs.push(await openSsh(bench, `${what === 'upload' ? 'put' : 'get'} ${bench.file} ${fetched}`));
    await clear(bench);
    plain.push(await ours(bench, what));
    await clear(bench);
    shown.push(await ours(bench, what, { progress: true }));
    await clear(bench);
  }
  return { theirs: Math.min(...theirs), plain: best(plain), shown: best(shown) };
}

const rate = (took: number): number => bytes / took / 1e6;
const most = (name: string, value: number, unit: string, bar: number): Row => ({
  name,
  value,
  unit,
  bar: `≤ ${bar}`,
  met: value <= bar,
});
const least = (name: string, value: number, unit: string, bar: number): Row => ({
  name,
  value,
  unit,
  bar: `≥ ${bar}`,
  met: value >= bar,
});

async function loopback(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const what of ['upload', 'download'] as const) {
    const { theirs, plain, shown } = await against(bench, what);
    const fast = Math.min(plain.seconds, shown.seconds);
    rows.push(
      { name: `OpenSSH sftp ${what}, loopback`, value: rate(theirs), unit: 'MB/s' },
      least(`${what} with both hashes, loopback`, rate(fast), 'MB/s', 118),
      least(`${what} against OpenSSH, loopback`, theirs / fast, '×', 0.65),
      most(`memory above idle, ${what}`, Math.max(plain.memory, shown.memory) / 1e6, 'MB', 150),
      most(`cost of an open transfer panel, ${what}`, (shown.cpu / plain.cpu - 1) * 100, '%', 3),
    );
  }
  return rows;
}

async function slowPath(bench: Bench): Promise<Row[]> {
  const args = [join(import.meta.dirname, 'delay-proxy.ts'), String(bench.sshd.port), String(oneWayMs)];
  const proxy = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(proxy.stdout, 'data')) as [Buffer];
    const slow = { ...bench, port: Number(line.toString()) };
    const rows: Row[] = [];
    for (const what of ['upload', 'download'] as const) {
      const { theirs, plain, shown } = await against(slow, what);
      const fast = Math.min(plain.seconds, shown.seconds);
      rows.push(
        { name: `OpenSSH sftp ${what}, 20 ms path`, value: rate(theirs), unit: 'MB/s' },
        { name: `${what} with both hashes, 20 ms path`, value: rate(fast), unit: 'MB/s' },
        least(`${what} against OpenSSH, 20 ms path`, theirs / fast, '×', 1.2),
      );
    }
    return rows;
  } finally {
    proxy.stdin.end();
    await once(proxy, 'exit');
  }
}

/** Bytes that crossed the cable in both tries beyond one whole file. */
async function cutAt99(bench: Bench): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [what, direction] of [
    ['upload', 'sent'],
    ['download', 'received'],
  ] as const) {
    const cable = await cutter(bench.sshd.port);
    try {
      cable.cutAfter(direction, Math.floor(bytes * 0.99));
      const first = await ours(bench, what, { port: cable.port });
      const second = await ours(bench, what, { port: cable.port });
      if (!first.failed || second.failed || second.resumedAt === 0)
        throw new Error(`the cut ${what} did not resume`);
      // The packets around the payload are under half a percent; they count as if they were sent again.
      rows.push(
        most(`sent again after a cut at 99 %, ${what}`, (cable[direction] - bytes) / 1024 / 1024, 'MiB', 4),
      );
    } finally {
      await cable.close();
      await clear(bench);
    }
  }
  return rows;
}

/** Transfers of 512 MiB against OpenSSH's sftp in the same run, both with aes128-gcm; ours hashes on both ends too. */
export async function bench(): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'coldstart-bench-'));
  const sshd = await runSshd(folder);
  try {
    const file = join(folder, 'file');
    const content = randomFillSync(Buffer.allocUnsafe(bytes));
    await writeFile(file, content);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const set: Bench = { sshd, folder, file, sha256, port: sshd.port };
    return [...(await loopback(set)), ...(await slowPath(set)), ...(await cutAt99(set))];
  } finally {
    await sshd.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
