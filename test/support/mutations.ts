import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { getHeapStatistics } from 'node:v8';
import { FieldError } from '../../preload/contract/failure.ts';
import { inMemory } from '../../main/core/bbolt/page-source.ts';
import { Crc32c } from '../../main/core/etcd-snapshot/crc32c.ts';
import { readSnapshot } from '../../main/core/etcd-snapshot/read.ts';
import { verdictOn } from '../../main/core/snapshot-verdict.ts';
import { TrailerScale } from '../../main/core/trailer.ts';

export type Random = (below: number) => number;

const pageSize = 4096;
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** FNV-1a over a meta page, so that what was changed in it gets past its checksum. */
function resealMeta(image: Buffer, page: 0 | 1): void {
  let hash = 14695981039346656037n;
  const at = page * pageSize;
  for (const byte of image.subarray(at + 16, at + 72))
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1099511628211n);
  image.writeBigUInt64LE(hash, at + 72);
}

const extremes = [0, 1, 16, 0x7f, 0xff, 0xfff, 0x1000, 0x7fff, 0xffff, 0x7fffffff, 0xfffffff0, 0xffffffff];

/** Each makes one kind of damage in an image of pages of 4 KiB. */
const kinds: readonly ((image: Buffer, random: Random) => Buffer)[] = [
  // One bit, some bits, some bytes.
  (image, random) => flipped(image, random(image.length * 8)),
  (image, random) => {
    for (let n = random(20) + 2; n > 0; n--) flipped(image, random(image.length * 8));
    return image;
  },
  (image, random) => {
    const at = random(image.length - 64);
    for (let i = at; i < at + 1 + random(63); i++) image[i] = random(256);
    return image;
  },
  // Cut short, at a page or anywhere.
  (image, random) => image.subarray(0, random(image.length)),
  (image, random) => image.subarray(0, random(image.length / pageSize) * pageSize),
  // A page lies where another belongs, with its own number or with that of the other: cycles and double references.
  (image, random) => {
    const [from, to] = [pageIn(image, random), pageIn(image, random)];
    image.copy(image, to * pageSize, from * pageSize, (from + 1) * pageSize);
    if (random(2) === 0) image.writeBigUInt64LE(BigInt(to), to * pageSize);
    return image;
  },
  // Counts, lengths and kinds of pages that cannot be.
  (image, random) => {
    const at = pageIn(image, random) * pageSize;
    if (random(2) === 0) image.writeUInt16LE(pick(extremes, random) & 0xffff, at + 10);
    else image.writeUInt32LE(pick(extremes, random), at + 12);
    return image;
  },
  (image, random) => {
    image.writeUInt16LE(pick([0, 1, 2, 3, 4, 0x10, 0xffff], random), pageIn(image, random) * pageSize + 8);
    return image;
  },
  // Elements of a page: flags, places, lengths, children.
  (image, random) => {
    const page = pageIn(image, random) * pageSize;
    const at = page + 16 + 4 * random(4 * Math.max(1, image.readUInt16LE(page + 10) % 256));
    if (at + 4 <= image.length) image.writeUInt32LE(pick(extremes, random), at);
    return image;
  },
  (image, random) => {
    const page = pageIn(image, random) * pageSize;
    const at = page + 16 + 16 * random(Math.max(1, image.readUInt16LE(page + 10) % 256)) + 8;
    if (at + 8 <= image.length) image.writeBigUInt64LE(BigInt(pageIn(image, random)), at);
    return image;
  },
  // What the meta pages say, with a checksum that holds.
  (image, random) => {
    const value = random(3) === 0 ? pick(extremes, random) : pageIn(image, random);
    for (const page of [0, 1] as const) {
      image.writeUInt32LE(value, page * pageSize + pick([32, 48, 56], random));
      if (random(4) === 0) image.writeUInt32LE(value, page * pageSize + pick([24, 36, 52, 60, 64], random));
      if (random(2) === 0) image.writeUInt32LE(0, page * pageSize + 52);
      resealMeta(image, page);
    }
    return image;
  },
];

const pick = <T>(from: readonly T[], random: Random): T => from[random(from.length)] as T;
const pageIn = (image: Buffer, random: Random): number => random(Math.floor(image.length / pageSize));

/** The same image with one bit turned, in place. */
export function flipped(image: Buffer, bit: number): Buffer {
  image[bit >> 3] = (image[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return image;
}

/** A copy of an image, damaged in one way or another. */
export const mutated = (image: Buffer, random: Random): Buffer =>
  pick(kinds, random)(Buffer.from(image), random);

/** Memory in use, with what the last reading has left behind; resident memory would also count what V8 keeps for later. */
function inUse(): number {
  const { used_heap_size: heap, external_memory: outside } = getHeapStatistics();
  return heap + outside;
}

const crc = new Crc32c();
const noScratch = (): never => assert.fail('so few keys need no scratch file');

/** Reads damaged images as they are met: never crashing, hanging, taking much memory, or being called intact. */
export class Trial {
  readonly #image: Buffer;
  readonly #trailer: Buffer;
  readonly #reference: string;
  readonly seen = { refused: 0, damaged: 0, read: 0 };
  slowestMs = 0;
  mostMebibytes = 0;

  constructor(snapshot: Buffer) {
    this.#image = snapshot.subarray(0, -32);
    this.#trailer = snapshot.subarray(-32);
    this.#reference = sha256(snapshot).toString('hex');
  }

  /** A copy of the image, to be damaged. */
  get image(): Buffer {
    return Buffer.from(this.#image);
  }

  meets(damaged: Buffer, what: string): void {
    if (damaged.equals(this.#image)) return;
    for (const trailer of [this.#trailer, sha256(damaged)])
      assert.equal(this.#isIntact(damaged, trailer), false, `${what}: called intact`);
    const began = performance.now();
    this.#read(damaged, what);
    this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
    this.mostMebibytes = Math.max(this.mostMebibytes, inUse() / 1024 ** 2);
  }

  #isIntact(image: Buffer, trailer: Buffer): boolean {
    const scale = new TrailerScale();
    scale.update(image);
    scale.update(trailer);
    return verdictOn({ ...scale.end(), zipped: false }, this.#reference, new Date(0)).intact;
  }

  /** The walk does not look at the trailer, so it is the same under both. */
  #read(image: Buffer, what: string): void {
    try {
      const reading = readSnapshot(inMemory(image), { crc, live: { scratch: noScratch } });
      let live = 0;
      for (const { key } of reading.live()) live += key.length > 0 ? 1 : 0;
      assert.ok(live <= reading.entries && reading.entries <= image.length / 16, what);
      this.seen[reading.problems.length > 0 ? 'damaged' : 'read'] += 1;
    } catch (thrown) {
      if (!(thrown instanceof FieldError)) throw new Error(`${what} was not worded`, { cause: thrown });
      assert.equal(thrown.failure.code, 'check-failed', what);
      this.seen.refused += 1;
    }
  }

  /** What must hold when all of it is over. */
  passed(): void {
    assert.ok(this.slowestMs < 2000, `the slowest took ${this.slowestMs} ms`);
    assert.ok(this.mostMebibytes < 256, `one took ${this.mostMebibytes} MiB of memory`);
  }
}
