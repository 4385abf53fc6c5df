import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { SiteNode } from '../../../preload/contract/domain.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import type { RecorderPulled } from '../../../preload/contract/wan.ts';
import { readChunk } from '../../core/recorder/format.ts';
import type { Recorded } from '../../core/recorder/format.ts';
import { batches, fileKey, nothingPulled, pulledMemory, recorderThere } from '../../core/recorder/pulled.ts';
import type { PulledMemory, RecorderFile, RecorderThere } from '../../core/recorder/pulled.ts';
import { recorderPaths } from '../../core/recorder/script.ts';
import { placed } from '../../core/recorder/time.ts';
import type { ClockSeen } from '../../core/recorder/time.ts';
import { unpacked } from '../../core/recorder/unpack.ts';
import { script } from '../../core/sh.ts';
import type { Clock, Files, Link, OnProgress } from '../../ports.ts';

/** Where what a node logged goes on this laptop. */
export interface RecordedInto {
  readonly files: Files;
  readonly clock: Clock;
  /** A folder of this node alone: what was pulled is remembered there, and a broken pull lies there until it goes on. */
  readonly folder: string;
  /** Each sample once, in the order of their boots: when it was taken, and its text in Prometheus' exposition format. */
  take(at: number, text: string): Promise<void> | void;
}

/**
 * Arguments: the script, the folder of chunks, the folder in memory, and `open` when what lies in memory is wanted as well.
 * That is read before the files are listed: what became a file meanwhile is then seen among them.
 */
const lookScript = `# what did the recorder log?
[ "$4" = open ] && open=$(cat "$3/open" 2>/dev/null)
[ -x "$1" ] && echo installed
if [ -d "$2" ]; then cd "$2" && for f in [0-9]*; do [ -f "$f" ] && stat -c 'file %n %s %Y' "$f"; done; fi
echo "boot $(cat /proc/sys/kernel/random/boot_id)"
echo "up $(cut -d ' ' -f 1 /proc/uptime)"
echo end
[ -z "$open" ] || printf '%s\\n' "$open"`;

/** Arguments: the folder of chunks, the file in memory to make, the chunks. */
const gatherScript = `# put these chunks one behind the other, in memory
data=$1 to=$2; shift 2
mkdir -p "\${to%/*}" && cd "$data" || exit 1
[ -f "$to" ] || { cat -- "$@" >"$to.part" && mv "$to.part" "$to"; }`;

/** There was no recorder before: a clock that says so is wrong. */
const notBefore = Date.parse('2026-01-01');

const pullFolder = '/run/coldstart-pull';

/**
 * Brings what a node logged since the last pull, and gives each sample to `take`. Nothing is deleted on the node. A pull
 * that broke goes on where it broke. Throws as links do; what came before stays.
 */
export async function pullRecorded(
  link: Link,
  node: Pick<SiteNode, 'name'>,
  into: RecordedInto,
  {
    signal,
    onProgress = () => undefined,
  }: { readonly signal: AbortSignal; readonly onProgress?: OnProgress },
): Promise<RecorderPulled> {
  const { files } = into;
  await files.makeFolder(into.folder);
  const memoryPath = join(into.folder, 'pulled.json');
  let memory = await remembered(files, memoryPath);
  let { there, seen } = await lookAt(link, node, into, signal, 'files');
  const sum = { samples: 0, bytes: 0, unplaced: 0, clockJumps: 0, left: [] as string[] };

  async function give(rows: readonly Recorded[], keys: readonly string[]): Promise<void> {
    const boots = { ...memory.boots };
    const fresh = rows.filter(({ bootId, uptime }) => uptime > (boots[bootId] ?? -1));
    const found = placed(fresh, seen);
    for (const row of found.rows) {
      signal.throwIfAborted();
      await into.take(row.trueAt, exposition(row));
    }
    for (const { bootId, uptime } of fresh) boots[bootId] = Math.max(boots[bootId] ?? -1, uptime);
    const still = new Set(there.files.map(fileKey));
    memory = { boots, files: [...memory.files.filter(key => still.has(key)), ...keys] };
    await files.write(memoryPath, JSON.stringify(memory));
    sum.samples += found.rows.length;
    sum.unplaced += found.unplaced;
    sum.clockJumps += found.jumps;
  }

  for (let heaps = batches(there.files, memory); ; heaps = batches(there.files, memory)) {
    const total = heaps.flat().reduce((all, { bytes }) => all + bytes, sum.bytes);
    for (const heap of heaps) {
      const bytes = await fetched(link, heap, into, signal, done => {
        onProgress({ what: 'Pulling what the node logged', done: sum.bytes + done, total, unit: 'bytes' });
      });
      const { rows, left } = rowsIn(heap, bytes);
      sum.left.push(...left);
      await give(rows, heap.map(fileKey));
      sum.bytes += bytes.length;
    }
    ({ there, seen } = await lookAt(link, node, into, signal, 'open'));
    if (batches(there.files, memory).length === 0) break;
  }
  if (there.open !== '') {
    sum.bytes += there.open.length;
    await give(readChunk(there.open).rows, []);
  }
  return { there: there.installed || there.files.length > 0, ...sum };
}

