import { constants, gunzipSync } from 'node:zlib';

/** A chunk in memory is at most 4 MiB; what unpacks to more than this is no chunk. */
const most = 16 * 2 ** 20;

/**
 * The text of a chunk's file, as far as it goes: of one that is cut short, what comes before the cut. Nothing when it is
 * damaged.
 */
export function unpacked(bytes: Uint8Array): string | undefined {
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!packed) return Buffer.from(bytes).toString();
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: most }).toString();
  } catch {
    return undefined;
  }
}
