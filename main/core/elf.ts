import type { Arch } from '../../preload/contract/domain.ts';

/** What the beginning of a program file tells (System V ABI, ELF header). */
export type Elf =
  | { readonly is: 'elf'; readonly arch?: Arch; readonly machine: string; readonly leastBytes: number }
  | { readonly is: 'not-elf' };

/** How much of a file `elf` wants to see: header and, as linkers place them, the program headers. */
export const elfHeadBytes = 4096;

/** `e_machine` with the word size and byte order K3s is built for. */
const machines: Readonly<
  Record<number, { readonly name: string; readonly arch?: Arch; readonly wide?: boolean }>
> = {
  3: { name: '32-bit x86' },
  22: { name: 's390x' },
  40: { name: '32-bit ARM', arch: 'arm', wide: false },
  62: { name: 'x86-64', arch: 'amd64', wide: true },
  183: { name: '64-bit ARM', arch: 'arm64', wide: true },
  243: { name: 'RISC-V' },
};

class Reader {
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #wide: boolean;
  constructor(head: Uint8Array, little: boolean, wide: boolean) {
    this.#view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    this.#little = little;
    this.#wide = wide;
  }
  /** Two bytes, or 0 behind the end. */
  half(at: number): number {
    return at + 2 <= this.#view.byteLength ? this.#view.getUint16(at, this.#little) : 0;
  }
  /** An offset or size: eight bytes in a 64-bit file, four in a 32-bit one; 0 behind the end. */
  size(at: number): number {
    if (at + (this.#wide ? 8 : 4) > this.#view.byteLength) return 0;
    return this.#wide
      ? Number(this.#view.getBigUint64(at, this.#little))
      : this.#view.getUint32(at, this.#little);
  }
}

/** Where the last byte lies that the headers speak of. A shorter file was cut off. */
function leastBytes(read: Reader, wide: boolean): number {
  const at = wide
    ? { programs: 32, sections: 40, sizes: 54, offset: 8, inFile: 32 }
    : { programs: 28, sections: 32, sizes: 42, offset: 4, inFile: 16 };
  const [programs, sections] = [read.size(at.programs), read.size(at.sections)];
  const [programBytes, programCount] = [read.half(at.sizes), read.half(at.sizes + 2)];
  const ends = [
    programs + programBytes * programCount,
    sections + read.half(at.sizes + 4) * read.half(at.sizes + 6),
  ];
  for (let i = 0; i < programCount; i += 1) {
    const header = programs + i * programBytes;
    ends.push(read.size(header + at.offset) + read.size(header + at.inFile));
  }
  return Math.max(...ends);
}

/** Reads the header of a program: for which CPU it was built, and how long the file must be at least. */
export function elf(head: Uint8Array): Elf {
  const magic = [0x7f, 0x45, 0x4c, 0x46];
  if (head.length < 20 || magic.some((byte, i) => head[i] !== byte)) return { is: 'not-elf' };
  const [wide, little] = [head[4] === 2, head[5] === 1];
  const read = new Reader(head, little, wide);
  const number = read.half(18);
  const machine = machines[number];
  const name = machine?.name ?? `machine number ${number}`;
  const known = machine?.arch !== undefined && machine.wide === wide && little;
  return {
    is: 'elf',
    ...(known && machine.arch ? { arch: machine.arch } : {}),
    machine: little ? name : `${name}, big-endian`,
    leastBytes: leastBytes(read, wide),
  };
}
