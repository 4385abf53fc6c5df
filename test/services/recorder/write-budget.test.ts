import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { overheadKib } from '../../../main/core/recorder/budget.ts';
import { needs, needsRoot } from '../../support/needs.ts';
import { recorderDisk } from '../../support/recorder-disk.ts';

test(
  'a chunk never costs the disk more than the write budget counts for it',
  { ...needs('dash'), ...needsRoot() },
  t => {
    const disk = recorderDisk(t);
    const { node } = disk;
    for (let n = 0; n < 8; n++) {
      disk.remember(15, 250);
      const before = disk.written();
      // from the fifth on the oldest is dropped each time
      assert.equal(node.record('keep', 'disk_kib=112').code, 0);
      const cost = disk.written() - before;
      const newest = readdirSync(node.data).toSorted().at(-1) ?? '';
      const counted = Math.ceil(statSync(join(node.data, newest)).size / 4096) * 4 + overheadKib;
      assert.ok(cost <= counted, `${newest} cost ${cost} KiB, ${counted} were counted`);
      assert.ok(cost > 20, `${cost} KiB: the journal was not counted`);
    }
    assert.ok(readdirSync(node.data).length <= 6);
  },
);
