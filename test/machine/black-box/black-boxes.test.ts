import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Secret } from '../../../main/core/secret.ts';
import { blackBoxes } from '../../../main/machine/black-box/black-boxes.ts';
import { systemChance } from '../../../main/machine/chance.ts';
import { systemClock } from '../../../main/machine/clock.ts';
import { openVault } from '../../../main/machine/vault.ts';
import type { KeptVault } from '../../../main/ports.ts';
import { FieldError } from '../../../preload/contract/failure.ts';
import { folder } from '../../support/folder.ts';
import { needsRoot } from '../../support/needs.ts';
import { testClock } from '../../support/test-clock.ts';
import { until } from '../../support/pty-pair.ts';

const port = '/dev/serial/by-id/usb-FTDI';
const never = new AbortController().signal;
const passphrase = new Secret('four words or more');
const small = { segmentBytes: 4096, portBytes: 32 * 1024, portFiles: 1000 };

const openedVault = (at: string): KeptVault =>
  openVault(join(at, 'vault.json'), { practice: true, chance: systemChance });
const realVault = (at: string): KeptVault =>
  openVault(join(at, 'vault.json'), { practice: false, chance: systemChance });

function boxes(t: TestContext, options: { at?: string; bounds?: typeof small; vault?: KeptVault } = {}) {
  const at = options.at ?? folder(t);
  const vault = options.vault ?? openedVault(at);
  const made = blackBoxes(join(at, 'boxes'), {
    vault,
    clock: systemClock,
    ...(options.bounds && { bounds: options.bounds }),
  });
  t.after(() => made.close());
  return { at, vault, boxes: made };
}

const moment = (second: number): Date => new Date(Date.UTC(2026, 10, 22, 12, 0, second));
const files = (at: string): readonly string[] => globSync(join(at, 'boxes/*/*.segment')).sort();
const texts = (page: { readonly lines: readonly { readonly text: string }[] }): readonly string[] =>
  page.lines.map(line => line.text);

async function raw(from: ReturnType<typeof boxes>['boxes']): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const bytes of from.raw(port, never)) parts.push(bytes);
  return Buffer.concat(parts);
}

test('what came is read back with its times, and notes stand between', async t => {
  const { boxes: box } = boxes(t);
  const writer = box.writer(port);
  writer.take(Buffer.from('\u001b[1mlogin: \u001b[0m'), moment(1));
  writer.note('Pulled.', moment(2));
  writer.take(Buffer.from('back\r\n'), moment(3));
  const page = await box.read(port, { mostLines: 10 });
  assert.deepEqual(page, {
    lines: [
      { at: moment(1).toISOString(), offset: 4, text: 'login: ' },
      { at: moment(2).toISOString(), offset: 15, text: '[Pulled.]' },
      { at: moment(3).toISOString(), offset: 22, text: 'back' },
    ],
    more: false,
  });
  assert.deepEqual(await box.list(), [
    { port, from: moment(1).toISOString(), to: moment(3).toISOString(), bytes: 28 },
  ]);
  assert.equal((await raw(box)).toString(), '\u001b[1mlogin: \u001b[0mback\r\n');
});

test('neither received bytes nor notes lie on the disk in the clear', async t => {
  const { at, boxes: box } = boxes(t);
  const writer = box.writer(port);
  writer.take(Buffer.from('K10a-token-that-was-printed'), moment(1));
  writer.note('a note of its own', moment(2));
  await writer.close();
  const all = Buffer.concat(
    globSync(join(at, 'boxes/**/*'))
      .filter(one => statSync(one).isFile())
      .map(one => readFileSync(one)),
  );
  assert.ok(all.length > 100);
  for (const text of ['token-that', 'note of its own']) assert.equal(all.includes(text), false);
  for (const file of files(at)) assert.equal(statSync(file).mode & 0o077, 0);
});

