import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');

test('types, lint, folder boundaries, formatting and dead code hold', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'test/check.ts')], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
});
