import { u16, u32, u64 } from './bytes.ts';
import { freelistFlag, headerBytes, metaFlag } from './page.ts';
import type { Meta } from './meta.ts';
import type { PageSource } from './page-source.ts';
import type { Problems } from './problems.ts';

/** etcd refuses requests of more than a few MiB, and a page holds little more than its largest entry. */
const largestSpan = 64 * 1024 * 1024;

/** One bit for each page. */
class PageSet {
  readonly #bits: Uint8Array;
  constructor(pages: number) {
    this.#bits = new Uint8Array(Math.ceil(pages / 8));
  }
  has(page: number): boolean {
    return ((this.#bits[page >>> 3] ?? 0) & (1 << (page & 7))) !== 0;
  }
  add(page: number): void {
    this.#bits[page >>> 3] = (this.#bits[page >>> 3] ?? 0) | (1 << (page & 7));
  }
}

export interface Claimed {
  readonly bytes: Uint8Array;
  readonly fileAt: number;
  readonly flags: number;
}

/** Hands out every page at most once, so no cycle is walked twice, and notices what is free and used at once. */
export class Pages {
  readonly #source: PageSource;
  readonly #meta: Meta;
  readonly #problems: Problems;
  readonly #used: PageSet;
  readonly #freed: PageSet;

  /** The pages must all be in the file; `fits` says so. */
  constructor(source: PageSource, meta: Meta, problems: Problems) {
    this.#source = source;
    this.#meta = meta;
    this.#problems = problems;
    this.#used = new PageSet(meta.pages);
    this.#freed = new PageSet(meta.pages);
    for (const id of [0, 1]) this.#checkMetaPage(id);
    if (meta.freelist !== undefined) this.#readFreelist(meta.freelist);
  }

  /** A leaf or branch page with all its overflow pages, claimed for whoever points to it; nothing when it is not sound. */
  claim(id: number): Claimed | undefined {
    const bytes = this.#take(id);
    if (!bytes) return undefined;
    if (this.#freed.has(id)) this.#problems.add(`Page ${id} is in use and in the list of free pages.`);
    return { bytes, fileAt: id * this.#meta.pageSize, flags: u16(bytes, 8) };
  }

  /** Every page must be used or free. Only known where the freelist is stored; otherwise what is not used is free. */
  checkAllKnown(): void {
    if (this.#meta.freelist === undefined) return;
    for (let id = 0; id < this.#meta.pages; id++)
      if (!this.#used.has(id) && !this.#freed.has(id))
        this.#problems.add(`Page ${id} is neither in use nor in the list of free pages.`);
  }

  /** Their checksum covers what they say, not what kind of page they are and which; bbolt wants that right too. */
  #checkMetaPage(id: number): void {
    this.#used.add(id);
    const header = this.#source.read(id * this.#meta.pageSize, headerBytes);
    if (u64(header, 0) !== id) this.#wrong(`Page ${id} says that it is another page.`);
    if (u16(header, 8) !== metaFlag) this.#wrong(`Page ${id} should be a meta page and is not.`);
  }

  #take(id: number): Uint8Array | undefined {
    const { pages, pageSize } = this.#meta;
    if (id < 2 || id >= pages) return this.#wrong(`A page points to page ${id}, and there is none.`);
    const header = this.#source.read(id * pageSize, headerBytes);
    const overflow = u32(header, 12);
    if (u64(header, 0) !== id) return this.#wrong(`Page ${id} says that it is another page.`);
    if (id + overflow >= pages) return this.#wrong(`Page ${id} reaches beyond the end of the database.`);
    if ((overflow + 1) * pageSize > largestSpan)
      return this.#wrong(`Page ${id} is larger than any page etcd writes.`);
    for (let i = id; i <= id + overflow; i++) {
      if (this.#used.has(i)) return this.#wrong(`Page ${i} is used more than once.`);
      this.#used.add(i);
    }
    return this.#source.read(id * pageSize, (overflow + 1) * pageSize);
  }

  #wrong(says: string): undefined {
    this.#problems.add(says);
    return undefined;
  }

  #readFreelist(id: number): void {
    const bytes = this.#take(id);
    if (!bytes) return;
    if (u16(bytes, 8) !== freelistFlag) {
      this.#problems.add(`Page ${id} should be the list of free pages and is not.`);
      return;
    }
    const short = u16(bytes, 10);
    const isLong = short === 0xffff;
    const count = isLong ? u64(bytes, headerBytes) : short;
    const from = headerBytes + (isLong ? 8 : 0);
    if (from + count * 8 > bytes.length) {
      this.#problems.add(`Page ${id}: the list of free pages does not fit into it.`);
      return;
    }
    for (let i = 0; i < count; i++) this.#free(u64(bytes, from + i * 8));
  }

  #free(id: number): void {
    if (id < 2 || id >= this.#meta.pages)
      this.#problems.add(`Page ${id} is in the list of free pages, and there is none.`);
    else if (this.#freed.has(id)) this.#problems.add(`Page ${id} is twice in the list of free pages.`);
    else this.#freed.add(id);
  }
}