test('a locked vault records and does not read; opened, it reads all of it', async t => {
  const at = folder(t);
  const vault = realVault(at);
  await vault.create(passphrase);
  const first = boxes(t, { at, vault });
  first.boxes.writer(port).take(Buffer.from('before\n'), moment(1));
  await first.boxes.close();

  const locked = realVault(at);
  const second = boxes(t, { at, vault: locked });
  second.boxes.writer(port).take(Buffer.from('while locked\n'), moment(2));
  for (const asked of [
    () => second.boxes.read(port, { mostLines: 9 }),
    () => second.boxes.read(port, { mostLines: 9, back: true }),
    () => second.boxes.search({ text: 'e' }, never),
  ])
    await assert.rejects(asked, (thrown: unknown) => {
      assert.ok(thrown instanceof FieldError);
      assert.equal(thrown.failure.code, 'vault-locked');
      return true;
    });
  assert.equal((await second.boxes.list())[0]?.bytes, 20);
  await locked.unlock(passphrase);
  assert.deepEqual(texts(await second.boxes.read(port, { mostLines: 9 })), ['before', 'while locked']);
});

test('a home without a vault records, and seals its key once there is one', async t => {
  const at = folder(t);
  const vault = realVault(at);
  const { boxes: box } = boxes(t, { at, vault });
  box.writer(port).take(Buffer.from('early\n'), moment(1));
  assert.deepEqual(texts(await box.read(port, { mostLines: 9 })), ['early']);
  assert.deepEqual(globSync(join(at, 'boxes/*.key')), []);
  await vault.create(passphrase);
  await box.list();
  await box.close();
  const again = realVault(at);
  await again.unlock(passphrase);
  assert.deepEqual(texts(await boxes(t, { at, vault: again }).boxes.read(port, { mostLines: 9 })), ['early']);
});

test('a recording whose key was never sealed is told as such, and the rest is read', async t => {
  const at = folder(t);
  const { boxes: box } = boxes(t, { at, vault: realVault(at) });
  box.writer(port).take(Buffer.from('lost\n'), moment(1));
  await box.close();
  const vault = realVault(at);
  await vault.create(passphrase);
  const next = boxes(t, { at, vault }).boxes;
  next.writer(port).take(Buffer.from('kept\n'), moment(2));
  assert.deepEqual(texts(await next.read(port, { mostLines: 9 })), [
    '[The key of this recording is not in this home.]',
    'kept',
  ]);
});

test('pages follow each other without a gap, forwards and backwards, over rotated segments', async t => {
  const { at, boxes: box } = boxes(t, { bounds: { ...small, portBytes: 10 ** 6 } });
  const writer = box.writer(port);
  for (let i = 0; i < 2000; i += 1) {
    writer.take(Buffer.from(`line number ${i}\n`), moment(i / 100));
    if (i % 100 === 99) await box.list();
  }
  assert.ok(files(at).length > 5);
  const all = Array.from({ length: 2000 }, (_, i) => `line number ${i}`);
  const forwards: string[] = [];
  for (let offset = 0; ;) {
    const page = await box.read(port, { offset, mostLines: 300 });
    forwards.push(...texts(page));
    if (!page.more) break;
    offset = (page.lines.at(-1)?.offset ?? 0) + 1;
  }
  assert.deepEqual(forwards, all);
  const backwards: string[] = [];
  for (let offset: number | undefined; ;) {
    const page = await box.read(port, {
      back: true,
      mostLines: 300,
      ...(offset !== undefined && { offset }),
    });
    backwards.unshift(...texts(page));
    if (!page.more) break;
    offset = page.lines[0]?.offset ?? 0;
  }
  assert.deepEqual(backwards, all);
});

test('a box stays within its bound by letting the oldest go', async t => {
  const { at, boxes: box } = boxes(t, { bounds: small });
  const writer = box.writer(port);
  for (let i = 0; i < 3000; i += 1) {
    writer.take(Buffer.from(`line ${i} ${'x'.repeat(40)}\n`), moment(i));
    if (i % 20 === 19) await box.list();
  }
  const size = files(at).reduce((sum, one) => sum + statSync(one).size, 0);
  assert.ok(size <= small.portBytes, `${size}`);
  assert.ok(size > small.portBytes / 2, `${size}`);
  assert.match(texts(await box.read(port, { back: true, mostLines: 1 }))[0] ?? '', /^line 2999 /);
  const [oldest] = (await box.read(port, { mostLines: 1 })).lines;
  assert.ok((oldest?.offset ?? 0) > 0);
});

