import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { readChunk } from '../../main/core/recorder/format.ts';
import { needs, needsQemu, needsRoot } from '../support/needs.ts';
import { cutPower } from '../support/recorder-plug.ts';
import { recorderDisk } from '../support/recorder-disk.ts';

test(
  'a whole day of samples stays below 2 MiB written, and loses none',
  { ...needs('dash'), ...needsRoot() },
  t => {
    const disk = recorderDisk(t);
    const { node } = disk;
    let kib = 0;
    for (let n = 0; n < 288; n++) {
      node.put('proc/uptime', `${1000 + n * 300}.50 1.00\n`);
      node.put('proc/loadavg', `${(n % 17) / 10} 0.${n % 10} 0.30 1/200 4242\n`);
      // What is written to let time pass is not the recorder's.
      const before = disk.written();
      const { code, stderr } = node.record('sample');
      assert.equal(code, 0, stderr);
      kib += disk.written() - before;
      disk.age(300);
    }
    node.record('keep');
    const names = readdirSync(node.data).toSorted();
    const rows = names.flatMap(
      name => readChunk(gunzipSync(readFileSync(join(node.data, name))).toString()).rows,
    );
    const bytes = names.reduce((sum, name) => sum + statSync(join(node.data, name)).size, 0);
    t.diagnostic(`${kib} KiB written, ${names.length} chunks of ${bytes} bytes in all`);
    assert.equal(rows.length, 288);
    assert.ok(kib <= 2048, `${kib} KiB`);
    assert.ok(bytes * 35 < 64 * 2 ** 20);
  },
);

test('a plug pulled ten times loses no chunk', needsQemu(), async t => {
  await cutPower(t, 10);
});
