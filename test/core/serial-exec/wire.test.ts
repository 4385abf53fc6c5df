import assert from 'node:assert/strict';
import test from 'node:test';
import { blockSize } from '../../../main/core/serial-exec/block-size.ts';
import { pieces, printable } from '../../../main/core/serial-exec/printable.ts';
import { ending, report } from '../../../main/core/serial-exec/report.ts';
import { isEightBitClean, serialSeconds, stickAboveSeconds } from '../../../main/core/serial-exec/seconds.ts';
import { answerIn, looksForeign, refusalOf, request } from '../../../main/core/serial-exec/wire.ts';
import { usualLine } from '../../../preload/contract/serial.ts';
import { inShell, shells } from '../../support/shells.ts';
import { needs } from '../../support/needs.ts';
import { createHash } from 'node:crypto';

const salt = '00112233445566778899aabb';
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const answer = (tag: string, words: string): string =>
  `%${tag} ${words} ${hash(`${salt}${tag} ${words}`).slice(0, 16)} ${tag}%\n`;

test('a request carries the sum of salt and body, and an answer is known by what only the sum’s reader knows', () => {
  const { line, tag } = request(salt, 7, 'a ok');
  const [sum = '', ...rest] = line.split(' ');
  assert.equal(sum + tag, hash(salt + rest.join(' ')).slice(0, 24));
  assert.notEqual(request(salt, 8, 'a ok').tag, tag);
  assert.throws(() => request(salt, 1, 'two\nlines'), RangeError);
  assert.throws(() => request(salt, 1, 'ä'), RangeError);
});

test('an answer is found between kernel messages, cut by a terminal’s width, and never when one character is off', () => {
  const { tag } = request(salt, 7, 'a ok');
  const good = answer(tag, 'r 1 0 hello');
  const around = `[ 1.0] usb 1-1%\r\n${good}[ 2.0] more`;
  const found = answerIn(Buffer.from(around), salt, tag);
  assert.ok(found.is === 'answer' && found.words === 'r 1 0 hello');
  assert.equal(around.slice(found.end), '\n[ 2.0] more');
  const wrapped = good.replace(' 0 hello', ' 0 hel\r\nlo');
  assert.equal(answerIn(Buffer.from(wrapped), salt, tag).is, 'answer');
  for (let i = 0; i < good.length - 1; i++) {
    for (const spoiled of [
      good.slice(0, i) + good.slice(i + 1),
      good.slice(0, i) + good.charAt(i) + good.slice(i),
      good.slice(0, i) + String.fromCharCode(good.charCodeAt(i) ^ 1) + good.slice(i + 1),
    ]) {
      const seen = answerIn(Buffer.from(spoiled, 'latin1'), salt, tag);
      // Doubling the first or last mark adds a character outside of the answer.
      if (seen.is === 'answer') assert.equal(seen.words, 'r 1 0 hello');
      if (seen.is === 'answer') assert.ok(spoiled.includes(good.trim()), `${i}: ${spoiled}`);
    }
  }
  assert.equal(answerIn(Buffer.from(good), salt, 'ffffffff').is, 'nothing');
  assert.equal(answerIn(Buffer.from(good.replace('hello', 'hallo')), salt, tag).is, 'damaged');
  assert.equal(answerIn(Buffer.from(`x${refusalOf(salt)}\n`), salt, tag).is, 'refused');
});

for (const { name, start, tool } of shells)
  test(`every byte comes back from printable text in ${name}`, needs(...(tool ? [tool] : [])), () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const coded = printable(all);
    assert.match(coded, /^[\x20-\x26\x28-\x7e]+$/);
    const shown = inShell(start, `printf %b '${coded}' | od -An -v -tx1 | tr -d ' \\n'`);
    assert.equal(shown.stdout, all.toString('hex'));
    for (const most of [5, 7, 100]) {
      const cut = pieces(coded, most);
      assert.equal(cut.join(''), coded);
      const decoded = inShell(start, cut.map(piece => `printf %b '${piece}'`).join(';'));
      assert.ok(cut.every(piece => piece.length <= most) && decoded.code === 0);
    }
  });

test('a status over 128 is a signal only when the command itself left no word', () => {
  assert.deepEqual(ending(137, undefined), { code: null, signal: 'KILL' });
  assert.deepEqual(ending(137, 137), { code: 137, signal: null });
  assert.deepEqual(ending(3, undefined), { code: 3, signal: null });
  assert.deepEqual(ending(250, undefined), { code: 250, signal: null });
  assert.deepEqual(report('n'), { is: 'unknown' });
  assert.equal(report('ok'), undefined);
  const known = report('r 1 0 0 77 aGkK -');
  assert.ok(known?.is === 'known' && known.over && known.pid === 77);
  assert.equal(Buffer.from(known.stdout).toString(), 'hi\n');
});

test('a login, a boot and another shell are told from kernel messages and our own answers', () => {
  for (const foreign of ['\r\ncp1 login: ', 'Password: ', 'root@cp1:~# ', '$ ', '\x1b[?2004hbash-5.2# '])
    assert.ok(looksForeign(Buffer.from(`\n${foreign}`)), foreign);
  assert.ok(looksForeign(Buffer.from('[    0.000000] Linux version 6.1.0-30-amd64 (gcc)\n')));
  for (const ours of ['%12345678 ok 0011 12345678%\n', '%?0011%\n', '[ 1.5] usb 1-1: 100%\r\n', ''])
    assert.ok(!looksForeign(Buffer.from(ours)), ours);
});

test('a block shrinks quickly on a bad line and grows back, within its bounds', () => {
  const size = blockSize(100, 1000, 2000);
  size.failed();
  assert.equal(size.now, 333);
  for (let i = 0; i < 10; i++) size.failed();
  assert.equal(size.now, 100);
  for (let i = 0; i < 20; i++) size.went();
  assert.equal(size.now, 2000);
});

test('the time of a transfer is told before it starts, and 10 MB at 115200 is a matter for a stick', () => {
  assert.ok(isEightBitClean(usualLine));
  assert.ok(!isEightBitClean({ ...usualLine, dataBits: 7 }));
  const tenMb = serialSeconds(10_000_000, usualLine);
  assert.ok(tenMb > 868 && tenMb < 1000, `${tenMb}`);
  assert.ok(tenMb > stickAboveSeconds);
  assert.ok(serialSeconds(10_000_000, { ...usualLine, flow: 'xonxoff' }) > tenMb);
  assert.ok(serialSeconds(1000, usualLine) <= 2);
});
