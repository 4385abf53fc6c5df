import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tar } from '../../main/core/tar.ts';
import { folder } from '../support/folder.ts';

test('the system’s tar unpacks what was packed, byte for byte', t => {
  const at = folder(t);
  const files = [
    { name: 'README.txt', content: Buffer.from('hello\n') },
    { name: 'evidence/empty.txt', content: Buffer.alloc(0) },
    { name: 'evidence/block.bin', content: Buffer.alloc(512, 7) },
    { name: 'evidence/odd.bin', content: Buffer.from(Array.from({ length: 1300 }, (_, i) => i % 256)) },
  ];
  writeFileSync(join(at, 'x.tar'), tar(files, 1_795_258_800));
  const done = spawnSync('tar', ['-C', at, '-xf', join(at, 'x.tar')], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
  assert.equal(done.stderr, '');
  for (const { name, content } of files) assert.deepEqual(readFileSync(join(at, name)), content);
});

test('a name that does not fit is refused', () => {
  assert.throws(() => tar([{ name: 'x'.repeat(101), content: Buffer.alloc(0) }], 0), RangeError);
});
