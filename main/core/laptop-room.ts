import { mebibytes } from './bag-space.ts';

/** Left free on the laptop besides what is wanted. */
const margin = 64 * 1024 * 1024;
/** Of the laptop's disk: beyond it no new copies are taken, because the laptop itself needs room to go on. */
const mostFull = 0.8;
/** A disk with this much left is not full, however large it is. */
const plenty = 4 * 1024 ** 3;

/**
 * Why the laptop takes no copy of this many bytes; nothing when it does. `free` and `bytes` are of the file system the copy
 * goes to.
 */
export function whyNoRoom(
  { free, bytes }: { readonly free: number; readonly bytes: number },
  wanted: number,
): string | undefined {
  if (free < wanted + margin)
    return `The copy needs ${mebibytes(wanted + margin)} on this laptop, and only ${mebibytes(free)} are free.`;
  const after = bytes === 0 ? 0 : (bytes - free + wanted) / bytes;
  if (after <= mostFull || free - wanted >= plenty) return undefined;
  return `The disk of this laptop would be ${Math.round(after * 100)} % full. Beyond ${mostFull * 100} % no new copies are taken, so that the laptop itself can go on.`;
}
