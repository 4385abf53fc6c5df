/**
 * The inner loop of CRC-32C as WebAssembly, put together here byte by byte: `crc(state, from, to)` over bytes of the
 * memory it is given, sixteen at a time by sixteen tables at the memory's beginning. The same loop in JavaScript is slower
 * by a third to a half, because every table access is checked again.
 */
export const tables = 16;
const words = tables / 4;

/** Instructions used here, by their names in the WebAssembly specification. */
const op = {
  block: [0x02, 0x40],
  loop: [0x03, 0x40],
  end: 0x0b,
  again: [0x0c, 0],
  leaveIf: [0x0d, 1],
  gtU: 0x4b,
  geU: 0x4f,
  add: 0x6a,
  and: 0x71,
  xor: 0x73,
  shl: 0x74,
  shrU: 0x76,
} as const;
const i32 = 0x7f;
const [state, from, to, firstWord] = [0, 1, 2, 3];

/** A number of at most five bytes of seven bits, as WebAssembly writes them. */
function leb(n: number): number[] {
  const low = n & 0x7f;
  return n < 0x80 ? [low] : [low | 0x80, ...leb(n >>> 7)];
}
/** A positive number. Constants are signed: one whose top bit of seven is set takes a byte more. */
const constant = (n: number): number[] => [0x41, ...(n < 64 ? [n] : [(n & 0x7f) | 0x80, n >>> 7])];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const load32 = (offset: number): number[] => [0x28, 0, ...leb(offset)];
const load8 = [0x2d, 0, 0];

/** What the table for a byte holds at the byte on the stack. */
const lookUp = (table: number): number[] => [...constant(2), op.shl, ...load32(table * 1024)];

function byteOf(word: number, k: number): number[] {
  const shifted = [...get(firstWord + word), ...(k === 0 ? [] : [...constant(8 * k), op.shrU])];
  return k === 3 ? shifted : [...shifted, ...mask];
}
const mask = [...constant(255), op.and];

/** state = tables over the next sixteen bytes, of which the first four are mixed with the state. */
function sixteen(): number[] {
  const code: number[] = [];
  for (let word = 0; word < words; word++)
    code.push(
      ...get(from),
      ...load32(word * 4),
      ...(word === 0 ? [...get(state), op.xor] : []),
      ...set(firstWord + word),
    );
  // The first word waits for the state, so what does not is looked up before it.
  for (let k = 0, i = 4; k < tables; k++, i = (i + 1) % tables)
    code.push(...byteOf(i >> 2, i & 3), ...lookUp(tables - 1 - i), ...(k === 0 ? [] : [op.xor]));
  return [...code, ...set(state), ...forward(tables)];
}

const forward = (n: number): number[] => [...get(from), ...constant(n), op.add, ...set(from)];

const one = (): number[] => [
  ...get(state),
  ...get(from),
  ...load8,
  op.xor,
  ...mask,
  ...lookUp(0),
  ...get(state),
  ...constant(8),
  op.shrU,
  op.xor,
  ...set(state),
  ...forward(1),
];

const until = (done: number[], body: number[]): number[] => [
  ...op.block,
  ...op.loop,
  ...done,
  ...op.leaveIf,
  ...body,
  ...op.again,
  op.end,
  op.end,
];

const section = (id: number, body: number[]): number[] => [id, ...leb(body.length), ...body];
const name = (text: string): number[] => [text.length, ...Buffer.from(text)];

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module that imports `own.memory` and exports `crc`. */
export function crcModule(): Uint8Array<ArrayBuffer> {
  const body = [
    1,
    words,
    i32,
    ...until([...get(from), ...constant(tables), op.add, ...get(to), op.gtU], sixteen()),
    ...until([...get(from), ...get(to), op.geU], one()),
    ...get(state),
    op.end,
  ];
  return Uint8Array.from([
    ...header,
    ...section(1, [1, 0x60, 3, i32, i32, i32, 1, i32]),
    ...section(2, [1, ...name('own'), ...name('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('crc'), 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
}
