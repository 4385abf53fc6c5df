import type { KeptBagSnapshot } from './snapshot.ts';

/** `not-restorable` unless every snapshot of the bag restores; a bag without any holds nothing that could fail. */
export const verdictOn = (
  snapshots: readonly Pick<KeptBagSnapshot, 'restorable'>[],
): 'received' | 'not-restorable' =>
  snapshots.every(each => each.restorable) ? 'received' : 'not-restorable';

const count = (n: number): string => (n === 1 ? '1 snapshot' : `${n} snapshots`);

/** The verdict in a sentence, for the receipt and for the operator. */
export function verdictWords(
  snapshots: readonly Pick<KeptBagSnapshot, 'restorable' | 'name' | 'says'>[],
): string {
  const bad = snapshots.filter(each => !each.restorable);
  const [first] = bad;
  if (first)
    return `Received, not restorable: ${bad.length} of ${count(snapshots.length)} failed the proof. ${first.name}: ${first.says}`;
  if (snapshots.length === 0) return 'Received. It carries no snapshot.';
  return snapshots.length === 1
    ? 'Received. Its snapshot restores.'
    : `Received. All ${count(snapshots.length)} restore.`;
}
