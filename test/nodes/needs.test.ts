import assert from 'node:assert/strict';
import { test } from 'node:test';
import { folder } from '../support/folder.ts';
import { debianSkip, elsewhereSkip, needsNspawn, needsQemu } from '../support/needs.ts';

test('a test whose nodes are not built is skipped by name, with the command that builds them', t => {
  const before = process.env['COLDSTART_NODES'];
  t.after(() => {
    if (before === undefined) delete process.env['COLDSTART_NODES'];
    else process.env['COLDSTART_NODES'] = before;
  });
  process.env['COLDSTART_NODES'] = folder(t);
  for (const { skip } of [needsNspawn(), needsQemu()])
    // What the machine itself forbids comes first, then what a package cures, then the build.
    assert.ok(
      skip?.startsWith(elsewhereSkip) === true ||
        skip?.startsWith(`${debianSkip}sudo apt-get install `) === true ||
        skip === `${debianSkip}npm run nodes build`,
      skip,
    );
});
