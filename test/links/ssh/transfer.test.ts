import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import type { TestContext } from 'node:test';
import type { Progress } from '../../../preload/contract/domain.ts';
import type { Link } from '../../../main/ports.ts';
import { needs, needsRoot } from '../../support/needs.ts';
import { startCutter } from '../../support/cutter.ts';
import type { Cutter } from '../../support/cutter.ts';
import {
  failureOf,
  linkTo,
  lonelyLinks,
  MemorySink,
  noise,
  openTrusting,
  patience,
  sourceOf,
  targetOf,
} from '../../support/ssh.ts';
import { startSshd, testFolder } from '../../support/sshd.ts';
import type { SshdOptions } from '../../support/sshd.ts';
import { temporaryUser } from '../../support/users.ts';

const sshd = needs('sshd');
const MiB = 1024 * 1024;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const file = noise(20 * MiB + 12_345);

/** A way to a node; a long one takes 20 ms there and back, and then SFTP is the better way. */
interface Way extends SshdOptions {
  readonly long?: boolean;
  readonly sessions?: number;
}
const ways: readonly (readonly [string, Way])[] = [
  ['over a short path', {}],
  ['over a long path', { long: true, sessions: 2 }],
  ['over a long path when the node has no SFTP', { long: true, sftp: false, sessions: 0 }],
  [
    'over a long path when a start file talks into SFTP',
    { long: true, sftp: `/bin/sh -c 'echo Welcome to hut 7; exec /usr/lib/openssh/sftp-server'` },
  ],
  ['with one session only', { config: ['MaxSessions 1'] }],
  ['over a long path with one session only', { long: true, config: ['MaxSessions 1'] }],
  ['over a long path with two sessions', { long: true, config: ['MaxSessions 2'] }],
  ['over a long path with one session and no SFTP', { long: true, config: ['MaxSessions 1'], sftp: false }],
  ['with a noisy login shell', { loginShell: 'echo hi; echo hi >&2; exec sh -c "$SSH_ORIGINAL_COMMAND"' }],
];

/** A link whose cable can be cut. */
async function cutLink(
  t: TestContext,
  way: Way = {},
): Promise<{ link: Link; cable: Cutter; folder: string; log(): Promise<string> }> {
  const server = await startSshd(t, way);
  const cable = await startCutter(t, server.port, way.long === true ? 10 : 0);
  const link = await openTrusting(t, await lonelyLinks(t), targetOf(server, { port: cable.port }));
  return { link, cable, folder: await testFolder(t), log: () => server.log() };
}

for (const [way, options] of ways) {
  test(`a file goes to the node and back ${way}`, sshd, async t => {
    const { link, folder, ...node } = await cutLink(t, options);
    const path = join(folder, "k3s air'gap $(x).tar");
    const seen: Progress[] = [];
    const onProgress = (progress: Progress): void => void seen.push(progress);
    const signal = patience();
    const sent = await link.upload(sourceOf(file), path, {
      signal,
      mode: 0o640,
      onProgress,
      sha256: sha256(file),
    });
    assert.deepEqual(sent, { bytes: file.length, sha256: sha256(file), resumedAt: 0 });
    assert.ok((await readFile(path)).equals(file));
    assert.equal((await stat(path)).mode & 0o777, 0o640);
    assert.deepEqual((await readdir(folder)).length, 1, 'no part is left');
    assert.deepEqual([seen.at(-1)?.done, seen.at(-1)?.total], [file.length, file.length]);
    assert.ok(seen.every((progress, i) => progress.done >= (seen[i - 1]?.done ?? 0)));
    const sftpSessions = (await node.log()).match(/Starting session: subsystem 'sftp'/g)?.length ?? 0;
    if (options.sessions !== undefined) assert.equal(sftpSessions, options.sessions);

    const sink = new MemorySink(file.length);
    const fetched = await link.download(path, sink, { signal, sha256: sha256(file), onProgress });
    assert.deepEqual(fetched, { bytes: file.length, sha256: sha256(file), resumedAt: 0 });
    assert.ok(sink.content.equals(file));
  });
}

