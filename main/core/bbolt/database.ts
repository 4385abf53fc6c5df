import { u64 } from './bytes.ts';
import { metas, newerMeta } from './meta.ts';
import type { Meta } from './meta.ts';
import { Leaf, branchFlag, branchOf, headerBytes, leafFlag } from './page.ts';
import type { Bounds, Branch } from './page.ts';
import type { PageSource } from './page-source.ts';
import { Pages } from './pages.ts';
import { Problems } from './problems.ts';

/** Trees of a hundred entries a page are four or five deep at 8 GiB. */
const deepest = 32;
const bucketBytes = 16;

/** A bucket of the root bucket. */
export interface Bucket {
  readonly name: Uint8Array;
  /** Its leaf pages in the order of their keys, checked on the way. Each is only good until the next; asked for once. */
  leaves(): Generator<Leaf, void>;
}

interface Level {
  readonly branch: Branch;
  readonly bounds: Bounds;
  next: number;
}

/** A bucket inside another one. etcd has none; they are checked all the same. */
interface Nested {
  readonly root: number;
  readonly name: string;
}

/**
 * A bbolt database, walked once from end to end: `buckets`, of each all `leaves`, then `finish`. Every page is checked on
 * the way as bbolt's own `Check` does it; what is wrong is added to `problems`, and the walk goes on behind it.
 */
export class Database {
  readonly problems = new Problems();
  readonly meta: Meta;
  /** One of the two meta pages is damaged; the other one does. */
  readonly isMetaTorn: boolean;
  readonly #pages: Pages;
  readonly #nested: Nested[] = [];

  private constructor(source: PageSource, meta: Meta, isMetaTorn: boolean) {
    this.meta = meta;
    this.isMetaTorn = isMetaTorn;
    this.#pages = new Pages(source, meta, this.problems);
  }

  /** Nothing when no meta page is sound: then it is no bbolt database. `cut` when the file ends before its last page. */
  static open(source: PageSource): Database | 'cut' | undefined {
    const found = metas(source);
    const meta = newerMeta(found);
    if (!meta) return undefined;
    if (meta.pages * meta.pageSize > source.size) return 'cut';
    return new Database(source, meta, !found.first || !found.second);
  }

  *buckets(): Generator<Bucket, void> {
    for (const leaf of this.#tree(this.meta.root, 'The root bucket', new Leaf(), true))
      for (let i = 0; i < leaf.count; i++) {
        const bucket = this.#bucket(leaf, i);
        if (bucket) yield bucket;
      }
  }

  /** What can only be said when all buckets were walked. */
  finish(): void {
    const leaf = new Leaf();
    // More are added while the walk goes on: each page is handed out once, so it ends.
    for (const { root, name } of this.#nested)
      for (const page of this.#tree(root, name, leaf, false)) this.#noteNested(page, name);
    this.#pages.checkAllKnown();
  }

  #bucket(leaf: Leaf, i: number): Bucket | undefined {
    const [keyAt, valueAt, endAt] = [leaf.keyAt[i] ?? 0, leaf.valueAt[i] ?? 0, leaf.endAt[i] ?? 0];
    const name = leaf.bytes.subarray(keyAt, valueAt);
    const shown = `Bucket ${JSON.stringify(Buffer.from(name.subarray(0, 64)).toString('latin1'))}`;
    if (!leaf.isBucket(i) || endAt - valueAt < bucketBytes) {
      this.problems.add(`${shown} is listed, but it is no bucket.`);
      return undefined;
    }
    const root = u64(leaf.bytes, valueAt);
    const inline = leaf.bytes.subarray(valueAt + bucketBytes, endAt);
    const fileAt = leaf.fileAt + valueAt + bucketBytes;
    const leaves = (): Generator<Leaf, void> =>
      root === 0 ? this.#inline(inline, fileAt, shown) : this.#outside(root, shown);
    return { name, leaves };
  }

  /** A small bucket lies whole in its entry. */
  *#inline(bytes: Uint8Array, fileAt: number, name: string): Generator<Leaf, void> {
    const leaf = new Leaf();
    if (bytes.length < headerBytes || bytes[8] !== leafFlag || bytes[9] !== 0) {
      this.problems.add(`${name}: what lies in its entry is no page.`);
      return;
    }
    leaf.load(bytes, fileAt, {}, name, this.problems);
    if (leaf.hasBuckets) this.problems.add(`${name}: it lies in its entry and holds a bucket itself.`);
    yield leaf;
  }

  *#outside(root: number, name: string): Generator<Leaf, void> {
    for (const leaf of this.#tree(root, name, new Leaf(), false)) {
      this.#noteNested(leaf, name);
      yield leaf;
    }
  }

  #noteNested(leaf: Leaf, name: string): void {
    if (!leaf.hasBuckets) return;
    for (let i = 0; i < leaf.count; i++) {
      const [valueAt, endAt] = [leaf.valueAt[i] ?? 0, leaf.endAt[i] ?? 0];
      if (!leaf.isBucket(i)) continue;
      const root = u64(leaf.bytes, valueAt);
      if (endAt - valueAt < bucketBytes) this.problems.add(`${name}: a bucket in it is no bucket.`);
      else if (root !== 0) this.#nested.push({ root, name: `A bucket in ${name}` });
    }
  }

  /**
   * The leaf pages below a page, depth first. Branch pages are copied, since reading a leaf may overwrite them; leaves are
   * copied only where `keep` asks for it.
   */
  *#tree(root: number, name: string, leaf: Leaf, keep: boolean): Generator<Leaf, void> {
    const levels: Level[] = [];
    if (this.#visit(root, {}, name, leaf, keep, levels)) yield leaf;
    for (let level = levels.at(-1); level; level = levels.at(-1)) {
      const { branch, next, bounds } = level;
      const child = branch.children[next];
      if (child === undefined) {
        levels.pop();
        continue;
      }
      level.next += 1;
      const within = { low: branch.keys[next], high: branch.keys[next + 1] ?? bounds.high };
      if (this.#visit(child, within, name, leaf, keep, levels)) yield leaf;
    }
  }

  /** Loads a leaf page and says so, or goes down into a branch page. */
  #visit(id: number, bounds: Bounds, name: string, leaf: Leaf, keep: boolean, levels: Level[]): boolean {
    const page = this.#pages.claim(id);
    if (!page) return false;
    const { bytes, fileAt, flags } = page;
    if (flags === leafFlag) {
      leaf.load(keep ? bytes.slice() : bytes, fileAt, bounds, `Page ${id} (${name})`, this.problems);
      return true;
    }
    if (flags !== branchFlag) this.problems.add(`Page ${id} (${name}) is of no kind that belongs there.`);
    else if (levels.length >= deepest) this.problems.add(`${name} is deeper than any bucket of etcd.`);
    else {
      const branch = branchOf(bytes.slice(), bounds, `Page ${id} (${name})`, this.problems);
      levels.push({ branch, bounds, next: 0 });
    }
    return false;
  }
}
