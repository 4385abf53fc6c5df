import { Encrypter } from 'age-encryption';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExportId } from '../../preload/contract/ids.ts';
import { work } from '../../main/machine/work.ts';
import type { SupplyDeps } from '../../main/services/supply/deps.ts';
import { ontoStick } from '../../main/services/supply/onto-stick.ts';
import { placeAt } from '../../main/services/supply/place.ts';
import { spooledPath, tagsOf } from '../../main/services/supply/spool.ts';
import type { SealedFile, Spooled } from '../../main/services/supply/spool.ts';
import { ageKey } from '../support/age-key.ts';
import { supplyBench } from '../support/supply.ts';
import type { SupplyBench } from '../support/supply.ts';
import { slowly } from './supply-slow.ts';
import type { Row } from './table.ts';

const mebibyte = 2 ** 20;
/** Of an export; less for a quick look. */
const mebibytes = Number(process.env['COLDSTART_BENCH_MIB'] ?? '1024');
const rounds = 3;
const { signal } = new AbortController();
const quiet = (): void => undefined;

const median = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0;

async function seconds(job: () => unknown): Promise<number> {
  const began = performance.now();
  await job();
  return (performance.now() - began) / 1000;
}

/** Snapshots of several sizes and very many small records, as a site with a long year has them. */
function sizes(): readonly number[] {
  const share = (part: number): number => Math.floor(mebibytes * mebibyte * part);
  const small = Array.from({ length: 1500 }, (_, i) => 500 + ((i * 7919) % 80_000));
  return [share(0.45), share(0.25), share(0.15), share(0.09), ...small];
}

/** A sealed export in the spool. What it holds is noise: to a stick one sealed file is as another. */
async function spooled(b: SupplyBench): Promise<Spooled> {
  const id = randomUUID() as ExportId;
  const noise = randomBytes(64 * mebibyte);
  const start: Spooled = {
    format: 2,
    export: id,
    site: b.site.id,
    world: 'real',
    startedAt: new Date().toISOString(),
    agent: 'bench',
    recipients: [],
    digest: '',
    laptop: { key: '0'.repeat(16), counter: 1 },
    clockDoubtful: false,
    bag: 'coldstart-bench',
    carried: [],
    payload: [],
    sealed: true,
    begunIn: [],
  };
  const payload = sizes().map((bytes, i): SealedFile => {
    const path = `data/${i < 4 ? 'snapshots' : 'audit'}/${i}.age`;
    const to = spooledPath(b.home.spool, start, path);
    mkdirSync(dirname(to), { recursive: true });
    const [sha256, sha512] = [createHash('sha256'), createHash('sha512')];
    writeFileSync(to, '');
    for (let at = 0; at < bytes; at += noise.length) {
      const some = noise.subarray(0, Math.min(noise.length, bytes - at));
      writeFileSync(to, some, { flag: 'a' });
      sha256.update(some);
      sha512.update(some);
    }
    const plain = { bytes, sha256: '' };
    return { path, what: 'audit', bytes, sha256: sha256.digest('hex'), sha512: sha512.digest('hex'), plain };
  });
  const record = { ...start, payload };
  for (const tag of tagsOf(record))
    await b.parts.files.write(spooledPath(b.home.spool, record, tag.path), tag.text);
  return record;
}