test('empty files and files of one byte are transferred like any other', sshd, async t => {
  const { link } = await linkTo(t);
  const folder = await testFolder(t);
  for (const content of [Buffer.alloc(0), Buffer.from('x')]) {
    const path = join(folder, `f${content.length}`);
    await link.upload(sourceOf(content), path, { signal: patience(), mode: 0o600 });
    const sink = new MemorySink(1);
    await link.download(path, sink, { signal: patience() });
    assert.deepEqual(sink.content, content);
  }
});

for (const [way, options] of ways.slice(0, 2)) {
  test(`an upload that was cut goes on where it stopped ${way}`, sshd, async t => {
    const { link, cable, folder } = await cutLink(t, options);
    const path = join(folder, 'file');
    const upload = () =>
      link.upload(sourceOf(file), path, { signal: patience(), mode: 0o600, sha256: sha256(file) });
    const before = cable.sent;
    cable.cutAfter('sent', Math.floor(file.length * 0.9));
    assert.equal((await failureOf(upload()))?.code, 'link-lost');
    const done = await upload();
    assert.ok(done.resumedAt > file.length * 0.5, `resumed at ${done.resumedAt}`);
    assert.ok((await readFile(path)).equals(file));
    const again = cable.sent - before - file.length;
    assert.ok(again < 4 * MiB, `${again} bytes were sent again`);
    assert.equal(cable.connections >= 3, true);
    assert.deepEqual(await readdir(folder), ['file']);
  });

  test(`a download that was cut goes on where it stopped ${way}`, sshd, async t => {
    const { link, cable, folder } = await cutLink(t, options);
    const path = join(folder, 'file');
    await writeFile(path, file);
    const sink = new MemorySink(file.length);
    const before = cable.received;
    cable.cutAfter('received', Math.floor(file.length * 0.9));
    assert.equal((await failureOf(link.download(path, sink, { signal: patience() })))?.code, 'link-lost');
    const held = sink.held;
    assert.ok(held > file.length * 0.5);
    const done = await link.download(path, sink, { signal: patience() });
    assert.equal(done.resumedAt, held);
    assert.ok(sink.content.equals(file));
    const again = cable.received - before - file.length;
    // A window of 4 MiB is on its way when the line is cut; SSH wraps it.
    assert.ok(again < 6 * MiB, `${again} bytes came again`);
  });
}

test('a beginning that belongs to another file is thrown away, in both directions', sshd, async t => {
  const { link, cable, folder } = await cutLink(t);
  const path = join(folder, 'file');
  const other = noise(file.length, 99);
  const upload = (content: Buffer) =>
    link.upload(sourceOf(content), path, { signal: patience(), mode: 0o600 });
  cable.cutAfter('sent', 15 * MiB);
  assert.equal((await failureOf(upload(other)))?.code, 'link-lost');
  assert.equal((await upload(file)).sha256, sha256(file));
  assert.ok((await readFile(path)).equals(file));
  assert.deepEqual(await readdir(folder), ['file']);

  const sink = new MemorySink(file.length + 1);
  await sink.append(other.subarray(0, 5 * MiB));
  await link.download(path, sink, { signal: patience() });
  assert.ok(sink.content.equals(file));
  const tooLong = new MemorySink(file.length + 1);
  await tooLong.append(Buffer.alloc(file.length + 1));
  await link.download(path, tooLong, { signal: patience() });
  assert.ok(tooLong.content.equals(file));
});

test('a transfer can be stopped and taken up again', sshd, async t => {
  for (const way of [{}, { long: true }]) {
    const { link, folder } = await cutLink(t, way);
    const path = join(folder, 'file');
    const stop = new AbortController();
    const stopped = link.upload(sourceOf(file), path, {
      signal: stop.signal,
      mode: 0o600,
      onProgress: ({ done }) => void (done > 0 && stop.abort()),
    });
    assert.equal((await failureOf(stopped))?.code, 'cancelled');
    await link.upload(sourceOf(file), path, { signal: patience(), mode: 0o600 });
    const sink = new MemorySink(file.length);
    const stopDown = new AbortController();
    const onProgress = ({ done }: Progress): void => void (done > 0 && stopDown.abort());
    assert.equal(
      (await failureOf(link.download(path, sink, { signal: stopDown.signal, onProgress })))?.code,
      'cancelled',
    );
    assert.ok((await link.download(path, sink, { signal: patience() })).resumedAt > 0);
    assert.ok(sink.content.equals(file));
  }
});

