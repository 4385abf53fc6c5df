import type { Database, Bucket } from '../bbolt/database.ts';
import type { Leaf } from '../bbolt/page.ts';
import type { PageSource } from '../bbolt/page-source.ts';
import { Crc32c } from './crc32c.ts';
import { Entry, mainRevision, revisionAt } from './entry.ts';
import { factsOf } from './facts.ts';
import type { SmallBuckets } from './facts.ts';
import type { EtcdFacts, KeyValue, ReadSnapshot } from './kv.ts';
import type { Place } from './live-index.ts';
import { LiveKeySet } from './live-keys.ts';
import type { LiveRoom } from './live-keys.ts';
import { openDatabase, refuseForeign } from './open.ts';
import type { Located } from './runs.ts';

export interface ReadOptions {
  /** Where the keys go; without it they are not looked into. */
  readonly live?: LiveRoom | undefined;
  /** Told after every page how many bytes went by; may throw to stop. */
  readonly onPage?: ((bytes: number) => void) | undefined;
  /** One that was used before may be given again. */
  readonly crc?: Crc32c | undefined;
}

/** What one walk over a snapshot counted, beside what `ReadSnapshot` gives. */
export interface Reading extends ReadSnapshot {
  /** CRC-32C over the names of the buckets and all they hold. */
  readonly hash: number;
  /** Of the last entry in the bucket `key`. */
  readonly revision: bigint;
  /** Entries of all buckets. */
  readonly entries: number;
  /** Of the database, without a trailer and without what lies behind its last page. */
  readonly totalSize: number;
  /** The live keys in the order of their bytes and where each lies. Reads no value; a key is good until the next one. */
  places(): Iterable<Located>;
  /** What lies at a place; good until the next one is asked for. */
  at(place: Place): KeyValue | undefined;
}

/** Buckets whose entries say something of the cluster; each holds a few. */
const smallBuckets = new Set(['alarm', 'auth', 'cluster', 'members', 'members_removed', 'meta']);
/** More than any cluster has; a damaged file may claim what it likes. */
const mostSmall = 10_000;
const largestSmall = 64 * 1024;

/** Reads a snapshot from end to end. Throws `check-failed` when it is no snapshot of etcd; damage inside is in `problems`. */
export function readSnapshot(source: PageSource, options: ReadOptions = {}): Reading {
  return new Walk(source, options).reading();
}

/** The version of the storage that etcd 3.6 and newer write down; found without walking over the keys. */
export function storageVersionOf(source: PageSource): string | undefined {
  const small = new Map<string, [Uint8Array, Uint8Array][]>();
  for (const bucket of openDatabase(source).buckets()) {
    const name = nameOf(bucket);
    if (name !== 'meta') continue;
    const kept: [Uint8Array, Uint8Array][] = [];
    for (const leaf of bucket.leaves()) keepSmall(leaf, kept);
    small.set(name, kept);
  }
  return factsOf(small).storageVersion;
}

const nameOf = (bucket: Bucket): string => Buffer.from(bucket.name).toString('latin1');

function keepSmall(leaf: Leaf, kept: [Uint8Array, Uint8Array][]): void {
  for (let i = 0; i < leaf.count && kept.length < mostSmall; i++) {
    const [key, value, end] = [leaf.keyAt[i] ?? 0, leaf.valueAt[i] ?? 0, leaf.endAt[i] ?? 0];
    if (end - key <= largestSmall) kept.push([leaf.bytes.slice(key, value), leaf.bytes.slice(value, end)]);
  }
}

class Walk {
  readonly #source: PageSource;
  readonly #database: Database;
  readonly #options: ReadOptions;
  readonly #crc: Crc32c;
  readonly #live: LiveKeySet | undefined;
  readonly #entry = new Entry();
  readonly #small = new Map<string, [Uint8Array, Uint8Array][]>();
  #entries = 0;
  #lastKey: Uint8Array | undefined;

  constructor(source: PageSource, options: ReadOptions) {
    this.#source = source;
    this.#options = options;
    this.#database = openDatabase(source);
    this.#crc = options.crc ?? new Crc32c();
    this.#crc.reset();
    this.#live = options.live && new LiveKeySet(options.live);
  }