/** Writing and reading back against cp, sync and sha256sum of the very same files, in turns. */
async function writing(folder: string): Promise<readonly Row[]> {
  const b = supplyBench({ folder });
  try {
    const record = await spooled(b);
    const deps = { ...b.parts, home: b.home } as unknown as SupplyDeps;
    const bag = spooledPath(b.home.spool, record, '');
    const place = await placeAt({ files: b.parts.files, home: b.home, world: 'real' }, b.stick);
    const took = { ours: [] as number[], tools: [] as number[] };
    let held = 0;
    for (let round = 0; round <= rounds; round += 1) {
      const to = join(folder, 'tools');
      const tools = await seconds(() => {
        execFileSync('cp', ['-r', bag, to]);
        execFileSync('sync', ['-f', to]);
        execFileSync('sha256sum', ['-c', '--quiet', 'manifest-sha256.txt'], { cwd: to });
      });
      rmSync(to, { recursive: true });
      const idle = process.memoryUsage().rss;
      const look = setInterval(() => (held = Math.max(held, process.memoryUsage().rss - idle)), 20);
      const ours = await seconds(() => ontoStick(deps, record, place, signal, quiet));
      clearInterval(look);
      rmSync(join(b.stick, record.bag), { recursive: true });
      // The first round of a process pays for starting its workers.
      if (round === 0) continue;
      took.tools.push(tools);
      took.ours.push(ours);
    }
    const ratio = median(took.ours.map((ours, i) => ours / (took.tools[i] ?? 1)));
    const inMemory = folder.startsWith('/dev/shm');
    return [
      { name: `cp, sync, sha256sum of ${mebibytes} MiB`, value: median(took.tools), unit: 's' },
      { name: 'the same written and read back as a bag', value: median(took.ours), unit: 's' },
      {
        name: `bag against the tools, in ${inMemory ? 'memory' : 'a folder'}`,
        value: ratio,
        unit: '×',
        bar: '≤ 0.9',
        ...(inMemory ? { met: ratio <= 0.9 } : {}),
      },
      {
        name: 'memory while a bag is written',
        value: held / mebibyte,
        unit: 'MiB',
        bar: '≤ 150',
        met: held <= 150 * mebibyte,
      },
    ];
  } finally {
    b.close(true);
  }
}

/** What the age library does on its own: bytes in, sealed bytes out, nothing hashed and nothing written. */
async function byLibrary(bytes: Buffer, recipient: string): Promise<void> {
  const age = new Encrypter();
  age.addRecipient(recipient);
  let at = 0;
  const plain = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(Uint8Array.from(bytes.subarray(at, at + 256 * 1024)));
      at += 256 * 1024;
    },
  });
  for await (const chunk of await age.encrypt(plain))
    if (chunk.length === 0) throw new Error('an empty chunk');
}

async function sealing(folder: string): Promise<readonly Row[]> {
  const { recipient } = await ageKey();
  const from = join(folder, 'plain');
  const plain = randomBytes(128 * mebibyte);
  writeFileSync(from, plain);
  const seal = (name: string): Promise<unknown> =>
    work().seal(from, join(folder, name), [recipient], { signal });
  const both = (): Promise<unknown> => Promise.all([seal('one.age'), seal('two.age')]);
  await both();
  const took = { library: [] as number[], one: [] as number[], two: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    took.library.push(await seconds(() => byLibrary(plain, recipient)));
    took.one.push(await seconds(() => seal('one.age')));
    took.two.push(await seconds(both));
  }
  if (statSync(join(folder, 'two.age')).size <= plain.length || readFileSync(from).length !== plain.length)
    throw new Error('the bench sealed nothing');
  const [library, one, two] = [median(took.library), median(took.one), median(took.two)];
  const [against, scaling] = [library / one, (2 * one) / two];
  return [
    { name: 'the age library alone', value: 128 / library, unit: 'MiB/s' },
    { name: 'sealing, hashed and written, one worker', value: 128 / one, unit: 'MiB/s' },
    { name: 'sealing against the library', value: against, unit: '×', bar: '≥ 0.9', met: against >= 0.9 },
    { name: 'two workers', value: 256 / two, unit: 'MiB/s' },
    {
      name: 'two workers against one',
      value: scaling,
      unit: '×',
      bar: '≥ 1.5',
      ...(availableParallelism() >= 2 ? { met: scaling >= 1.5 } : {}),
    },
  ];
}

/** Sealing, and writing a sealed export to a place and reading it back. */
export async function bench(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'coldstart-bench-'));
  try {
    return [...(await writing(folder)), ...(await slowly(folder)), ...(await sealing(folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
