import { crc32, deflateRawSync } from 'node:zlib';

export interface Zipped {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Written as it is, not deflated. */
  readonly stored?: boolean;
  /** What the zip says of it, where that is a lie. */
  readonly claims?: { readonly bytes?: number; readonly crc32?: number };
}

/** A zip as Go's archive/zip writes one: sizes and CRC in the central directory. */
export function zip(...members: readonly Zipped[]): Buffer {
  const [parts, central]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const { name, bytes, stored = false, claims = {} } of members) {
    const packed = stored ? Buffer.from(bytes) : deflateRawSync(bytes);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(stored ? 0 : 8, 8);
    head.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(stored ? 0 : 8, 10);
    entry.writeUInt32LE(claims.crc32 ?? crc32(bytes), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(claims.bytes ?? bytes.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    parts.push(head, Buffer.from(name), packed);
    central.push(entry, Buffer.from(name));
    at += head.length + name.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, directory, end]);
}
