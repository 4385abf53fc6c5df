import type { SnapshotCheck } from '../../preload/contract/domain.ts';

/** What was measured on a laptop's copy; nothing when the copy is gone. */
export interface Measured {
  readonly trailer: SnapshotCheck['trailer'];
  readonly zipped: boolean;
  readonly sha256: string;
}

const trailers = {
  holds: 'its SHA-256 trailer holds',
  broken: 'its SHA-256 trailer does not match its content',
  missing: 'it has no SHA-256 trailer, so it was cut short or is a raw copy of a database',
} as const;
const references = {
  equal: 'it equals the file as the node had it',
  different: 'it differs from the file as the node had it',
  none: 'no hash from the node is there to compare it with',
} as const;

/**
 * The verdict on a copy. Intact needs both: the trailer, which etcd wrote, and the hash recorded on the node. `reference`
 * is that hash, empty when there is none; `note` is added for what else the technician should know.
 */
export function verdictOn(
  found: Measured | undefined,
  reference: string,
  at: Date,
  note = '',
): SnapshotCheck {
  const noted = note === '' ? '' : ` ${note}`;
  if (!found)
    return {
      at: at.toISOString(),
      trailer: 'missing',
      reference: 'different',
      intact: false,
      says: `The copy is gone from this laptop.${noted}`,
    };
  const compared = reference === '' ? 'none' : found.sha256 === reference ? 'equal' : 'different';
  const intact = found.trailer === 'holds' && compared === 'equal';
  const trailer = found.zipped
    ? trailers[found.trailer].replace('trailer', 'trailer inside the zip')
    : trailers[found.trailer];
  const [first, second] =
    compared === 'different' ? [references[compared], trailer] : [trailer, references[compared]];
  return {
    at: at.toISOString(),
    trailer: found.trailer,
    reference: compared,
    intact,
    says: `${intact ? 'Intact' : 'Not intact'}: ${first}${intact ? ', and' : ';'} ${second}.${noted}`,
  };
}
