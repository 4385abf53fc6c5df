/** The largest file FAT can hold. */
export const fatFileLimit = 2 ** 32 - 1;
const isFat = (fileSystem: string): boolean => /^(?:vfat|msdos|fat|fat12|fat16|fat32)$/i.test(fileSystem);

/** The largest cluster that FAT and exFAT sticks are usually formatted with; smaller ones need less. */
const cluster = 64 * 1024;
/** Left free on top, because a file system keeps books of its own. */
const margin = 4 * 1024 * 1024;

/** Bytes a stick must have free for these files in this many folders, each rounded up to a cluster. */
export const bytesWanted = (files: readonly { readonly bytes: number }[], folders: number): number =>
  files.reduce((sum, file) => sum + Math.ceil(file.bytes / cluster) * cluster, folders * cluster) + margin;

/** Why these files do not fit, in a sentence; nothing when they do. */
export function whyShort(
  files: readonly { readonly path: string; readonly bytes: number }[],
  folders: number,
  place: { readonly free: number; readonly fileSystem: string },
): string | undefined {
  const tooLarge = isFat(place.fileSystem) ? files.find(file => file.bytes > fatFileLimit) : undefined;
  if (tooLarge)
    return `${tooLarge.path} is ${mebibytes(tooLarge.bytes)}, and FAT32 holds no file of 4 GiB or more.`;
  const wanted = bytesWanted(files, folders);
  return place.free >= wanted
    ? undefined
    : `The export needs ${mebibytes(wanted)}, and only ${mebibytes(place.free)} are free.`;
}

export const mebibytes = (bytes: number): string =>
  `${(bytes / 2 ** 20).toFixed(bytes < 100 * 2 ** 20 ? 1 : 0)} MiB`;
