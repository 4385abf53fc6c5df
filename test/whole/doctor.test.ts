import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Examination } from '../../preload/contract/doctor.ts';
import { folder } from '../support/folder.ts';

const root = join(import.meta.dirname, '..', '..');

test('the doctor on the command line: what it found, again, one piece of it, and sealed', t => {
  const home = folder(t);
  const coldstart = (...args: readonly string[]) =>
    spawnSync(process.execPath, [join(root, 'out/hosts/cli.js'), ...args, '--practice'], {
      encoding: 'utf8',
      timeout: 120_000,
      env: { ...process.env, COLDSTART_HOME: join(home, 'home') },
    });
  const node = 'practice-node-1';

  const never = coldstart('doctor', node, '--last');
  assert.equal(never.status, 2);
  assert.match(never.stderr, /never looked at this node/);

  const found = coldstart('doctor', node, '--json');
  const examination = JSON.parse(found.stdout) as Examination;
  assert.equal(found.status, 1, 'a node without K3s is not healthy');
  assert.equal(examination.verdict, 'unknown');
  assert.equal(examination.state, 'done');
  assert.equal(examination.practice, true);

  const again = coldstart('doctor', node, '--last');
  assert.equal(again.status, 1);
  assert.match(again.stdout, /^\? practice-node-1: There is no K3s service on this node/m);
  assert.match(again.stdout, /coldstart doctor practice-node-1 --pack FOLDER/);

  const piece = coldstart('doctor', node, '--evidence', 'service');
  assert.deepEqual([piece.status, piece.stdout], [0, 'unit none\n']);
  const noPiece = coldstart('doctor', node, '--evidence', 'nonsense', '--json');
  assert.equal(noPiece.status, 2);

  const stick = folder(t);
  const packed = coldstart('doctor', node, '--pack', stick);
  assert.equal(packed.status, 0, packed.stdout + packed.stderr);
  const [file = '', ...others] = readdirSync(stick);
  assert.match(file, /^coldstart-evidence-[0-9a-f]{8}\.tar\.gz\.age$/);
  assert.deepEqual(others, [], 'nothing unsealed lies on a stick');
  assert.match(readFileSync(join(stick, file), 'latin1'), /^age-encryption\.org/);
});
