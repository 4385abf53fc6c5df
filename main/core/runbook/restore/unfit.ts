import { filePart, keysPart, pagesPart, trailerPart } from '../../snapshot-proof/file-parts.ts';
import type { MeasuredSnapshot } from '../../snapshot-proof/measured.ts';

/** Why a copy is not restored. `copy`: it is no good itself · `token`: the token of the server does not open it. */
export interface Unfit {
  readonly which: 'copy' | 'token';
  readonly says: string;
  readonly next: string;
}

const copyUnfit = (says: string, next: string | undefined): Unfit => ({
  which: 'copy',
  says,
  next: next ?? 'Choose another copy.',
});

/**
 * Whether a snapshot that was measured a moment ago, with the token that would open it, is worth a restore; undefined
 * when it is. `sha256` is the file as it was pulled.
 */
export function unfit(measured: MeasuredSnapshot, sha256: string): Unfit | undefined {
  const { read } = measured;
  if (measured.sha256 !== sha256)
    return copyUnfit('The copy on this laptop is not the file that was pulled any more.', 'Pull it again.');
  if (read.is === 'refused') return copyUnfit(read.says, read.next);
  const failed = [filePart(measured), trailerPart(measured), pagesPart(read), keysPart(read)].find(
    part => part.is === 'failed',
  );
  if (failed) return copyUnfit(failed.says, failed.next);
  if (read.token.is === 'opened') return undefined;
  return {
    which: 'token',
    says: 'The token on this server is not the one that opens the snapshot; K3s would say “bootstrap data already found and encrypted with different token”.',
    next: 'Put the right token in first (put-token), then make a new plan.',
  };
}
