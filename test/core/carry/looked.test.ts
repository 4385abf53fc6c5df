import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldError } from '../../../preload/contract/failure.ts';
import { copied, copyFailure, stickIn, sticksSeen, tooLargeForFat } from '../../../main/core/carry/looked.ts';
import type { StickSeen } from '../../../main/core/carry/looked.ts';
import { carryName } from '../../../main/core/carry/names.ts';

const sha256 = 'ab'.repeat(32);
const file = (name: string, bytes: number) => ({ name, bytes, as: carryName({ name, sha256 }) });
const k3s = file('k3s', 70);
const images = file('k3s-airgap-images-amd64.tar.zst', 200);
const wanted = [k3s, images];

const look = (...lines: readonly string[]): readonly StickSeen[] => {
  const seen = sticksSeen([...lines, 'end', ''].join('\n'));
  assert.ok(seen);
  return seen;
};
const whole = (device: string): readonly string[] => [
  `ours ${device}`,
  ...wanted.map(({ as, bytes }) => `has ${device} ${as} ${bytes}`),
];
const thrown = (lines: readonly string[]): FieldError['failure'] => {
  try {
    stickIn(look(...lines), wanted, 'cp1');
  } catch (error) {
    assert.ok(error instanceof FieldError);
    return error.failure;
  }
  return assert.fail('it did not throw');
};
const waiting = (...lines: readonly string[]): string => {
  const judged = stickIn(look(...lines), wanted, 'cp1');
  assert.equal(judged.is, 'not-so');
  return judged.saw;
};

test('files are called by their content on the stick, in names every laptop takes', () => {
  assert.equal(k3s.as, 'abababababababab-k3s');
  assert.match(carryName({ name: 'ümläut ★.tar', sha256 }), /^abababababababab-[A-Za-z0-9._-]+$/);
});

test('the stick with every file in its size is the one', () => {
  const judged = stickIn(look('other sda1', ...whole('sdb1'), 'held sdc2 /'), wanted, 'cp1');
  assert.deepEqual(judged.is, 'so');
  assert.match(judged.saw, /sdb1.*k3s, k3s-airgap-images-amd64\.tar\.zst; leave it in/);
});

test('while the stick is not there, what is plugged in instead is said', () => {
  assert.equal(waiting(), 'no stick is plugged in yet');
  // a node that runs from a stick
  assert.equal(waiting('held sda1 /boot/firmware', 'held sda2 /'), 'no stick is plugged in yet');
  assert.match(waiting('other sda1'), /sda1 has no folder coldstart-carry: it is another stick/);
  assert.match(waiting('unreadable sda1 unknown unknown'), /sda1 has no file system that cp1 can read/);
  assert.match(
    waiting('unreadable sda1 exfat unknown'),
    /file system exfat, which cp1 does not know: use FAT32/,
  );
  assert.match(waiting('unreadable sda1 vfat known'), /no file system that cp1 can read/);
  assert.match(waiting('held sda1 /media/usb'), /sda1 is in use on cp1, mounted at \/media\/usb/);
});

test('a stick without a file, with another one, and two sticks are refused by name', () => {
  const [, first = ''] = whole('sdb1');
  const missing = thrown(['ours sdb1', first]);
  assert.equal(missing.code, 'no-such-thing');
  assert.match(missing.says, /^k3s-airgap-images-amd64\.tar\.zst is not on the stick/);
  assert.match(missing.next ?? '', /new plan without the stick/);
  const cut = thrown(['ours sdb1', first, `has sdb1 ${images.as} 199`]);
  assert.equal(cut.code, 'damaged');
  assert.match(cut.says, /k3s-airgap/);
  const two = thrown([...whole('sda1'), ...whole('sdb1')]);
  assert.equal(two.code, 'refused');
  assert.match(two.says, /sda1, sdb1/);
});

test('an answer that was cut is none', () => {
  assert.equal(sticksSeen('ours sdb1\nhas sdb1'), undefined);
});

test('why the copying stopped is told by the last word of its log', () => {
  const code = (tail: string): string | undefined => copyFailure(tail, 'cp1')?.failure.code;
  assert.equal(code('copying k3s, 70 bytes\nfailed pulled k3s\n'), 'gone-away');
  assert.match(copyFailure('failed pulled k3s\n', 'cp1')?.failure.says ?? '', /pulled while k3s was copied/);
  assert.equal(code('failed none\n'), 'gone-away');
  assert.equal(code('failed two sda1, sdb1\n'), 'refused');
  assert.equal(code('failed missing k3s\n'), 'no-such-thing');
  assert.equal(code('failed other k3s\n'), 'damaged');
  assert.equal(code('cp: error reading\nfailed read k3s\n'), 'could-not');
  assert.equal(code('failed full k3s\n'), 'disk-full');
  assert.equal(code('failed write k3s\n'), 'could-not');
  assert.equal(code('Killed\n'), undefined);
});

test('how far the copying is counts the files before', () => {
  const done = (log: string): number | undefined => copied(log, wanted)?.done;
  assert.equal(done(''), undefined);
  assert.equal(done(`at ${k3s.as} 35\n`), 35 / 270);
  assert.equal(done(`took ${k3s.as}\n`), 70 / 270);
  assert.equal(
    done(`there ${k3s.as}\ncopying images\nat ${images.as} 100\nat ${images.as} 150\n`),
    220 / 270,
  );
  assert.equal(done(`took ${images.as}\n`), 1);
  assert.match(copied(`at ${images.as} 1\n`, wanted)?.what ?? '', /Copying k3s-airgap.* from the stick/);
});

test('what FAT cannot hold is known before it is written', () => {
  const large = { bytes: 2 ** 32 };
  assert.equal(tooLargeForFat([{ bytes: 1 }, large], 'vfat'), large);
  assert.equal(tooLargeForFat([{ bytes: 2 ** 32 - 1 }], 'vfat'), undefined);
  assert.equal(tooLargeForFat([large], 'exfat'), undefined);
});