test('many short recordings do not pile up as files without end', async t => {
  const at = folder(t);
  for (let i = 0; i < 30; i += 1) {
    const { boxes: box } = boxes(t, { at, bounds: { ...small, portFiles: 10 } });
    box.writer(port).take(Buffer.from(`start ${i}\n`), moment(i));
    await box.close();
  }
  assert.equal(files(at).length, 10);
});

test('search finds across ports, newest first, whatever the case and colours', async t => {
  const { boxes: box } = boxes(t);
  box.writer(port).take(Buffer.from('\u001b[31mKernel \u001b[0mpanic - not syncing\nfine\n'), moment(1));
  box.writer('tcp://10.0.0.1:2000').take(Buffer.from('kernel PANIC again\n'), moment(5));
  const finds = await box.search({ text: 'kernel panic' }, never);
  assert.deepEqual(
    finds.map(({ port, text }) => [port, text]),
    [
      ['tcp://10.0.0.1:2000', 'kernel PANIC again'],
      [port, 'Kernel panic - not syncing'],
    ],
  );
  assert.deepEqual(
    (await box.search({ port, text: 'panic' }, never)).map(one => one.offset),
    [5],
  );
  await assert.rejects(box.search({ text: 'x' }, AbortSignal.abort()));
});

test('more finds than fit: the newest five hundred', async t => {
  const { boxes: box } = boxes(t);
  const writer = box.writer(port);
  for (let i = 0; i < 1800; i += 1) writer.take(Buffer.from(`hit ${i}\n`), moment(i));
  const finds = await box.search({ port, text: 'hit' }, never);
  assert.equal(finds.length, 500);
  assert.equal(finds[0]?.text, 'hit 1799');
  assert.equal(finds[499]?.text, 'hit 1300');
});

test('a recording that breaks off at any byte is read up to there, and the next goes on behind it', async t => {
  const whole = boxes(t);
  const writer = whole.boxes.writer(port);
  for (const text of ['first\n', 'second\n', 'third\n']) {
    writer.take(Buffer.from(text), moment(1));
    await whole.boxes.list();
  }
  await whole.boxes.close();
  const [path = ''] = files(whole.at);
  const all = readFileSync(path);
  for (let cut = all.length - 1; cut > 0; cut -= 7) {
    truncateSync(path, cut);
    const { boxes: box } = boxes(t, { at: whole.at, vault: whole.vault });
    const lines = texts(await box.read(port, { mostLines: 9 }));
    const kept = lines.filter(line => !line.startsWith('['));
    assert.deepEqual(kept, ['first', 'second', 'third'].slice(0, kept.length), `cut at ${cut}`);
    assert.ok(kept.length < 3);
    if (lines.length > kept.length) assert.match(lines.at(-1) ?? '', /breaks off here/);
    await box.close();
  }
  writeFileSync(path, all.subarray(0, all.length - 3));
  const { boxes: box } = boxes(t, { at: whole.at, vault: whole.vault });
  box.writer(port).take(Buffer.from('after\n'), moment(9));
  const page = await box.read(port, { mostLines: 9 });
  assert.deepEqual(
    texts(page).filter(line => !line.startsWith('[')),
    ['first', 'second', 'after'],
  );
  const offsets = page.lines.map(line => line.offset);
  assert.deepEqual(
    offsets,
    offsets.toSorted((a, b) => a - b),
  );
});

