import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { s3Keys, s3Target } from '../../../main/core/hq/s3-target.ts';
import { s3Path, signedPut } from '../../../main/core/hq/sigv4.ts';
import { Secret } from '../../../main/core/secret.ts';

test('the PUT of an object that AWS works through in its documentation gets the signature given there', () => {
  const keys = {
    id: 'AKIAIOSFODNN7EXAMPLE',
    secret: new Secret('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
    region: 'us-east-1',
  };
  const put = {
    host: 'examplebucket.s3.amazonaws.com',
    path: s3Path('test$file.text'),
    sha256: createHash('sha256').update('Welcome to Amazon S3.').digest('hex'),
    at: new Date('2013-05-24T00:00:00Z'),
    headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
  };
  assert.equal(
    signedPut(put, keys)['authorization'],
    'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  );
});

test('a place in a store: bucket, folder and address, or what is wrong with them', () => {
  const target = s3Target('s3://coldstart/north pole/1', 'http://127.0.0.1:9000/base/');
  assert.deepEqual(target, {
    origin: 'http://127.0.0.1:9000',
    host: '127.0.0.1:9000',
    path: '/base/coldstart/north%20pole/1',
    name: 'http://127.0.0.1:9000/base/coldstart/north%20pole/1',
  });
  const wrong: readonly (readonly [string, string])[] = [
    ['coldstart/x', 'https://s3'],
    ['s3://UPPER/x', 'https://s3'],
    ['s3://bucket/../other', 'https://s3'],
    ['s3://bucket', 'ftp://s3'],
    ['s3://bucket', 'https://user:secret@s3'],
    ['s3://bucket', 'nonsense'],
  ];
  for (const [to, endpoint] of wrong) {
    const says = s3Target(to, endpoint);
    assert.equal(typeof says, 'string', to);
    assert.doesNotMatch(JSON.stringify(says), /secret/);
  }
});

test('a credentials file as the AWS tools write it', () => {
  const keys = s3Keys('[default]\naws_access_key_id = AK\naws_secret_access_key=SK/+\nregion = eu-1\n');
  assert.deepEqual([keys?.id, keys?.secret.reveal(), keys?.region], ['AK', 'SK/+', 'eu-1']);
  assert.equal(s3Keys('aws_access_key_id = AK\n'), undefined);
  assert.equal(s3Keys('aws_access_key_id = A\naws_secret_access_key = B\n')?.region, 'us-east-1');
});
