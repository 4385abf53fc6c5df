import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConsoleReader } from '../../../main/core/console/reader.ts';
import type { Standing } from '../../../main/core/console/prompts.ts';
import { grubMenu, knownTexts, panicText } from './known.ts';

const bytes = (text: string): Uint8Array =>
  Buffer.from(text, /[\u0100-\uffff]/.test(text) ? 'utf8' : 'latin1');
/** Long enough for every waiting line to be believed, too short for silence. */
const settledMs = 2500;

function ended(pieces: readonly Uint8Array[], at = 0): Standing {
  const reader = new ConsoleReader(at);
  for (const piece of pieces) reader.take(piece, at);
  return reader.state(at + settledMs);
}

for (const { what, text, ...wanted } of knownTexts)
  test(`${what} is recognised as ${wanted.is}${wanted.kind === undefined ? '' : ` (${wanted.kind})`}`, () => {
    const { is, kind, root, hostname } = ended([bytes(text)]);
    const found = { is, kind, root, hostname };
    for (const key of Object.keys(wanted) as (keyof typeof wanted)[])
      assert.equal(found[key], wanted[key], `${key}, of ${JSON.stringify(found)}`);
  });

test('bytes cut at any place give the same state', () => {
  for (const { what, text } of knownTexts) {
    const all = bytes(text);
    const whole = ended([all]);
    for (let cut = 1; cut < all.length; cut++)
      assert.deepEqual(ended([all.subarray(0, cut), all.subarray(cut)]), whole, `${what}, cut at ${cut}`);
    assert.deepEqual(ended([...all].map(byte => Uint8Array.of(byte))), whole, `${what}, byte by byte`);
  }
});

// ── what only passes by ──────────────────────────────────────────────────────────────────────────

const prompt = 'root@cp1:~# ';
/** A shell at which a command was typed, and what it printed until now. */
function printing(command: string, output: string, afterMs = settledMs): Standing {
  const reader = new ConsoleReader(0);
  reader.take(bytes(prompt), 0);
  reader.state(500);
  reader.sent(bytes(`${command}\r`), 600);
  reader.take(bytes(`${command}\r\n${output}`), 650);
  return reader.state(650 + afterMs);
}

for (const { what, text } of knownTexts.filter(one => one.is !== 'shell' && one.is !== 'noise'))
  test(`a file that ends with ${what} is not taken for it once the prompt stands again`, () => {
    for (const gap of ['', '\r\n']) {
      const { is, root } = printing('cat notes.txt', `${text.replaceAll('\u001b', '')}${gap}${prompt}`);
      assert.deepEqual({ is, root }, { is: 'shell', root: true });
    }
  });

for (const [what, output] of [
  ['a line with login: in it', 'the prompt says login: and waits\r\n'],
  ['a panic in a log', panicText],
  [
    'a boot in a log',
    '[    0.000000] Linux version 6.1.0-25-amd64\r\n[    0.100000] Command line: quiet\r\n[  OK  ] Started OpenSSH.\r\n',
  ],
  ['a log of three boots', '[    0.000000] Linux version 6.1.0-25-amd64\r\n'.repeat(3)],
  ['somebody’s question to fsck', 'Then it asks: Fix<y>? and you say no.\r\n'],
  ['a refused login', 'Login incorrect\r\n'],
  ['a locked account', 'the words: root account is locked are in the log\r\n'],
] as const)
  test(`a command that prints ${what} is a command that runs`, () => {
    for (const after of [200, 1000, 4000, 9000])
      assert.equal(printing('tail -f /var/log/all.log', output, after).is, 'running', `after ${after} ms`);
  });

test('a panic that a command of ours brought about is a panic', () => {
  assert.equal(printing('echo c > /proc/sysrq-trigger', panicText, 5000).is, 'panic');
});

test('a command that ended with half a line leaves a shell, whatever the half line says', () => {
  const found = printing('printf "cp1 login: "', `cp1 login: ${prompt}`);
  assert.equal(found.is, 'shell');
});

test('what our own program prints claims nothing, and a machine that went away is seen', () => {
  const reader = new ConsoleReader(0);
  reader.take(bytes(prompt), 0);
  reader.tell('running', 500);
  for (const { text } of knownTexts.filter(one => one.is !== 'panic')) reader.take(bytes(`${text}\r\n`), 600);
  assert.equal(reader.state(2000).is, 'running');
  reader.take(bytes('\r\nDebian GNU/Linux 12 cp1 ttyS0\r\n\r\ncp1 login: '), 3000);
  assert.equal(reader.state(3200).is, 'running');
  assert.equal(reader.state(7000).is, 'login');
});

// ── what only time tells ─────────────────────────────────────────────────────────────────────────

test('nothing at all is first listened to and then called silence', () => {
  const reader = new ConsoleReader(1000);
  assert.equal(reader.state(1500).is, 'listening');
  assert.equal(reader.state(4000).is, 'silent');
});