test('one flipped bit anywhere is never shown as text that came', async t => {
  const whole = boxes(t);
  const writer = whole.boxes.writer(port);
  for (const text of ['alpha\n', 'beta\n', 'gamma\n']) {
    writer.take(Buffer.from(text), moment(1));
    await whole.boxes.list();
  }
  await whole.boxes.close();
  const [path = ''] = files(whole.at);
  const sound = readFileSync(path);
  for (let at = 0; at < sound.length; at += 3) {
    const bad = Buffer.from(sound);
    bad.writeUInt8(bad.readUInt8(at) ^ (1 << (at % 8)), at);
    writeFileSync(path, bad);
    const { boxes: box } = boxes(t, { at: whole.at, vault: whole.vault });
    const lines = texts(await box.read(port, { mostLines: 20 }));
    for (const line of lines.filter(line => !line.startsWith('[')))
      assert.ok(['alpha', 'beta', 'gamma'].includes(line), `bit at ${at} made: ${line}`);
    await box.close();
  }
});

test('a killed app loses at most a second', async t => {
  const at = folder(t);
  mkdirSync(join(at, 'boxes'));
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, '../../support/box-child.ts'),
      join(at, 'boxes'),
      join(at, 'vault.json'),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  await until(() => said.split('\n').length > 150, 10_000);
  child.kill('SIGKILL');
  await once(child, 'close');
  const times = said
    .trim()
    .split('\n')
    .map(line => line.split(' ').map(Number));
  const end = times.at(-1)?.[1] ?? 0;
  const { boxes: box } = boxes(t, { at });
  const kept = texts(await box.read(port.replace(/.*/, '/dev/ttyUSB0'), { mostLines: 5000 })).filter(line =>
    line.startsWith('line '),
  );
  for (const [i, line] of kept.entries()) assert.equal(line, `line ${i}`);
  const lost = times.slice(kept.length).map(([, time]) => end - (time ?? 0));
  assert.ok(Math.max(0, ...lost) <= 1000, `the oldest lost line was ${Math.max(0, ...lost)} ms old`);
});

test('a full disk stops the recording, says so, and it goes on when there is room', needsRoot(), async t => {
  const disk = folder(t);
  const vault = openedVault(folder(t));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk]);
  try {
    await overFullDisk(disk, vault);
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
});

async function overFullDisk(disk: string, vault: KeptVault): Promise<void> {
  const clock = testClock(moment(0));
  const box = blackBoxes(join(disk, 'boxes'), { vault, clock });
  const writer = box.writer(port);
  writer.take(Buffer.from('before\n'), moment(0));
  await box.list();
  assert.deepEqual(box.trouble(), []);
  const filler = join(disk, 'filler');
  assert.throws(() => writeFileSync(filler, new Uint8Array(300_000)), { code: 'ENOSPC' });
  writer.take(Buffer.from(`${'lost '.repeat(2000)}\n`), moment(1));
  await box.list();
  assert.match(box.trouble()[0] ?? '', /is not being recorded: the laptop's disk was full/);
  writer.take(Buffer.from('lost too\n'), moment(2));
  await box.list();
  truncateSync(filler, 0);
  await clock.pass(10_000);
  writer.take(Buffer.from('after\n'), moment(10));
  const lines = texts(await box.read(port, { mostLines: 9 }));
  assert.deepEqual([lines[0], lines.at(-1)], ['before', 'after']);
  assert.match(
    lines[1] ?? '',
    /^\[Not recorded: 10010 bytes between 2026-11-22T12:00:01Z and 2026-11-22T12:00:10Z, because the laptop's disk was full\.\]$/,
  );
  assert.deepEqual(box.trouble(), []);
  await box.close();
}

test('two consoles on one port share a box, and it stays open until both are closed', async t => {
  const { boxes: box } = boxes(t);
  const one = box.writer(port);
  const two = box.writer(port);
  one.take(Buffer.from('a\n'), moment(1));
  await one.close();
  await one.close();
  two.take(Buffer.from('b\n'), moment(2));
  await two.close();
  one.take(Buffer.from('late\n'), moment(3));
  assert.deepEqual(texts(await box.read(port, { mostLines: 9 })), ['a', 'b']);
  await wait(0);
});
