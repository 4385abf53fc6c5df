import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandLine } from '../../support/coldstart.ts';
import { folder } from '../../support/folder.ts';
import { recorded, recordedStatus } from '../../support/snapshots.ts';

test('coldstart snapshot status --json prints what etcdutl prints, character for character', async t => {
  const [cli, files] = [commandLine(folder(t)), folder(t)];
  for (const { name, rule, json } of recordedStatus) {
    const path = join(files, `${name}.db`);
    writeFileSync(path, recorded(name));
    const said = await cli.run('snapshot', 'status', path, '--rule', rule);
    assert.equal(said.stdout, `${json}\n`);
    assert.equal(said.status, 0);
  }
});

test('its exit code tells a damaged file, a wrong word and a missing file apart', async t => {
  const [cli, files] = [commandLine(folder(t)), folder(t)];
  const path = join(files, 'file');
  writeFileSync(path, recorded('corrupted'));
  assert.equal((await cli.run('snapshot', 'status', path)).status, 1);
  assert.equal((await cli.run('snapshot', 'status', path, '--rule', '3.7')).status, 2);
  assert.equal((await cli.run('snapshot', 'status')).status, 2);
  const gone = await cli.run('snapshot', 'status', join(files, 'nowhere'));
  assert.equal(gone.status, 2);
  assert.equal(gone.json.failure.code, 'no-such-thing');
});
