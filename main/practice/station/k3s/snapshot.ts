import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { bootstrapKey, sealBootstrap } from '../../../core/server-token.ts';
import type { Chance } from '../../../ports.ts';

// What stands in the genuine snapshots of resources/practice/snapshot and is replaced, always by the same length.
const blank = {
  key: '/bootstrap/000000000000',
  bootstrapBytes: 21_861,
  secretKey: Buffer.from('coldstart practice key, 32 bytes'),
  secretPrefix: Buffer.from('k8s:enc:aescbc:v1:aescbckey:'),
  clusterUid: '11111111-1111-4111-8111-111111111111',
  machineId: '2'.repeat(32),
  bootId: '33333333-3333-4333-8333-333333333333',
  created: 1_700_000_000,
  createdText: '2023-11-14T22:13:20Z',
  renewed: 1_700_000_001,
  renewedNanos: 999_999_000,
} as const;

/** How many bytes of bootstrap JSON fit: the sealed form must fill the place in the snapshot exactly. */
export const bootstrapRoom = ((blank.bootstrapBytes - 17) / 4) * 3 - 28;

/** The database of one install, without the trailer a snapshot gets. */
export interface DatabaseOf {
  readonly password: string;
  /** JSON of the bootstrap data; padded with spaces to fit. */
  readonly bootstrap: string;
  /** Key of the Secrets; undefined when they are not encrypted. */
  readonly secretKey: Uint8Array | undefined;
  readonly clusterUid: string;
  readonly machineId: string;
  readonly bootId: string;
  /** Unix seconds. */
  readonly createdAt: number;
}

/** Makes the database of a fresh install out of the genuine one in `folder`. */
export function database(folder: string, of: DatabaseOf, chance: Chance): Buffer {
  const file = of.secretKey ? 'encrypted.db.zst' : 'plain.db.zst';
  const whole = zstdDecompressSync(readFileSync(join(folder, file)));
  const db = whole.subarray(0, whole.length - 32);
  const json = Buffer.from(of.bootstrap.padEnd(bootstrapRoom));
  if (json.length !== bootstrapRoom) throw new Error('the bootstrap data does not fit the practice snapshot');
  const salt = Buffer.from(chance.bytes(8)).toString('hex');
  replace(
    db,
    Buffer.alloc(blank.bootstrapBytes, 'B'),
    Buffer.from(sealBootstrap(of.password, json, salt, chance.bytes(12))),
  );
  replace(db, Buffer.from(blank.key), Buffer.from(bootstrapKey(of.password)));
  if (of.secretKey) sealSecrets(db, of.secretKey, chance);
  replace(db, Buffer.from(blank.clusterUid), Buffer.from(of.clusterUid));
  replace(db, Buffer.from(blank.machineId), Buffer.from(of.machineId));
  replace(db, Buffer.from(blank.bootId), Buffer.from(of.bootId));
  replace(db, field(1, blank.created), field(1, of.createdAt));
  replace(
    db,
    Buffer.from(blank.createdText),
    Buffer.from(new Date(of.createdAt * 1000).toISOString().replace(/\.\d+Z/, 'Z')),
  );
  return db;
}

/** The database at a later moment: the node has renewed its lease meanwhile. Changes `db` itself. */
export function renewed(db: Buffer, seconds: number, micros: number): void {
  const before = findLease(db);
  if (before < 0) throw new Error('the practice database has no lease of its node');
  // Five bytes hold 2^28 to 2^35: a number of nanoseconds below that gets the bytes it lacks as leading zero groups.
  Buffer.concat([field(1, seconds), field(2, micros * 1000)]).copy(db, before);
}

/** Where renewTime of the node's lease stands: 08, five bytes, 10, five bytes, right after its own head 22 0c. */
function findLease(db: Buffer): number {
  const at = db.indexOf(Buffer.from('/registry/leases/kube-node-lease/'));
  for (let from = at; from >= 0; from = db.indexOf(Buffer.from([0x22, 0x0c, 0x08]), from + 1))
    if (db[from] === 0x22 && db[from + 1] === 0x0c && db[from + 8] === 0x10) return from + 2;
  return -1;
}

/** A database with its SHA-256 after it: what `etcd` streams as a snapshot. */
export const withTrailer = (db: Buffer): Buffer =>
  Buffer.concat([db, createHash('sha256').update(db).digest()]);

/** A protobuf varint field whose value takes five bytes, so that its length never changes. */
function field(number: number, value: number): Buffer {
  const bytes = [number << 3];
  let left = value;
  for (let i = 0; i < 5; i += 1) {
    bytes.push((left & 0x7f) | (i < 4 ? 0x80 : 0));
    left = Math.floor(left / 128);
  }
  return Buffer.from(bytes);
}

function replace(db: Buffer, from: Buffer, to: Buffer): void {
  if (from.length !== to.length)
    throw new Error(`a practice snapshot cannot hold ${to.length} bytes in ${from.length}`);
  for (let at = db.indexOf(from); at >= 0; at = db.indexOf(from, at + from.length)) to.copy(db, at);
}

/** Opens each Secret with the key of the generator and seals it with the install's own. */
function sealSecrets(db: Buffer, key: Uint8Array, chance: Chance): void {
  for (let at = db.indexOf(blank.secretPrefix); at >= 0; at = db.indexOf(blank.secretPrefix, at + 1)) {
    const length = lengthBefore(db, at);
    if (length === undefined) continue;
    const sealed = db.subarray(at + blank.secretPrefix.length, at + length);
    const open = createDecipheriv('aes-256-cbc', blank.secretKey, sealed.subarray(0, 16));
    const plain = Buffer.concat([open.update(sealed.subarray(16)), open.final()]);
    const iv = chance.bytes(16);
    const seal = createCipheriv('aes-256-cbc', key, iv);
    Buffer.concat([iv, seal.update(plain), seal.final()]).copy(sealed);
  }
}

/** Length of the protobuf value that begins at `at`: a varint before it, after the tag of field 5 (value of a KeyValue). */
function lengthBefore(db: Buffer, at: number): number | undefined {
  for (let bytes = 1; bytes <= 3; bytes += 1) {
    if (db[at - bytes - 1] !== 0x2a) continue;
    let value = 0;
    let whole = true;
    for (let i = 0; i < bytes; i += 1) {
      const byte = db[at - bytes + i] ?? 0;
      value |= (byte & 0x7f) << (7 * i);
      whole &&= ((byte & 0x80) !== 0) === i < bytes - 1;
    }
    if (whole && (value - blank.secretPrefix.length) % 16 === 0 && value > blank.secretPrefix.length + 16)
      return value;
  }
  return undefined;
}
