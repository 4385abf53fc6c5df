import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { usualLine } from '../../../../preload/contract/serial.ts';
import type { Progress } from '../../../../preload/contract/domain.ts';
import type { Sink, Source } from '../../../../main/ports.ts';
import { serialLinkTo } from '../../../support/serial-link.ts';
import { sha256 } from '../../../support/serial-proof.ts';
import { failureOf } from '../../../support/ssh.ts';
import { testFolder } from '../../../support/sshd.ts';

const bash = ['bash', '--norc', '-i'] as const;
const signal = (): AbortSignal => AbortSignal.timeout(60_000);

const source = (bytes: Buffer): Source => ({
  bytes: bytes.length,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
});

function sink(begun = Buffer.alloc(0)): Sink & { readonly content: () => Buffer } {
  let content = begun;
  return {
    get held() {
      return content.length;
    },
    content: () => content,
    read: async (offset, length) => content.subarray(offset, offset + length),
    append: async bytes => void (content = Buffer.concat([content, bytes])),
    truncate: async bytes => void (content = content.subarray(0, bytes)),
  };
}

for (const [name, options, how, size] of [
  ['as it is', {}, {}, 150_000],
  ['over a line that eats XON and XOFF', {}, { eats: [0x11, 0x13] }, 150_000],
  [
    'over a line of seven bits',
    { settings: { ...usualLine, dataBits: 7, parity: 'even' } },
    { sevenBit: true },
    150_000,
  ],
  ['over a bad line', {}, { drop: 0.0001, double: 0.0001, flip: 0.0001, kernel: 0.0001 }, 40_000],
] as const) {
  test(`a file goes up and down ${name}`, async t => {
    const { link } = await serialLinkTo(t, bash, { ...options, how, seed: 3 });
    const folder = await testFolder(t);
    const content = randomBytes(size);
    const seen: Progress[] = [];
    const up = await link.upload(source(content), join(folder, 'it'), {
      signal: signal(),
      mode: 0o640,
      sha256: sha256(content),
      onProgress: progress => seen.push(progress),
    });
    assert.deepEqual(up, { bytes: content.length, sha256: sha256(content), resumedAt: 0 });
    assert.ok((await readFile(join(folder, 'it'))).equals(content));
    assert.equal(seen.at(-1)?.done, content.length);
    assert.ok(seen.every((one, i) => one.done >= (seen[i - 1]?.done ?? 0)));
    const to = sink();
    const down = await link.download(join(folder, 'it'), to, { signal: signal() });
    assert.deepEqual(down, { bytes: content.length, sha256: sha256(content), resumedAt: 0 });
    assert.ok(to.content().equals(content));
    assert.deepEqual(await readdir(folder), ['it']);
  });
}

test('text is sent compressed', async t => {
  const { link, line } = await serialLinkTo(t, bash);
  const folder = await testFolder(t);
  const content = Buffer.from(
    'time="2026-11-22T12:00:00Z" level=info msg="waiting for cri connection"\n'.repeat(6000),
  );
  const before = line.sent().length;
  await link.upload(source(content), join(folder, 'log'), { signal: signal(), mode: 0o600 });
  assert.ok(line.sent().length - before < content.length / 5);
  const saidBefore = line.said().length;
  const to = sink();
  await link.download(join(folder, 'log'), to, { signal: signal() });
  assert.ok(to.content().equals(content));
  assert.ok(line.said().length - saidBefore < content.length / 5);
});

test('a broken transfer goes on at the byte, both ways', async t => {
  const { link } = await serialLinkTo(t, bash, { how: { baud: 921_600 } });
  const folder = await testFolder(t);
  const content = randomBytes(400_000);
  const sum = sha256(content);
  const stop = new AbortController();
  const path = join(folder, 'it');
  const failure = await failureOf(
    link.upload(source(content), path, {
      signal: stop.signal,
      mode: 0o600,
      sha256: sum,
      onProgress: ({ done }) => done > 150_000 && stop.abort(),
    }),
  );
  assert.equal(failure?.code, 'cancelled');
  const up = await link.upload(source(content), path, { signal: signal(), mode: 0o600, sha256: sum });
  assert.ok(up.resumedAt > 100_000, `taken up at ${up.resumedAt}`);
  assert.ok((await readFile(path)).equals(content));
  const to = sink(content.subarray(0, 300_000));
  const down = await link.download(path, to, { signal: signal() });
  assert.equal(down.resumedAt, 300_000);
  assert.ok(to.content().equals(content));
});

test('a cable pulled in mid-transfer only makes it take longer', async t => {
  const { link, line } = await serialLinkTo(t, bash, { how: { baud: 921_600 } });
  const folder = await testFolder(t);
  const content = randomBytes(300_000);
  let pulled = 0;
  await link.upload(source(content), join(folder, 'it'), {
    signal: signal(),
    mode: 0o600,
    onProgress: ({ done }) => {
      if (pulled++ === 0 && done > 0) {
        setTimeout(() => line.pull(), 120);
        setTimeout(() => line.plugIn(), 900);
      }
    },
  });
  assert.ok((await readFile(join(folder, 'it'))).equals(content));
});

test('what cannot be written or read says why', async t => {
  const { link } = await serialLinkTo(t, bash);
  const folder = await testFolder(t);
  await writeFile(join(folder, 'file'), '');
  const one = source(Buffer.from('x'));
  const failed = (path: string): ReturnType<typeof failureOf> =>
    failureOf(link.upload(one, path, { signal: signal(), mode: 0o600 }));
  assert.equal((await failed(join(folder, 'file', 'below')))?.code, 'no-such-thing');
  assert.match((await failed(folder))?.says ?? '', /is a folder/);
  assert.equal((await failed('/dev/full/x'))?.code, 'no-such-thing');
  assert.equal((await failureOf(link.download(folder, sink(), { signal: signal() })))?.code, 'could-not');
});
