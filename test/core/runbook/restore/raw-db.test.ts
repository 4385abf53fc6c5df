import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { rawDbIn } from '../../../../main/core/runbook/restore/raw-db.ts';
import type { RawDb } from '../../../../main/core/runbook/restore/raw-db.ts';
import { Secret } from '../../../../main/core/secret.ts';
import { work } from '../../../../main/machine/work.ts';
import { folder } from '../../../support/folder.ts';
import { k3sSnapshot, newPassword, testCa } from '../../../support/k3s-content.ts';

const password = newPassword();
const snapshot = Buffer.from(k3sSnapshot({ password, ca: await testCa('a'), secretKey: randomBytes(32) }));
/** The database as it lies in member/snap/db: a snapshot without the SHA-256 at its end. */
const raw = snapshot.subarray(0, -32);

/** What is found in a file with these bytes, with these tokens at hand. */
async function judged(t: TestContext, bytes: Uint8Array, tokens: readonly string[]): Promise<RawDb> {
  const base = folder(t);
  const path = join(base, 'db');
  writeFileSync(path, bytes);
  const measured = await work().measureSnapshot(
    path,
    tokens.map(token => new Secret(token)),
    { given: false, scratch: base, signal: new AbortController().signal },
  );
  return rawDbIn(measured);
}

test('a sound database that one of the tokens opens can be restored, and the token is told', async t => {
  const found = await judged(t, raw, [newPassword(), password]);
  assert.equal(found.is, 'sound');
  if (found.is !== 'sound') return;
  assert.equal(found.which, 1);
  assert.match(found.k3sVersion ?? '', /^v1\.\d+\.\d+\+k3s\d+$/);
});

test('a database that is longer than its pages, as a live one is, can be restored', async t => {
  const found = await judged(t, Buffer.concat([raw, Buffer.alloc(65_536)]), [password]);
  assert.equal(found.is, 'sound');
});

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 0x40, at);
  return copy;
};
const zeroed = (bytes: Buffer, from: number, length: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.fill(0, from, from + length);
  return copy;
};
const sealed = (bytes: Buffer): Buffer => Buffer.concat([bytes, createHash('sha256').update(bytes).digest()]);

test('what cannot be restored is told with its reason and what to do', async t => {
  const table: readonly [string, Buffer, readonly string[], RegExp, RegExp][] = [
    ['a whole snapshot', snapshot, [password], /whole snapshot/, /as a snapshot/],
    ['a damaged snapshot', flipped(snapshot, 5000), [password], /damaged/, /another copy/],
    ['a file cut within a block', raw.subarray(0, -100), [password], /cut short/, /once more/],
    ['a file cut at a block', raw.subarray(0, raw.length / 2), [password], /./, /./],
    ['a page that is gone', zeroed(raw, 3 * 4096, 4096), [password], /page/i, /another/i],
    ['an empty file', Buffer.alloc(0), [password], /./, /./],
    ['a text', Buffer.from('hello '.repeat(1024)), [password], /./, /./],
    ['no token at hand', raw, [], /No server token is at hand/, /under the name token/],
    ['tokens of elsewhere', raw, [newPassword()], /needs the one with the hash [0-9a-f]{12}/, /token/],
    ['one that was sealed again', sealed(flipped(raw, 20 * 4096)), [password], /./, /./],
  ];
  for (const [what, bytes, tokens, says, next] of table) {
    const found = await judged(t, bytes, tokens);
    assert.equal(found.is, 'unfit', what);
    if (found.is !== 'unfit') continue;
    assert.match(found.says, says, what);
    assert.match(found.next, next, what);
    for (const token of tokens) assert.ok(!`${found.says}${found.next}`.includes(token), what);
  }
});
