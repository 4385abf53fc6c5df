import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checksumLine, checksumList } from '../../main/core/checksums.ts';
import { folder } from '../support/folder.ts';

const one = 'a'.repeat(64);
const two = 'b'.repeat(64);

test('a list of a K3s release is read', () => {
  const { sums, problems } = checksumList(`${one}  k3s-airgap-images-amd64.tar\n${two}  k3s\n`);
  assert.deepEqual(
    [...sums],
    [
      ['k3s-airgap-images-amd64.tar', one],
      ['k3s', two],
    ],
  );
  assert.deepEqual(problems, []);
});

test(
  'what sha256sum writes is read, and what we write sha256sum accepts, whatever the name',
  { skip: process.platform === 'win32' },
  t => {
    const path = folder(t);
    const names = ['k3s', 'with space', 'back\\slash', 'new\nline', "quote's", '*star'];
    for (const name of names) writeFileSync(join(path, name), name);
    const written = execFileSync('sha256sum', ['--', ...names], { cwd: path, encoding: 'utf8' });
    const { sums, problems } = checksumList(written);
    assert.deepEqual([...sums.keys()], names);
    assert.deepEqual(problems, []);
    const ours = [...sums].map(([name, sha256]) => `${checksumLine(sha256, name)}\n`).join('');
    execFileSync('sha256sum', ['-c', '--strict'], {
      cwd: path,
      input: ours,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  },
);

test('a list that passed through Windows is forgiven', () => {
  const { sums, problems } = checksumList(`\uFEFF${one.toUpperCase()} *./k3s\r\n\r\n${two}  k3s-arm64\r\n`);
  assert.deepEqual(
    [...sums],
    [
      ['k3s', one],
      ['k3s-arm64', two],
    ],
  );
  assert.deepEqual(problems, []);
});

test('a cut line, a saved web page, two hashes for one name and an empty list are problems', () => {
  for (const text of [
    `${one}  k3s\n${two.slice(0, 30)}`,
    '<!doctype html>\n',
    `${one}  k3s\n${two}  k3s\n`,
    '',
    '\n\n',
  ])
    assert.equal(checksumList(text).problems.length > 0, true, JSON.stringify(text));
  assert.deepEqual(checksumList(`${one}  k3s\n${one}  k3s\n`).problems, []);
});

test('a name that climbs out of the folder stays a mere name', () => {
  const { sums } = checksumList(`${one}  ../../etc/passwd\n${two}  __proto__\n`);
  assert.deepEqual([...sums.keys()], ['../../etc/passwd', '__proto__']);
});
