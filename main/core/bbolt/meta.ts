import { u32, u64 } from './bytes.ts';
import type { PageSource } from './page-source.ts';

/** What the newer sound meta page of a database says. */
export interface Meta {
  readonly pageSize: number;
  /** Page of the root bucket. */
  readonly root: number;
  /** Page of the stored freelist; absent when none is stored, as in snapshots of K3s. */
  readonly freelist?: number;
  /** How many pages the database has; pages from here on are not its own. */
  readonly pages: number;
  readonly txid: number;
  /** Which of the two meta pages this is. */
  readonly page: 0 | 1;
}

const headerBytes = 16;
const metaBytes = headerBytes + 64;
const magic = 0xed0cdaed;
const version = 2;
const smallestPage = 512;
const largestPage = 64 * 1024;
const noFreelist = 0xffffffff;

/** FNV-1a of 64 bits. */
function fnv(bytes: Uint8Array): bigint {
  let hash = 14695981039346656037n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1099511628211n);
  return hash;
}

function soundMeta(source: PageSource, offset: number, page: 0 | 1): Meta | undefined {
  if (offset + metaBytes > source.size) return undefined;
  const b = source.read(offset, metaBytes);
  const pageSize = u32(b, 24);
  const isMeta = u32(b, 16) === magic && u32(b, 20) === version;
  const isPage = pageSize >= smallestPage && pageSize <= largestPage && (pageSize & (pageSize - 1)) === 0;
  if (!isMeta || !isPage || fnv(b.subarray(16, 72)) !== checksum(b)) return undefined;
  const stored = u32(b, 48) !== noFreelist || u32(b, 52) !== noFreelist;
  return {
    pageSize,
    root: u64(b, 32),
    ...(stored ? { freelist: u64(b, 48) } : {}),
    pages: u64(b, 56),
    txid: u64(b, 64),
    page,
  };
}

const checksum = (b: Uint8Array): bigint => (BigInt(u32(b, 76)) << 32n) | BigInt(u32(b, 72));

/** The second meta page lies one page in, and only the first one says how large a page is; without it every size is tried. */
function secondMeta(source: PageSource, first: Meta | undefined): Meta | undefined {
  if (first) return soundMeta(source, first.pageSize, 1);
  for (let size = smallestPage; size <= largestPage; size *= 2) {
    const found = soundMeta(source, size, 1);
    if (found?.pageSize === size) return found;
  }
  return undefined;
}

/** Both meta pages; one that is torn, foreign or absent is not there. */
export function metas(source: PageSource): { readonly first?: Meta; readonly second?: Meta } {
  const first = soundMeta(source, 0, 0);
  const second = secondMeta(source, first);
  return { ...(first ? { first } : {}), ...(second ? { second } : {}) };
}

// bbolt keeps two meta pages; of those with a sound checksum the higher txid wins. A torn write spoils at most one.
export const newerMeta = (found: { readonly first?: Meta; readonly second?: Meta }): Meta | undefined =>
  found.first && found.second
    ? found.second.txid > found.first.txid
      ? found.second
      : found.first
    : (found.first ?? found.second);
