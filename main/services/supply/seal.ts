import { dirname } from 'node:path';
import { mostPartBytes, partPath } from '../../core/bag-parts.ts';
import type { OnProgress } from '../../ports.ts';
import type { SnapshotCheck } from '../../../preload/contract/domain.ts';
import { recordCheck } from '../../store/snapshots.ts';
import { inventory, inventoryPath } from './contents.ts';
import type { Content, Contents, Packed } from './contents.ts';
import type { SupplyDeps } from './deps.ts';
import { keepSpooled, signedRecord, spooledPath, tagsOf } from './spool.ts';
import type { SealedFile, Spooled } from './spool.ts';
import { telling } from './telling.ts';

/** Two files at once where there are two cores; more would only make the laptop's disk seek. */
const atOnce = 2;

/**
 * Seals all contents into the spool, two files at a time, noting each as it is done: after a crash only the rest is sealed.
 * The inventory comes last and lists what really was sealed. A snapshot whose copy changed since its check is left out,
 * named as damaged and never deleted.
 */
export async function sealAll(
  deps: SupplyDeps,
  start: Spooled,
  contents: Contents,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Spooled> {
  if (start.sealed) return start;
  const { files, home } = deps;
  let record = await sealContent(deps, start, contents, signal, onProgress);
  const text = inventory(deps, contents.site, record.export, record.startedAt, packedOf(record.payload));
  const from = { is: 'text', text } as const;
  const content: Content = { path: inventoryPath, what: 'inventory', bytes: 0, from };
  const sheet = await sealOne(deps, record, content, signal, () => undefined);
  record = { ...record, payload: [...record.payload, ...(sheet ?? [])], sealed: true };
  record = await signedRecord(deps, record);
  for (const tag of tagsOf(record)) await files.write(spooledPath(home.spool, record, tag.path), tag.text);
  await keepSpooled(files, home.spool, record);
  return record;
}

/** What was sealed, the parts of one file as one. */
function packedOf(payload: readonly SealedFile[]): readonly Packed[] {
  const whole = Map.groupBy(payload, file => file.of ?? file.path);
  return [...whole].flatMap(([path, files]) => {
    const [first] = files;
    if (!first) return [];
    const { what, plain } = first;
    const parts = files.map(file => ({ path: file.path, bytes: file.bytes }));
    return [first.of === undefined ? { path, what, plain } : { path, what, plain, parts }];
  });
}

/** Everything but the inventory. The first that fails stops the others. */
async function sealContent(
  deps: SupplyDeps,
  start: Spooled,
  { content: all }: Contents,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Spooled> {
  let record = start;
  let keeping = Promise.resolve();
  const tell = telling('1 of 3: sealing for headquarters', deps.clock, onProgress);
  const total = all.reduce((sum, each) => sum + each.bytes, 0);
  const done = new Map<string, number>();
  const told = (path: string, bytes: number): void => {
    done.set(path, bytes);
    tell(
      [...done.values()].reduce((sum, each) => sum + each, 0),
      total,
    );
  };
  // As they are listed, not as they happened to be done: the large snapshots reach a stick first.
  const order = new Map(all.map(({ path }, i) => [path, i]));
  const place = ({ of, path }: SealedFile): number => order.get(of ?? path) ?? order.size;
  const inOrder = (files: readonly SealedFile[]): readonly SealedFile[] =>
    files.toSorted((a, b) => place(a) - place(b));
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const waiting = all.values();
  const sealing = async (): Promise<void> => {
    for (const content of waiting) {
      if (!record.payload.some(file => (file.of ?? file.path) === content.path)) {
        const sealed = await sealOne(deps, record, content, either, bytes => told(content.path, bytes));
        record = sealed
          ? { ...record, payload: inOrder([...record.payload, ...sealed]) }
          : { ...record, carried: record.carried.filter(id => !content.path.includes(id)) };
        const now = record;
        // One after the other: the record that is kept last must be the one that knows most.
        keeping = keeping.then(() => keepSpooled(deps.files, deps.home.spool, now));
        await keeping;
      }
      told(content.path, content.bytes);
    }
  };
  const failed: unknown[] = [];
  await Promise.all(
    Array.from({ length: atOnce }, () =>
      sealing().catch((thrown: unknown) => {
        failed.push(thrown);
        stop.abort();
      }),
    ),
  );
  if (failed.length > 0) throw failed[0];
  return record;
}

/** Nothing when the copy on the laptop is not what was checked; its verdict is then recorded. */
async function sealOne(
  deps: SupplyDeps,
  record: Spooled,
  { path, what, from }: Content,
  signal: AbortSignal,
  tell: (doneBytes: number) => void,
): Promise<readonly SealedFile[] | undefined> {
  const to = spooledPath(deps.home.spool, record, path);
  await deps.files.makeFolder(dirname(to));
  if (from.is === 'snapshot' && !(await deps.files.stat(from.snapshot.path)))
    return notIntact(deps, from.snapshot.id, 'The copy is gone from this laptop.');
  const source =
    from.is === 'snapshot'
      ? from.snapshot.path
      : from.is === 'text'
        ? Buffer.from(from.text)
        : await deps.metrics.pack(record.site, from, `${to}.text`, signal);
  const { parts, plain, ...whole } = await deps.work.seal(source, to, record.recipients, {
    signal,
    onProgress: tell,
    mostPartBytes: deps.partBytes ?? mostPartBytes,
  });
  // In the clear beside the sealed file until now; nothing of it may wait for a stick.
  if (from.is === 'metrics') await deps.files.remove(`${to}.text.gz`);
  if (from.is === 'snapshot' && plain.sha256 !== from.snapshot.sha256) {
    for (const name of parts ? parts.map((_, i) => partPath(to, i + 1)) : [to]) await deps.files.remove(name);
    return notIntact(
      deps,
      from.snapshot.id,
      'Not intact: the copy on this laptop is no longer the file the node had. Found while it was sealed.',
    );
  }
  return parts
    ? parts.map((part, i) => ({ path: partPath(path, i + 1), of: path, what, plain, ...part }))
    : [{ path, what, plain, ...whole }];
}

function notIntact(deps: SupplyDeps, id: Spooled['carried'][number], says: string): undefined {
  const { check } = deps.snapshots.get(id);
  const worse: SnapshotCheck = {
    ...check,
    at: deps.clock.now().toISOString(),
    reference: 'different',
    intact: false,
    says,
  };
  deps.store.write(db => recordCheck(db, id, worse));
  return undefined;
}