async function remembered(files: Files, path: string): Promise<PulledMemory> {
  if ((await files.stat(path)) === undefined) return nothingPulled;
  return pulledMemory(Buffer.from(await files.read(path, 2 ** 22)).toString());
}

async function lookAt(
  link: Link,
  { name }: Pick<SiteNode, 'name'>,
  { clock }: RecordedInto,
  signal: AbortSignal,
  what: 'files' | 'open',
): Promise<{ readonly there: RecorderThere; readonly seen: ClockSeen }> {
  const { script: at, data, run } = recorderPaths;
  const asked = clock.now().getTime();
  const { stdout } = await link.exec(script(lookScript, at, data, run, what), {
    as: 'root',
    signal,
    timeoutMs: 120_000,
    keepBytes: 2 ** 23,
  });
  const there = recorderThere(stdout);
  if (!there)
    throw new FieldError({
      code: 'could-not',
      says: 'The node did not tell what its recorder logged.',
      about: name,
      untouched: 'Nothing was pulled, and nothing was changed on the node.',
      next: 'Try once more; then look at its shell.',
    });
  const laptop = (asked + clock.now().getTime()) / 2;
  return { there, seen: { bootId: there.bootId, uptime: there.uptime, laptop, notBefore } };
}

/** One heap of chunks as bytes. It is gathered in the node's memory, and goes on where an earlier pull of it broke. */
async function fetched(
  link: Link,
  heap: readonly RecorderFile[],
  { files, folder }: RecordedInto,
  signal: AbortSignal,
  onDone: (bytes: number) => void,
): Promise<Uint8Array> {
  const id = createHash('sha256').update(heap.map(fileKey).join('\n')).digest('hex').slice(0, 16);
  const there = `${pullFolder}/${id}`;
  const here = join(folder, `${id}.part`);
  // what an earlier pull began and this one will not go on with
  for (const { name } of await files.list(folder))
    if (name.endsWith('.part') && name !== `${id}.part`) await files.remove(join(folder, name));
  const gathered = await link.exec(
    script(gatherScript, recorderPaths.data, there, ...heap.map(({ name }) => name)),
    { as: 'root', signal, timeoutMs: 120_000 },
  );
  if (gathered.code !== 0)
    throw new FieldError({
      code: 'could-not',
      says: `The node could not read what its recorder logged: ${gathered.stderr.trim().slice(0, 200)}`,
      about: recorderPaths.data,
      untouched: 'What was pulled before is here.',
      next: 'Pull again; the recorder may just have dropped its oldest file.',
    });
  const file = await files.open(here, 'append');
  try {
    await link.download(there, file, {
      as: 'root',
      signal,
      onProgress: ({ done }) => {
        onDone(done);
      },
    });
  } finally {
    await file.close();
  }
  const bytes = await files.read(here, 2 ** 28);
  await files.remove(here);
  await link.exec(
    script('# take away what was gathered\nrm -f "$1"; rmdir "${1%/*}" 2>/dev/null; exit 0', there),
    {
      as: 'root',
      signal,
      timeoutMs: 60_000,
    },
  );
  return bytes;
}

function rowsIn(
  heap: readonly RecorderFile[],
  bytes: Uint8Array,
): { readonly rows: readonly Recorded[]; readonly left: readonly string[] } {
  const rows: Recorded[] = [];
  const left: string[] = [];
  let from = 0;
  for (const { name, bytes: length } of heap) {
    const text = unpacked(bytes.subarray(from, from + length));
    from += length;
    if (text === undefined) {
      left.push(`${name} is damaged.`);
      continue;
    }
    const chunk = readChunk(text);
    rows.push(...chunk.rows);
    left.push(...chunk.left.map(says => `${name}: ${says}`));
  }
  return { rows, left };
}

const number = (value: number): string =>
  Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';

const exposition = ({ samples }: Recorded): string =>
  [...samples].map(([series, value]) => `${series} ${number(value)}\n`).join('');
