import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { localUploads } from '../../../main/machine/uploads.ts';
import { hqService } from '../../../main/services/hq/service.ts';
import { failing } from '../../support/failing.ts';
import { folder } from '../../support/folder.ts';
import { bagSite, hqBench, onlyBag } from '../../support/hq-bags.ts';
import { needs } from '../../support/needs.ts';
import { s3Server } from '../../support/s3-server.ts';

const keys = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const site = await bagSite();

async function bench(t: TestContext) {
  const base = folder(t);
  const [hq, store] = [await hqBench(base), await s3Server(t, keys)];
  await hq.enroll();
  const credentials = join(base, 'credentials');
  writeFileSync(
    credentials,
    `[default]\naws_access_key_id = ${keys.id}\naws_secret_access_key = ${keys.secret}\nregion = north-1\n`,
  );
  const waiting = { ...hq.deps.clock, sleep: () => Promise.resolve() };
  const { calls } = hqService({ ...hq.deps, clock: waiting, uploads: localUploads });
  const receive = (bags: readonly string[], copy = {}) =>
    calls['hq.receive'](
      {
        bags: [...bags],
        identity: hq.at.identity,
        signKey: hq.at.signKey,
        to: hq.archive,
        copy: { to: 's3://coldstart/hq', endpoint: store.url, credentials, ...copy },
      },
      hq.context(),
    );
  return { hq, store, credentials, receive };
}

test('a received bag is copied to the store as it came, sealed, with its receipt; nothing opened is', async t => {
  const { hq, store, receive } = await bench(t);
  const made = await hq.bag({ site });
  const bag = onlyBag(await receive([made.path]));
  assert.deepEqual([bag.is, bag.copy?.is], ['received', 'done'], bag.copy?.says);
  const at = `coldstart/hq/${site.id}/000001-${made.exportId}`;
  const files = readdirSync(made.path, { recursive: true, withFileTypes: true }).filter(each =>
    each.isFile(),
  );
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    assert.deepEqual(
      store.objects.get(`${at}/${path.slice(made.path.length + 1)}`),
      readFileSync(path),
      path,
    );
  }
  const receipt = `coldstart/hq/receipts/receipt-${made.exportId}.json`;
  assert.deepEqual(store.objects.get(receipt), readFileSync(bag.receipt ?? ''));
  assert.deepEqual(store.objects.get(`${receipt}.minisig`), readFileSync(`${bag.receipt}.minisig`));
  assert.equal(store.objects.size, files.length + 2);
  assert.deepEqual(store.asked.slice(-3), [`${at}/bagit.txt`, `${receipt}.minisig`, receipt]);
  for (const content of store.objects.values()) assert.ok(!content.includes(site.token));
  // Known and copied: nothing is sent once more.
  const before = store.asked.length;
  assert.equal(onlyBag(await receive([made.path])).is, 'again');
  assert.equal(store.asked.length, before);
});

test('a store that fails takes nothing back; received again, only the copy is made', async t => {
  const { hq, store, receive } = await bench(t);
  const made = await hq.bag({ site });
  store.failing = { status: 503, times: 1000 };
  const first = onlyBag(await receive([made.path]));
  assert.deepEqual([first.is, first.copy?.is], ['received', 'failed']);
  assert.match(first.copy?.says ?? '', /answered 503 \(SlowDown\)/);
  store.failing = { status: 500, times: 2 };
  const second = onlyBag(await receive([made.path]));
  assert.deepEqual([second.is, second.copy?.is], ['again', 'done'], second.copy?.says);
  assert.ok(store.objects.has(`coldstart/hq/receipts/receipt-${made.exportId}.json`));
});

test('wrong keys, and a store that is not there: told, and no key is repeated', async t => {
  const { hq, store, credentials, receive } = await bench(t);
  const made = await hq.bag({ site });
  writeFileSync(credentials, `aws_access_key_id = ${keys.id}\naws_secret_access_key = other\n`);
  const bag = onlyBag(await receive([made.path]));
  assert.match(bag.copy?.says ?? '', /403 \(SignatureDoesNotMatch\)/);
  assert.equal(store.objects.size, 0);
  const gone = onlyBag(await receive([made.path], { endpoint: 'http://127.0.0.1:9' }));
  assert.deepEqual([gone.is, gone.copy?.is], ['again', 'failed']);
  assert.doesNotMatch(JSON.stringify([bag, gone]), /wJalr|other/);
  writeFileSync(credentials, 'nothing');
  await failing('bad-ask', () => receive([made.path]));
  await failing('bad-ask', () => receive([made.path], { to: '/srv/elsewhere' }));
});

test('a bag that was put aside or refused is not copied', async t => {
  const { hq, store, receive } = await bench(t);
  const unsigned = await hq.bag({ site, signer: undefined, laptop: hq.laptop.id });
  assert.deepEqual(onlyBag(await receive([unsigned.path])).copy, undefined);
  assert.deepEqual(store.asked, []);
});

test(
  'the store of these tests takes what curl signs, and nothing that was changed',
  needs('curl'),
  async t => {
    const store = await s3Server(t, keys);
    const path = join(folder(t), 'file');
    writeFileSync(path, 'Welcome.');
    const send = async (hash: string, secret = keys.secret): Promise<string> => {
      const { stdout } = await promisify(execFile)('curl', [
        '-sS',
        '--output',
        '/dev/null',
        '--write-out',
        '%{http_code}',
        '--aws-sigv4',
        'aws:amz:north-1:s3',
        '--user',
        `${keys.id}:${secret}`,
        '--header',
        `x-amz-content-sha256: ${hash}`,
        '--upload-file',
        path,
        `${store.url}/coldstart/a-file`,
      ]);
      return stdout;
    };
    const hash = createHash('sha256').update('Welcome.').digest('hex');
    assert.equal(await send(hash), '200');
    assert.equal(await send(hash, 'wrong'), '403');
    assert.equal(await send(createHash('sha256').update('other').digest('hex')), '403');
    assert.deepEqual([...store.objects.keys()], ['coldstart/a-file']);
  },
);
