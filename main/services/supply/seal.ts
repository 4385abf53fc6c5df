import { dirname } from 'node:path';
import type { OnProgress } from '../../ports.ts';
import type { SnapshotCheck } from '../../../preload/contract/domain.ts';
import { recordCheck } from '../../store/snapshots.ts';
import { inventory, inventoryPath } from './contents.ts';
import type { Content, Contents } from './contents.ts';
import type { SupplyDeps } from './deps.ts';
import { keepSpooled, signedRecord, spooledPath, tagsOf } from './spool.ts';
import type { SealedFile, Spooled } from './spool.ts';
import { telling } from './telling.ts';

/**
 * Seals all contents into the spool, file by file, noting each as it is done: after a crash only the rest is sealed. The
 * inventory comes last and lists what really was sealed. A snapshot whose copy changed since its check is left out,
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
  const { files, home, clock } = deps;
  let record = start;
  const total = contents.content.reduce((sum, each) => sum + each.bytes, 0);
  const tell = telling('1 of 3: sealing for headquarters', clock, onProgress);
  let before = 0;
  for (const content of contents.content) {
    const upTo = before;
    if (!record.payload.some(each => each.path === content.path)) {
      const sealed = await sealOne(deps, record, content, signal, done => tell(upTo + done, total));
      record = sealed
        ? { ...record, payload: [...record.payload, sealed] }
        : { ...record, carried: record.carried.filter(id => !content.path.includes(id)) };
      await keepSpooled(files, home.spool, record);
    }
    before += content.bytes;
    tell(before, total);
  }
  const text = inventory(deps, contents.site, record.export, record.startedAt, record.payload);
  const from = { is: 'text', text } as const;
  const sheet = await sealOne(
    deps,
    record,
    { path: inventoryPath, what: 'inventory', bytes: 0, from },
    signal,
    () => undefined,
  );
  record = { ...record, payload: [...record.payload, ...(sheet ? [sheet] : [])], sealed: true };
  record = await signedRecord(deps, record);
  for (const tag of tagsOf(record)) await files.write(spooledPath(home.spool, record, tag.path), tag.text);
  await keepSpooled(files, home.spool, record);
  return record;
}

/** Nothing when the copy on the laptop is not what was checked; its verdict is then recorded. */
async function sealOne(
  deps: SupplyDeps,
  record: Spooled,
  { path, what, from }: Content,
  signal: AbortSignal,
  tell: (doneBytes: number) => void,
): Promise<SealedFile | undefined> {
  const to = spooledPath(deps.home.spool, record, path);
  await deps.files.makeFolder(dirname(to));
  if (from.is === 'snapshot' && !(await deps.files.stat(from.snapshot.path)))
    return notIntact(deps, from.snapshot.id, 'The copy is gone from this laptop.');
  const source = from.is === 'snapshot' ? from.snapshot.path : Buffer.from(from.text);
  const sealed = await deps.work.seal(source, to, record.recipients, { signal, onProgress: tell });
  if (from.is === 'snapshot' && sealed.plain.sha256 !== from.snapshot.sha256) {
    await deps.files.remove(to);
    return notIntact(
      deps,
      from.snapshot.id,
      'Not intact: the copy on this laptop is no longer the file the node had. Found while it was sealed.',
    );
  }
  return { path, what, ...sealed };
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
