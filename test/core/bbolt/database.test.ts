import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Database } from '../../../main/core/bbolt/database.ts';
import { metas, newerMeta } from '../../../main/core/bbolt/meta.ts';
import { inMemory } from '../../../main/core/bbolt/page-source.ts';
import { recorded } from '../../support/snapshots.ts';

const pageSize = 4096;

/** Walks over everything; gives the buckets with their entries, and the problems. */
function walked(bytes: Uint8Array): {
  readonly buckets: Record<string, number>;
  readonly problems: readonly string[];
} {
  const database = Database.open(inMemory(bytes));
  assert.ok(database instanceof Database);
  const buckets: Record<string, number> = {};
  for (const bucket of database.buckets()) {
    let entries = 0;
    for (const leaf of bucket.leaves()) entries += leaf.count;
    buckets[Buffer.from(bucket.name).toString()] = entries;
  }
  database.finish();
  return { buckets, problems: database.problems.list };
}

/** The first page of this kind that has more than one entry. */
function pageOf(bytes: Buffer, flags: number): number {
  for (let page = 2; page * pageSize + 16 < bytes.length; page++) {
    const at = page * pageSize;
    if (bytes.readUInt16LE(at + 8) === flags && bytes.readUInt16LE(at + 10) > 2 && isUsed(bytes, page))
      return page;
  }
  return assert.fail('there is no such page');
}
/** A page that is free keeps what it held; only one that counts is worth damaging. */
function isUsed(bytes: Buffer, page: number): boolean {
  const spoiled = Buffer.from(bytes);
  spoiled.writeUInt16LE(0x40, page * pageSize + 8);
  return walked(spoiled).problems.length > 0;
}

/** A copy with one thing changed on a page. */
function changed(bytes: Buffer, page: number, change: (page: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy.subarray(page * pageSize, (page + 1) * pageSize));
  return copy;
}

const whole = recorded('encrypted');
const [branch, leaf] = [pageOf(whole, 1), pageOf(whole, 2)];
const refuses = (what: Buffer, wanted: RegExp): void => {
  const { problems } = walked(what);
  assert.ok(
    problems.some(says => wanted.test(says)),
    `${String(wanted)} is not in ${JSON.stringify(problems)}`,
  );
};

test('all buckets of etcd are found with all they hold, and nothing is wrong', () => {
  const { buckets, problems } = walked(whole);
  assert.deepEqual(problems, []);
  assert.deepEqual(Object.keys(buckets), [
    'alarm',
    'auth',
    'authRoles',
    'authUsers',
    'cluster',
    'key',
    'lease',
    'members',
    'members_removed',
    'meta',
  ]);
  assert.equal(
    Object.values(buckets).reduce((sum, n) => sum + n, 0),
    227,
  );
});

test('of two sound meta pages the newer counts, whichever place it has', () => {
  const found = metas(inMemory(whole));
  assert.ok(found.first && found.second);
  assert.equal(newerMeta(found)?.txid, Math.max(found.first.txid, found.second.txid));
  const older = { ...found.first, txid: 1 };
  assert.equal(newerMeta({ first: older, second: found.second }), found.second);
});

test('a bucket inside a bucket, large values and a stored freelist are walked over', () => {
  const { problems } = walked(recorded('foreign'));
  assert.deepEqual(problems, []);
  const file = recorded('foreign');
  // The nested bucket's pages are checked too.
  let noticed = 0;
  for (let page = 2; page < 37; page++) {
    const copy = changed(file, page, at => at.writeBigUInt64LE(999n, 0));
    if (walked(copy).problems.length > 0) noticed += 1;
  }
  assert.ok(noticed > 10, `${noticed}`);
});

test('a page that points back to itself or above is met once', () => {
  refuses(
    changed(whole, branch, page => page.writeBigUInt64LE(BigInt(branch), 16 + 8)),
    /is used more than once/,
  );
});

test('two entries that point to one page are noticed', () => {
  refuses(
    changed(whole, branch, page => page.writeBigUInt64LE(page.readBigUInt64LE(16 + 8), 32 + 8)),
    /is used more than once/,
  );
});

test('a page that lies in the place of another is noticed', () => {
  refuses(
    changed(whole, leaf, page => page.writeBigUInt64LE(BigInt(leaf + 1), 0)),
    /says that it is another page/,
  );
});

test('a page number beyond the end is noticed, however large', () => {
  for (const id of [31n, 1000n, 2n ** 40n, 2n ** 63n, 2n ** 64n - 1n])
    refuses(
      changed(whole, branch, page => page.writeBigUInt64LE(id, 16 + 8)),
      /there is none/,
    );
});

test('an overflow beyond the end is noticed', () => {
  for (const pages of [100, 0x7fffffff, 0xffffffff])
    refuses(
      changed(whole, leaf, page => page.writeUInt32LE(pages, 12)),
      /beyond the end/,
    );
});

test('entries that reach out of their page or into one another are noticed', () => {
  for (const [at, value] of [
    [4, 0xffffffff],
    [4, 0],
    [8, 0xfffffff0],
    [12, 0x7fffffff],
    [12, 5000],
  ] as const)
    refuses(
      changed(whole, leaf, page => page.writeUInt32LE(value, 16 + at)),
      /do not fit/,
    );
  // The second entry begins where the first does: all of a page could be claimed by each of 65,535 entries.
  refuses(
    changed(whole, leaf, page => page.writeUInt32LE(page.readUInt32LE(16 + 4) - 16, 32 + 4)),
    /do not fit/,
  );
});

test('more entries than fit are noticed, and a branch without any', () => {
  refuses(
    changed(whole, leaf, page => page.writeUInt16LE(0xffff, 10)),
    /do not fit/,
  );
  refuses(
    changed(whole, branch, page => page.writeUInt16LE(0, 10)),
    /points to no other page/,
  );
});

test('keys out of order are noticed, inside a page and between pages', () => {
  const swap = (page: Buffer): void => {
    const at = 16 + page.readUInt32LE(16 + 4);
    page[at] = 0xff;
  };
  refuses(changed(whole, leaf, swap), /not in order/);
  refuses(
    changed(whole, branch, page => {
      const key = 32 + page.readUInt32LE(32);
      page.writeUInt32BE(0x7fffffff, key);
    }),
    /before what the page above says|not in order/,
  );
});

test('a page of another kind is noticed', () => {
  for (const flags of [0, 3, 4, 0x10, 0xffff])
    refuses(
      changed(whole, leaf, page => page.writeUInt16LE(flags, 8)),
      /of no kind that belongs there/,
    );
});

test('a meta page that is another page by its head is noticed though its checksum holds', () => {
  for (const id of [0, 1]) {
    refuses(
      changed(whole, id, page => page.writeBigUInt64LE(9n, 0)),
      /says that it is another page/,
    );
    refuses(
      changed(whole, id, page => page.writeUInt16LE(2, 8)),
      /should be a meta page/,
    );
  }
});