test('a file that is not what its checksum says never gets its name', sshd, async t => {
  const { link } = await linkTo(t);
  const folder = await testFolder(t);
  const path = join(folder, 'file');
  const wrong = sha256(Buffer.from('other'));
  const up = await failureOf(
    link.upload(sourceOf(Buffer.from('content')), path, { signal: patience(), mode: 0o600, sha256: wrong }),
  );
  assert.equal(up?.code, 'damaged');
  assert.equal(await stat(path).catch(() => undefined), undefined);
  await writeFile(path, 'content');
  const sink = new MemorySink(100);
  const down = await failureOf(link.download(path, sink, { signal: patience(), sha256: wrong }));
  assert.equal(down?.code, 'damaged');
  assert.equal(sink.held, 0);
});

for (const [name, way] of ways.slice(0, 2)) {
  test(`a file that becomes shorter while it is fetched ${name} is noticed`, sshd, async t => {
    const { link, folder } = await cutLink(t, way);
    const path = join(folder, 'file');
    for (const left of [MiB + 100, file.length - 100]) {
      await writeFile(path, file);
      const sink = new MemorySink(file.length);
      let cut: Promise<void> | undefined;
      const onProgress = (): void => void (cut ??= truncate(path, left));
      const failure = await failureOf(link.download(path, sink, { signal: patience(), onProgress }));
      assert.equal(failure?.code, 'damaged');
    }
  });
}

test('a file that is shorter than it said, a missing folder, and a folder as target', sshd, async t => {
  const { link } = await linkTo(t);
  const folder = await testFolder(t);
  const options = { signal: patience(), mode: 0o600 };
  const short = {
    bytes: 10 * MiB,
    read: async (at: number, length: number) => file.subarray(Math.min(at, MiB), Math.min(at + length, MiB)),
  };
  assert.equal((await failureOf(link.upload(short, join(folder, 'short'), options)))?.code, 'gone-away');
  assert.equal(
    (await failureOf(link.upload(sourceOf(file), join(folder, 'none', 'x'), options)))?.code,
    'no-such-thing',
  );
  await mkdir(join(folder, 'd'));
  assert.match(
    (await failureOf(link.upload(sourceOf(file), join(folder, 'd'), options)))?.says ?? '',
    /is a folder/,
  );
  const sink = new MemorySink(1);
  assert.equal(
    (await failureOf(link.download(join(folder, 'nothing'), sink, options)))?.code,
    'no-such-thing',
  );
  assert.match((await failureOf(link.download(folder, sink, options)))?.says ?? '', /is a folder/);
});

test('files only root may touch go through sudo', { ...needs('sshd', 'sudo'), ...needsRoot() }, async t => {
  const folder = await testFolder(t);
  for (const rights of ['%u ALL=(ALL) NOPASSWD: ALL', '%u ALL=(ALL) ALL']) {
    const user = await temporaryUser(t, rights);
    const server = await startSshd(t);
    const link = await openTrusting(
      t,
      await lonelyLinks(t),
      targetOf(server, { user: user.name }, { sudo: user.password }),
    );
    const path = join(folder, user.name);
    await link.upload(sourceOf(file), path, {
      signal: patience(),
      as: 'root',
      mode: 0o600,
      owner: 'root:root',
    });
    assert.deepEqual([(await stat(path)).uid, (await stat(path)).mode & 0o777], [0, 0o600]);
    const sink = new MemorySink(file.length);
    assert.ok(await failureOf(link.download(path, sink, { signal: patience() })));
    await link.download(path, sink, { signal: patience(), as: 'root' });
    assert.ok(sink.content.equals(file));
  }
});
