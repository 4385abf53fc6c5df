/**
 * What the file system writes for one chunk besides its bytes, in KiB: inode, bitmaps, folder, and all of them in the
 * journal first, twice (the file, then its name). Measured on ext4 in /sys/block/…/stat; see the test of the write budget.
 */
export const overheadKib = 96;