test('a boot that says nothing more for a minute is called silent, with its last line', () => {
  const reader = new ConsoleReader(0);
  reader.take(bytes('[  OK  ] Reached target Basic System.\r\n'), 0);
  assert.equal(reader.state(50_000).is, 'booting');
  assert.deepEqual(reader.state(61_000), {
    is: 'silent',
    saw: '[  OK  ] Reached target Basic System.',
    kind: 'boot',
  });
});

test('a kernel that says a word now and then is no boot', () => {
  const reader = new ConsoleReader(0);
  for (let s = 0; s < 20; s++) {
    reader.take(bytes(`[  ${300 + s}.000000] usb 1-1: reset high-speed USB device\r\n`), s * 1000);
    assert.notEqual(reader.state(s * 1000 + 500).is, 'booting');
  }
});

test('a kernel that says a great deal at once starts', () => {
  const reader = new ConsoleReader(0);
  for (let i = 0; i < 40; i++) reader.take(bytes(`[    1.${100_000 + i * 900}] something found\r\n`), i * 10);
  assert.equal(reader.state(600).is, 'booting');
});

test('a machine that begins again and again is in a boot loop, and one that gets through is not', () => {
  const begin = '[    0.000000] Linux version 6.1.0-25-amd64\r\n[    0.500000] Command line: quiet\r\n';
  const reader = new ConsoleReader(0);
  for (const at of [0, 20_000]) reader.take(bytes(begin), at);
  assert.equal(reader.state(20_500).is, 'booting');
  reader.take(bytes(begin), 40_000);
  assert.equal(reader.state(40_500).is, 'boot-loop');
  reader.take(bytes('\r\ncp1 login: '), 50_000);
  assert.equal(reader.state(52_000).is, 'login');
  reader.take(bytes(begin), 100_000);
  assert.equal(reader.state(100_500).is, 'booting');
});

test('a shell whose machine was switched off and on boots', () => {
  const reader = new ConsoleReader(0);
  reader.take(bytes(prompt), 0);
  assert.equal(reader.state(1000).is, 'shell');
  reader.take(bytes('[    0.000000] Linux version 6.1.0-25-amd64\r\n'), 10_000);
  for (let s = 1; s < 6; s++) reader.take(bytes(`[    ${s}.000000] something found\r\n`), 10_000 + s * 1000);
  assert.equal(reader.state(15_100).is, 'booting');
});

test('a menu that is left for a boot is a menu no more', () => {
  const reader = new ConsoleReader(0);
  reader.take(bytes(grubMenu), 0);
  assert.equal(reader.state(1000).is, 'grub');
  reader.take(
    bytes("\u001b[2J\u001b[H  Booting `Debian GNU/Linux'\r\n\r\nLoading Linux 6.1.0-25-amd64 ...\r\n"),
    2000,
  );
  assert.equal(reader.state(2500).is, 'booting');
});

// ── who typed that ───────────────────────────────────────────────────────────────────────────────

test('letters at the prompt that nobody here typed are a stranger’s', () => {
  const reader = new ConsoleReader(0);
  reader.take(bytes(prompt), 0);
  reader.state(1000);
  for (const [i, key] of [...'ls'].entries()) reader.take(bytes(key), 5000 + i * 120);
  assert.equal(reader.state(5600).is, 'stranger');
  reader.take(bytes(`\r\na b c\r\n${prompt}`), 6000);
  assert.equal(reader.state(6500).is, 'stranger');
  assert.equal(reader.state(17_000).is, 'shell');
});

test('our own typing and the kernel’s words are nobody’s', () => {
  const reader = new ConsoleReader(0);
  reader.take(bytes(prompt), 0);
  reader.state(1000);
  for (const [i, key] of [...'ls'].entries()) {
    reader.sent(bytes(key), 5000 + i * 120);
    reader.take(bytes(key), 5010 + i * 120);
  }
  assert.equal(reader.state(5600).is, 'shell');
  reader.take(bytes('[  300.000001] usb 1-1: USB disconnect\r\n'), 20_000);
  assert.equal(reader.state(20_500).is, 'shell');
});

test('a line that gives back what was sent and nothing else is only an echo', () => {
  const reader = new ConsoleReader(0);
  for (const at of [3000, 6000]) {
    reader.sent(bytes('\r'), at);
    reader.take(bytes('\r\n'), at + 10);
  }
  assert.equal(reader.state(9000).is, 'echo');
  reader.take(bytes('\r\ncp1 login: '), 10_000);
  assert.equal(reader.state(12_000).is, 'login');
});

test('noise is over when text comes', () => {
  const reader = new ConsoleReader(0);
  reader.take(
    Uint8Array.from({ length: 40 }, (_, i) => ((i * 83) % 256) | 0x80),
    0,
  );
  assert.equal(reader.state(500).is, 'noise');
  reader.take(bytes(`\r\n\r\nDebian GNU/Linux 12 cp1 ttyS0\r\n\r\n${' '.repeat(60)}\rcp1 login: `), 1000);
  assert.equal(reader.state(3000).is, 'login');
});