  reading(): Reading {
    const { meta, problems } = this.#database;
    const names = new Set<string>();
    for (const bucket of this.#database.buckets()) {
      names.add(nameOf(bucket));
      this.#crc.update(bucket.name, 0, bucket.name.length);
      this.#walk(bucket);
    }
    this.#database.finish();
    refuseForeign(this.#database, names);
    const live = this.#live;
    return {
      facts: this.#facts(),
      problems: problems.list,
      moreProblems: problems.more,
      hash: this.#crc.value,
      revision: this.#lastKey ? mainRevision(this.#lastKey) : 0n,
      entries: this.#entries,
      totalSize: meta.pages * meta.pageSize,
      isMetaTorn: this.#database.isMetaTorn,
      liveKeys: live?.count ?? 0,
      live: (prefix = '') => {
        if (!live) throw new Error('the keys of this snapshot were not looked into');
        return liveKeys(this.#source, live.keys(), Buffer.from(prefix, 'latin1'));
      },
      places: () => {
        if (!live) throw new Error('the keys of this snapshot were not looked into');
        return live.keys();
      },
      at: place => keyValueAt(this.#source, place, new Entry()),
    };
  }

  #facts(): EtcdFacts {
    return factsOf(this.#small satisfies SmallBuckets);
  }

  #walk(bucket: Bucket): void {
    const name = nameOf(bucket);
    const kept: [Uint8Array, Uint8Array][] | undefined = smallBuckets.has(name) ? [] : undefined;
    if (kept) this.#small.set(name, kept);
    for (const leaf of bucket.leaves()) {
      this.#count(leaf);
      if (name === 'key') this.#keys(leaf);
      if (kept) keepSmall(leaf, kept);
      this.#options.onPage?.(leaf.bytes.length);
    }
  }

  /** Entries lie one behind the other, so most pages are counted in one go. */
  #count(leaf: Leaf): void {
    const { bytes, count, keyAt, valueAt, endAt } = leaf;
    let [from, to] = [keyAt[0] ?? 0, keyAt[0] ?? 0];
    for (let i = 0; i < count; i++) {
      const key = keyAt[i] ?? 0;
      if (key !== to) {
        this.#crc.update(bytes, from, to);
        from = key;
      }
      // etcd sees no value in a bucket that lies inside another one.
      to = (leaf.hasBuckets && leaf.isBucket(i) ? valueAt[i] : endAt[i]) ?? 0;
    }
    if (count > 0) this.#crc.update(bytes, from, to);
    this.#entries += count;
  }

  #keys(leaf: Leaf): void {
    const { bytes, count, keyAt, valueAt, endAt } = leaf;
    for (let i = 0; i < count; i++) {
      const [key, value, end] = [keyAt[i] ?? 0, valueAt[i] ?? 0, endAt[i] ?? 0];
      const revision = revisionAt(bytes, key, value);
      if (!revision)
        this.#database.problems.add(`An entry of the bucket “key” is named as none of etcd’s is.`);
      else if (this.#live && !this.#learn(this.#live, leaf, revision, value, end))
        this.#database.problems.add(
          `What is stored at revision ${revision.main} is no key and value of etcd.`,
        );
    }
    if (count > 0 && (valueAt[count - 1] ?? 0) - (keyAt[count - 1] ?? 0) >= 8)
      this.#lastKey = bytes.slice(keyAt[count - 1], valueAt[count - 1]);
  }

  #learn(
    live: LiveKeySet,
    { bytes, fileAt }: Leaf,
    revision: { readonly main: number; readonly isDeletion: boolean },
    from: number,
    to: number,
  ): boolean {
    const entry = this.#entry;
    if (!entry.read(bytes, from, to)) return false;
    if (revision.isDeletion) live.remove(bytes, entry.keyFrom, entry.keyTo);
    else live.put(bytes, entry.keyFrom, entry.keyTo, fileAt + from, to - from);
    // `etcdutl snapshot restore --bump-revision` leaves one entry without anything in it.
    return revision.isDeletion || from === to || isConsistent(entry, revision.main);
  }
}

const isConsistent = (entry: Entry, main: number): boolean =>
  entry.modRevision === main &&
  entry.createRevision >= 1 &&
  entry.createRevision <= main &&
  entry.version >= 1;

function* liveKeys(
  source: PageSource,
  keys: Iterable<Located>,
  prefix: Uint8Array,
): Generator<KeyValue, void> {
  const entry = new Entry();
  for (const { key, place } of keys) {
    const side = Buffer.compare(key.subarray(0, prefix.length), prefix);
    if (side > 0) return;
    if (side < 0 || !place || key.length === 0) continue;
    const found = keyValueAt(source, place, entry);
    if (found) yield found;
  }
}

function keyValueAt(source: PageSource, place: Place, entry: Entry): KeyValue | undefined {
  const bytes = source.read(place.at, place.bytes);
  return entry.read(bytes, 0, bytes.length) ? keyValue(bytes, entry) : undefined;
}

const keyValue = (bytes: Uint8Array, entry: Entry): KeyValue => ({
  key: bytes.subarray(entry.keyFrom, entry.keyTo),
  value: bytes.subarray(entry.valueFrom, entry.valueTo),
  createRevision: entry.createRevision,
  modRevision: entry.modRevision,
  version: entry.version,
  lease: entry.lease,
});
