import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { failureOf } from '../../preload/contract/failure.ts';
import { sealedBytes } from '../../main/core/age-recipient.ts';
import { Secret } from '../../main/core/secret.ts';
import { sealWork } from '../../main/machine/sealing.ts';
import { reached } from '../../main/machine/medium.ts';
import { mountsIn } from '../../main/machine/mounts.ts';
import { ageKey } from '../support/age-key.ts';
import { needs } from '../support/needs.ts';

const folder = mkdtempSync(join(tmpdir(), 'coldstart-seal-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);
const signal = new AbortController().signal;
const sha = (bytes: Uint8Array, name = 'sha256'): string => createHash(name).update(bytes).digest('hex');
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing',
    thrown => failureOf(thrown).code,
  );

function file(name: string, bytes: Uint8Array): string {
  writeFileSync(at(name), bytes);
  return at(name);
}

test(
  'what we seal, the age tool opens, for every recipient; hashes and size are those foretold',
  needs('age'),
  async () => {
    const keys = await Promise.all([ageKey(), ageKey()]);
    for (const size of [0, 1, 65_535, 65_536, 65_537, 3_000_000]) {
      const plain = randomBytes(size);
      const found = await sealWork.seal(
        file('plain', plain),
        at('sealed.age'),
        keys.map(key => key.recipient),
        { signal },
      );
      const sealed = readFileSync(at('sealed.age'));
      assert.deepEqual(
        { ...found },
        {
          bytes: sealed.length,
          sha256: sha(sealed),
          sha512: sha(sealed, 'sha512'),
          plain: { bytes: size, sha256: sha(plain) },
        },
      );
      assert.equal(sealed.length, sealedBytes(size, 2));
      assert.equal(statSync(at('sealed.age')).mode & 0o777, 0o600);
      for (const key of keys) {
        writeFileSync(at('key.txt'), `${key.identity.reveal()}\n`);
        assert.deepEqual(
          execFileSync('age', ['-d', '-i', at('key.txt'), at('sealed.age')], { maxBuffer: 2 ** 24 }),
          plain,
        );
      }
    }
  },
);

test('what the age tool seals, we open', needs('age'), async () => {
  const key = await ageKey();
  const plain = randomBytes(200_000);
  writeFileSync(
    at('theirs.age'),
    execFileSync('age', ['-r', key.recipient], { input: plain, maxBuffer: 2 ** 24 }),
  );
  assert.deepEqual(await sealWork.unseal(at('theirs.age'), at('theirs'), key.identity, signal), {
    bytes: plain.length,
    sha256: sha(plain),
  });
  assert.deepEqual(readFileSync(at('theirs')), plain);
});

test('content that must not lie in the clear is sealed from memory, and a whole key file opens it', async () => {
  const key = await ageKey();
  await sealWork.seal(Buffer.from('the token'), at('memory.age'), [key.recipient], { signal });
  await sealWork.unseal(at('memory.age'), at('memory'), key.identity, signal);
  assert.equal(readFileSync(at('memory'), 'utf8'), 'the token');
  const keyFile = `# created: 2026-01-05T00:00:00Z\n# public key: ${key.recipient}\n${key.identity.reveal()}\n`;
  await sealWork.unseal(at('memory.age'), at('memory'), new Secret(keyFile), signal);
});

test('a damaged or shortened sealed file opens to nothing at all', async () => {
  const key = await ageKey();
  await sealWork.seal(file('plain', randomBytes(300_000)), at('whole.age'), [key.recipient], { signal });
  const whole = readFileSync(at('whole.age'));
  const flipped = Buffer.from(whole);
  flipped[250_000] = (flipped[250_000] ?? 0) ^ 1;
  for (const bytes of [
    flipped,
    whole.subarray(0, 200_000),
    whole.subarray(0, -1),
    whole.subarray(0, 100),
    Buffer.alloc(0),
  ])
    assert.equal(
      await codeOf(sealWork.unseal(file('bad.age', bytes), at('opened'), key.identity, signal)),
      'damaged',
    );
  const other = await ageKey();
  assert.equal(
    await codeOf(sealWork.unseal(at('whole.age'), at('opened'), other.identity, signal)),
    'check-failed',
  );
  assert.equal(
    await codeOf(sealWork.unseal(at('whole.age'), at('opened'), new Secret('hello'), signal)),
    'bad-ask',
  );
  assert.deepEqual(
    readdirSync(folder).filter(name => name.startsWith('opened')),
    [],
  );
});

test('stopping in mid-seal leaves no file behind', async () => {
  const key = await ageKey();
  const stop = new AbortController();
  const plain = file('large', randomBytes(40_000_000));
  const sealing = sealWork.seal(plain, at('stopped.age'), [key.recipient], {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  assert.equal(await codeOf(sealing), 'cancelled');
  assert.deepEqual(
    readdirSync(folder).filter(name => name.startsWith('stopped')),
    [],
  );
  rmSync(plain);
});

test('a broken copy to a stick is taken up again where it stops being equal', async () => {
  const plain = randomBytes(5_000_000);
  const from = file('source', plain);
  const whole = { bytes: plain.length, sha256: sha(plain), sha512: sha(plain, 'sha512') };
  const step = 1024 * 1024;
  const torn = Buffer.from(plain);
  torn.fill(0, 2_500_000);
  const leftovers: readonly (readonly [what: string, left: Uint8Array | undefined, resumedAt: number])[] = [
    ['nothing', undefined, 0],
    ['an empty file', Buffer.alloc(0), 0],
    ['the first half', plain.subarray(0, 2 * step + 5), 2 * step],
    ['zeros where the end was', torn, 2 * step],
    ['all of it', plain, plain.length],
    ['all of it and more', Buffer.concat([plain, randomBytes(100)]), plain.length],
    ['something else', randomBytes(plain.length + 9), 0],
  ];
  for (const [what, left, resumedAt] of leftovers) {
    rmSync(at('carried'), { force: true });
    if (left) file('carried', left);
    assert.deepEqual(await sealWork.carry(from, at('carried'), { signal }), { ...whole, resumedAt }, what);
    assert.deepEqual(readFileSync(at('carried')), plain, what);
  }
});

test('reading back gives the hashes of every file in the order asked, small, odd and empty ones too', async () => {
  const contents = [0, 1, 4095, 4096, 4097, 1_048_576, 2_500_001].map(size => randomBytes(size));
  const paths = contents.map((bytes, i) => file(`back-${i}`, bytes));
  const { files } = await sealWork.readBack(paths, { signal });
  assert.deepEqual(
    files.map(({ bytes, sha256, sha512 }) => ({ bytes, sha256, sha512 })),
    contents.map(bytes => ({ bytes: bytes.length, sha256: sha(bytes), sha512: sha(bytes, 'sha512') })),
  );
});

test('only a read past the cache from a mounted block device is called from the medium', () => {
  const mounts = mountsIn(
    [
      '1 0 8:1 / / rw - ext4 /dev/sda1 rw',
      '2 1 8:17 / /media/anna/STICK rw - vfat /dev/sdb1 rw',
      '3 1 0:40 / /tmp rw - tmpfs tmpfs rw',
      '4 1 0:41 / /mnt/ntfs rw - fuseblk /dev/sdc1 rw',
      '5 1 0:42 / /mnt/nas rw - nfs4 nas:/x rw',
    ].join('\n'),
  );
  assert.equal(reached(mounts, '/media/anna/STICK/bag', true), 'from-medium');
  assert.equal(reached(mounts, '/media/anna/STICK/bag', false), 're-read');
  for (const path of ['/home/anna/stick', '/tmp/x', '/mnt/ntfs/x', '/mnt/nas/x'])
    assert.equal(reached(mounts, path, true), 'medium-not-proven', path);
});

/** A zip of one member as Go's archive/zip writes it: sizes only in the central directory. */
function zip(name: string, plain: Buffer, packed: Buffer = deflateRawSync(plain)): Buffer {
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 6);
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(crc32(plain), 16);
  central.writeUInt32LE(packed.length, 20);
  central.writeUInt32LE(plain.length, 24);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  return Buffer.concat([local, Buffer.from(name), packed, central, Buffer.from(name), end]);
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

/** A snapshot of a real etcd with a few hundred keys. */
async function realSnapshot(): Promise<Buffer> {
  const [client, peer] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  const etcd = spawn(
    'etcd',
    ['--data-dir', at('etcd'), '--listen-client-urls', url, '--advertise-client-urls', url]
      .concat(['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl])
      .concat(['--initial-cluster', `default=${peerUrl}`]),
    { stdio: 'ignore' },
  );
  try {
    const env = { ...process.env, ETCDCTL_API: '3' };
    const ctl = (...args: string[]): Buffer =>
      execFileSync('etcdctl', ['--endpoints', url, ...args], { env, stdio: 'pipe' });
    for (let tries = 0; ; tries++)
      try {
        ctl('endpoint', 'health');
        break;
      } catch (thrown) {
        if (tries > 20) throw thrown;
      }
    for (let i = 0; i < 20; i++) ctl('put', `/registry/pods/${i}`, 'x'.repeat(1000));
    ctl('snapshot', 'save', at('real.db'));
    return readFileSync(at('real.db'));
  } finally {
    etcd.kill('SIGKILL');
    await once(etcd, 'exit');
  }
}

test(
  'the trailer of a real etcd snapshot holds, and breaks with a flipped or lost byte',
  needs('etcd'),
  async () => {
    const real = await realSnapshot();
    const weigh = async (bytes: Buffer): Promise<unknown> =>
      (await sealWork.trailer(file('weighed', bytes), signal)).trailer;
    assert.deepEqual(await sealWork.trailer(at('real.db'), signal), {
      trailer: 'holds',
      sha256: sha(real),
      bytes: real.length,
      zipped: false,
    });
    for (const place of [0, 5000, real.length - 40, real.length - 1]) {
      const flipped = Buffer.from(real);
      flipped[place] = (flipped[place] ?? 0) ^ 0x80;
      assert.equal(await weigh(flipped), 'broken', `byte ${place}`);
    }
    truncateSync(at('real.db'), real.length - 1);
    assert.equal((await sealWork.trailer(at('real.db'), signal)).trailer, 'missing');
    assert.equal(await weigh(real.subarray(0, -32)), 'missing');
  },
);

test('a snapshot of many reads holds as well', async () => {
  const image = randomBytes(3 * 2 ** 20);
  const whole = Buffer.concat([image, createHash('sha256').update(image).digest()]);
  assert.equal((await sealWork.trailer(file('many', whole), signal)).trailer, 'holds');
});

test('the trailer of a zipped snapshot is checked inside the zip', async () => {
  const image = randomBytes(8192);
  const whole = Buffer.concat([image, createHash('sha256').update(image).digest()]);
  const name = 'on-demand-cp-1-1767571204';
  const weigh = (bytes: Buffer): ReturnType<typeof sealWork.trailer> =>
    sealWork.trailer(file('x.zip', bytes), signal);
  const zipped = zip(name, whole);
  assert.deepEqual(await weigh(zipped), {
    trailer: 'holds',
    sha256: sha(zipped),
    bytes: zipped.length,
    zipped: true,
  });
  assert.equal((await weigh(zip(name, image))).trailer, 'missing');
  assert.equal((await weigh(zip(name, Buffer.concat([image, randomBytes(32)])))).trailer, 'broken');
  assert.equal((await weigh(zipped.subarray(0, -30))).trailer, 'broken');
  const flipped = Buffer.from(zipped);
  flipped[4000] = (flipped[4000] ?? 0) ^ 1;
  assert.equal((await weigh(flipped)).trailer, 'broken');
  const lying = zip(name, whole, deflateRawSync(Buffer.alloc(50_000_000)));
  assert.equal((await weigh(lying)).trailer, 'broken');
});
