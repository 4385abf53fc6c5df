import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import {
  bootstrapKey,
  caHash,
  fullToken,
  openBootstrap,
  sealBootstrap,
  tokenForm,
} from '../../main/core/server-token.ts';
import { systemChance } from '../../main/machine/chance.ts';
import { authority, leaf } from '../../main/practice/station/k3s/certificates.ts';

// Made by Go's own crypto packages, after k3s pkg/cluster/encrypt.go.
const password = 'correct horse battery staple';
const key = '/bootstrap/c4bbcb1fbec9';
const sealed =
  '0123456789abcdef:cHJhY3RpY2UtbjBu+0QQ5lfpyh3hH6OYdzx+mN9dOA3y/zsMtLMa6bi8nad/vmYmvW52Z+jiYCab07zhIc/assX3MACOGy9GiftuegGYijWY89UwuY1uS3/QseBX8FXST5HtLhOU';
const plain = '{"ServerCA":{"Timestamp":"2026-01-02T03:04:05Z","Content":"cHJhY3RpY2U="}}';
const hash = 'ab'.repeat(32);

test('the bootstrap data that K3s sealed opens with its password', () => {
  assert.equal(bootstrapKey(password), key);
  assert.equal(Buffer.from(openBootstrap(password, sealed) ?? []).toString(), plain);
  assert.equal(
    sealBootstrap(password, Buffer.from(plain), sealed.slice(0, 16), Buffer.from('practice-n0n')),
    sealed,
  );
});

test('another password, a flipped bit and a cut value open nothing', () => {
  assert.equal(openBootstrap('correct horse battery stapler', sealed), undefined);
  for (const at of [0, 17, 40, 100, sealed.length - 2]) {
    const other = sealed[at] === '1' ? '2' : '1';
    assert.equal(
      openBootstrap(password, sealed.slice(0, at) + other + sealed.slice(at + 1)),
      undefined,
      `byte ${at}`,
    );
  }
  for (const length of [0, 16, 17, 30, sealed.length - 4])
    assert.equal(openBootstrap(password, sealed.slice(0, length)), undefined);
});

test('a token is taken apart in all its forms', () => {
  assert.deepEqual(tokenForm('s3cret\n'), { is: 'short', password: 's3cret' });
  assert.deepEqual(tokenForm(fullToken(hash, 'a:b')), {
    is: 'full',
    caHash: hash,
    user: 'server',
    password: 'a:b',
  });
  assert.deepEqual(tokenForm(`K10${hash}::abcdef.0123456789abcdef`), {
    is: 'join',
    caHash: hash,
    id: 'abcdef',
    secret: '0123456789abcdef',
  });
  assert.equal(tokenForm('K10abc::server:x'), undefined);
  assert.equal(tokenForm(`K10${hash}::`), undefined);
});

test('the CA hash is of the raw bytes of one certificate, and of the root’s DER when a chain is shown', async () => {
  const now = Date.now();
  const root = await authority('root@1', now, systemChance);
  const child = await leaf({
    by: root,
    subject: 'CN=intermediate',
    use: 'server',
    now,
    chance: systemChance,
  });
  const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  assert.equal(caHash(Buffer.from(root.cert)), sha256(Buffer.from(root.cert)));
  assert.equal(caHash(Buffer.from(child.cert + root.cert)), sha256(new X509Certificate(root.cert).raw));
  const other = await authority('root@2', now, systemChance);
  assert.equal(caHash(Buffer.from(child.cert + other.cert)), undefined, 'a chain without its root');
});

test('the CA hash of what is no certificate is none', () => {
  assert.equal(caHash(Buffer.from('pong')), undefined);
});
