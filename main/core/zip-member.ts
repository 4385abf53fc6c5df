/** Reads `length` bytes at `offset`; fewer only at the end. */
type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/** Where the one member of a snapshot's zip lies. */
export interface ZipMember {
  readonly name: string;
  readonly deflated: boolean;
  readonly offset: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  readonly crc32: number;
}

const endMark = 0x06054b50;
const centralMark = 0x02014b50;
const localMark = 0x04034b50;
const endBytes = 22;
const longestComment = 0xffff;
/** Stands in a 32-bit field whose value is in the zip64 part. */
const elsewhere = 0xffffffff;

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Whether a file begins as a zip does. A database begins with page 0, whose first bytes are zero. */
export const looksZipped = (head: Uint8Array): boolean =>
  head.length >= 4 && view(head).getUint32(0, true) === localMark;

/**
 * Finds the single member of a zip as K3s writes it (`--snapshot-compress`): one file, deflated or stored, below 4 GiB.
 * Nothing when it is anything else or cut short. PKWARE APPNOTE 4.3.
 */
export async function zipMember(read: ReadAt, size: number): Promise<ZipMember | undefined> {
  const tailAt = Math.max(0, size - endBytes - longestComment);
  const tail = await read(tailAt, size - tailAt);
  const end = lastEnd(tail);
  if (end === undefined || end.getUint16(10, true) !== 1) return undefined;
  const central = await read(end.getUint32(16, true), 46 + 0xffff);
  return central.length < 46 ? undefined : member(read, view(central), central);
}

/** How many files a zip says it holds; nothing when its end is missing, as in a file cut short. */
export async function zipCount(read: ReadAt, size: number): Promise<number | undefined> {
  const tailAt = Math.max(0, size - endBytes - longestComment);
  return lastEnd(await read(tailAt, size - tailAt))?.getUint16(10, true);
}

function lastEnd(tail: Uint8Array): DataView | undefined {
  const at = view(tail);
  for (let i = tail.length - endBytes; i >= 0; i--)
    if (at.getUint32(i, true) === endMark && i + endBytes + at.getUint16(i + 20, true) === tail.length)
      return view(tail.subarray(i));
  return undefined;
}

async function member(read: ReadAt, entry: DataView, central: Uint8Array): Promise<ZipMember | undefined> {
  const method = entry.getUint16(10, true);
  const [compressedBytes, bytes] = [entry.getUint32(20, true), entry.getUint32(24, true)];
  const isEncrypted = (entry.getUint16(8, true) & 1) === 1;
  if (entry.getUint32(0, true) !== centralMark || isEncrypted || (method !== 0 && method !== 8))
    return undefined;
  if (compressedBytes === elsewhere || bytes === elsewhere) return undefined;
  const localAt = entry.getUint32(42, true);
  const local = await read(localAt, 30);
  if (local.length < 30 || view(local).getUint32(0, true) !== localMark) return undefined;
  return {
    name: Buffer.from(central.subarray(46, 46 + entry.getUint16(28, true))).toString(),
    deflated: method === 8,
    offset: localAt + 30 + view(local).getUint16(26, true) + view(local).getUint16(28, true),
    compressedBytes,
    bytes,
    crc32: entry.getUint32(16, true),
  };
}
