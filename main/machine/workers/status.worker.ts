import { FieldError } from '../../../preload/contract/failure.ts';
import type { SnapshotStatus as StatusReply } from '../../../preload/contract/domain.ts';
import { statusOf } from '../../core/etcd-snapshot/status.ts';
import type { KeyRule } from '../../core/etcd-snapshot/status.ts';
import type { Reading } from '../../core/etcd-snapshot/read.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';
import { openSnapshot } from './snapshot-file.ts';

export interface StatusJob {
  readonly path: string;
  readonly rule?: KeyRule | undefined;
  /** Folder for what does not fit into memory. */
  readonly scratch: string;
}

/** What the reader refuses names no file, since it sees none. */
async function named<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof FieldError) || thrown.failure.about !== undefined) throw thrown;
    throw new FieldError({ ...thrown.failure, about: path }, { cause: thrown });
  }
}

/** Reads a snapshot from end to end for the numbers of `etcdutl snapshot status`; damaged pages fail the job. */
async function status({ path, rule, scratch }: StatusJob, desk: Desk): Promise<StatusReply> {
  const file = await openSnapshot(path, scratch, desk);
  try {
    if (!file.zipped) desk.total?.(file.source.size);
    // What was unpacked on the way has been told already.
    let done = file.zipped ? file.source.size : 0;
    const onPage = (bytes: number): void => {
      desk.done((done += bytes));
      desk.goOn();
    };
    const found = statusOf(file.source, { rule, crc: file.crc, scratch: file.scratch, onPage });
    // Damage found in a file that something writes to says nothing of the file.
    file.assertUnchanged();
    refuseDamaged(found.reading, path);
    const { revision, ...rest } = found.status;
    return {
      ...rest,
      revision: String(revision),
      zipped: file.zipped,
      hasTrailer: file.hasTrailer,
      isMetaTorn: found.reading.isMetaTorn,
    };
  } finally {
    file.close();
  }
}

function refuseDamaged({ problems, moreProblems }: Reading, path: string): void {
  if (problems.length === 0) return;
  const shown = problems.slice(0, 5);
  const more = problems.length - shown.length + moreProblems;
  throw new FieldError({
    code: 'check-failed',
    says: `This snapshot is damaged inside. ${shown.join(' ')}${more > 0 ? ` And ${more} more like these.` : ''}`,
    about: path,
    untouched: 'The file was only read; nothing was changed.',
    next: 'Do not restore from it. Take another copy of the snapshot, from the node or from a stick.',
  });
}

serve<StatusJob, StatusReply>((job, desk) => named(job.path, () => status(job, desk)));
