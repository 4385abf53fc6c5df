const block = 512;

/** One file of an archive. Names are ours: short, without anything a file system could mind. */
export interface TarFile {
  readonly name: string;
  readonly content: Uint8Array;
}

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

/** A POSIX ustar header: `seconds` since 1970, mode 0600, no owner. Throws for a name that does not fit. */
function header({ name, content }: TarFile, seconds: number): Buffer {
  const head = Buffer.alloc(block);
  if (Buffer.byteLength(name) > 100) throw new RangeError(`name too long for a tar header: ${name}`);
  head.write(name, 0);
  head.write(octal(0o600, 7), 100);
  head.write(octal(0, 7), 108);
  head.write(octal(0, 7), 116);
  head.write(octal(content.length, 11), 124);
  head.write(octal(seconds, 11), 136);
  head.write('        ', 148);
  head.write('0', 156);
  head.write('ustar\u000000', 257);
  const sum = head.reduce((all, byte) => all + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}

/** Packs files into one tar archive that every tar reads. */
export function tar(files: readonly TarFile[], seconds: number): Uint8Array {
  const parts = files.flatMap(file => [
    header(file, seconds),
    file.content,
    Buffer.alloc((block - (file.content.length % block)) % block),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}
