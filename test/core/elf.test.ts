import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { elf, elfHeadBytes } from '../../main/core/elf.ts';

const bundle = join(import.meta.dirname, '../../resources/practice/bundle');

/** A bare ELF header of 64 bytes. */
function header(wide: boolean, machine: number, little = true): Buffer {
  const head = Buffer.alloc(64);
  head.write('\x7fELF', 'latin1');
  head[4] = wide ? 2 : 1;
  head[5] = little ? 1 : 2;
  if (little) head.writeUInt16LE(machine, 18);
  else head.writeUInt16BE(machine, 18);
  return head;
}

test('the header tells x86-64, 64-bit ARM and 32-bit ARM apart', () => {
  for (const [wide, machine, arch] of [
    [true, 62, 'amd64'],
    [true, 183, 'arm64'],
    [false, 40, 'arm'],
  ] as const) {
    const found = elf(header(wide, machine));
    assert.ok(found.is === 'elf');
    assert.equal(found.arch, arch);
  }
});

test('the practice binaries are what their names say, and are all there', () => {
  for (const [name, arch] of [
    ['k3s', 'amd64'],
    ['k3s-arm64', 'arm64'],
  ] as const) {
    const file = readFileSync(join(bundle, name));
    const found = elf(file);
    assert.ok(found.is === 'elf');
    assert.equal(found.arch, arch);
    assert.equal(found.leastBytes, file.length);
  }
});

test('other CPUs, other word sizes and other byte orders are no architecture of ours', () => {
  for (const head of [
    header(true, 22),
    header(true, 243),
    header(false, 3),
    header(false, 62),
    header(true, 183, false),
  ]) {
    const found = elf(head);
    assert.ok(found.is === 'elf');
    assert.equal(found.arch, undefined);
    assert.ok(found.machine.length > 0);
  }
});

test(
  'this very Node is an ELF file of this machine, and its header speaks of no more than it has',
  { skip: process.platform !== 'linux' },
  () => {
    const file = readFileSync(process.execPath);
    const found = elf(file.subarray(0, elfHeadBytes));
    assert.ok(found.is === 'elf');
    assert.equal(
      found.arch,
      ({ x64: 'amd64', arm64: 'arm64', arm: 'arm' } as Record<string, string>)[process.arch],
    );
    assert.ok(found.leastBytes <= file.length && found.leastBytes > file.length / 2);
  },
);

test('anything else is no ELF file, however short', () => {
  const real = header(true, 62);
  for (let bytes = 0; bytes < 20; bytes += 1) assert.equal(elf(real.subarray(0, bytes)).is, 'not-elf');
  assert.equal(elf(Buffer.from('#!/bin/sh\nexit 0 # and some more text')).is, 'not-elf');
  for (let bytes = 20; bytes <= 64; bytes += 1) assert.equal(elf(real.subarray(0, bytes)).is, 'elf');
});

test('headers full of nonsense are read without harm', () => {
  const head = header(true, 62);
  head.fill(0xff, 20);
  const found = elf(Buffer.concat([head, Buffer.alloc(4032, 0xff)]));
  assert.ok(found.is === 'elf' && found.leastBytes > 2 ** 40);
});
