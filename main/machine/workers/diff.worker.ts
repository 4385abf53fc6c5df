import type { SnapshotDiff } from '../../../preload/contract/snapshots/look.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { diffOf, sameCluster } from '../../core/snapshot-diff/diff.ts';
import { holdSnapshot } from './held-snapshot.ts';
import type { HoldOptions } from './held-snapshot.ts';
import { serve } from './serve.ts';
import type { Desk } from './serve.ts';

export interface DiffJob extends HoldOptions {
  readonly from: string;
  readonly to: string;
  /** Without it two clusters are refused. */
  readonly anyCluster?: boolean | undefined;
}

/** The second file goes on counting where the first ended. */
function afterwards(desk: Desk): { readonly first: Desk; readonly second: Desk } {
  let before = 0;
  return {
    first: { goOn: () => desk.goOn(), done: bytes => desk.done((before = bytes)) },
    second: { goOn: () => desk.goOn(), done: bytes => desk.done(before + bytes) },
  };
}

async function diff({ from, to, anyCluster, ...options }: DiffJob, desk: Desk): Promise<SnapshotDiff> {
  const { first, second } = afterwards(desk);
  const left = await holdSnapshot(from, options, first);
  try {
    const right = await holdSnapshot(to, options, second);
    try {
      if (anyCluster !== true && sameCluster(left.reading, right.reading) === 'no') throw otherCluster(to);
      const found = diffOf(left.reading, right.reading, () => desk.goOn());
      left.assertUnchanged();
      right.assertUnchanged();
      const damage = [left, right].flatMap(each =>
        each.damage === undefined ? [] : [`${each.path}: ${each.damage}`],
      );
      return {
        from: { path: from, revision: String(left.reading.revision) },
        to: { path: to, revision: String(right.reading.revision) },
        ...found,
        ...(damage.length === 0 ? {} : { damage: damage.join(' ') }),
      };
    } finally {
      right.close();
    }
  } finally {
    left.close();
  }
}

const otherCluster = (to: string): FieldError =>
  new FieldError({
    code: 'refused',
    says: 'These are snapshots of two different clusters: their kube-system namespaces have different ids.',
    about: to,
    untouched: 'Both files were only read.',
    next: 'Choose two snapshots of the same site. To compare them all the same, say that any cluster will do.',
    facts: { cluster: 'different' },
  });

serve<DiffJob, SnapshotDiff>(diff);
