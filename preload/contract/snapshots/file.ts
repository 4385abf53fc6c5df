import { snapshotId } from '../ids.ts';
import { filled, shape, variants } from '../parse.ts';

/** A snapshot on this laptop: a copy in the catalogue, or any file by its path (a stick, a download). */
export const snapshotFile = variants({
  kept: shape({ snapshot: snapshotId }),
  file: shape({ path: filled }),
});
export type SnapshotFile = ReturnType<typeof snapshotFile>;
