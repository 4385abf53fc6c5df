import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Run } from '../../preload/contract/domain.ts';
import { localName } from '../../main/core/runbook/remedies/saved.ts';
import { failureIn } from '../support/coldstart.ts';
import { needsQemu } from '../support/needs.ts';
import { firstChapters } from '../support/nodes/laptop.ts';
import { server, sickNode } from '../support/nodes/sick-node.ts';

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

test(
  'over its console alone a real machine whose disk the kernel closed is read off, and not cleared',
  needsQemu(),
  async t => {
    const { node, cli } = await sickNode(t);
    const files = [
      `${server}/db/snapshots/new-2`,
      `${server}/db/snapshots/old-1`,
      `${server}/db/etcd/member/made`,
    ];
    await node.done(`sync; cat ${files.join(' ')} >/dev/null; dmesg -n 7; echo 1 >/sys/fs/ext4/vda/trigger_fs_error
for n in $(seq 50); do touch /root/x 2>/dev/null || exit 0; sleep 0.1; done; exit 1`);
    const found = await firstChapters(cli);
    const [first] = found.findings;
    assert.deepEqual([first?.cause, first?.sure], ['card-read-only', 'certain'], found.says);
    assert.match(first?.lines.map(({ text }) => text).join('\n') ?? '', /EXT4-fs error|read-only/i);
    assert.deepEqual(
      first?.remedies.map(({ remedy }) => remedy),
      ['read-off-card'],
    );

    for (const remedy of ['free-disk', 'fix-fstab']) {
      const refused = failureIn(await cli.run('remedy', 'cp1', remedy, '--dry-run'), 'refused');
      assert.match(refused.says, /The disk is read-only because it fails: .*(EXT4-fs|read-only)/i);
      assert.match(refused.next ?? '', /read-off-card/);
    }

    const run = (await cli.done('remedy', 'cp1', 'read-off-card', '--yes')) as Run;
    assert.equal(run.state, 'passed');
    const saved = join(cli.home, 'runs', run.id, 'saved');
    for (const path of files) {
      const there = (await node.done(`sha256sum <${path}`)).slice(0, 64);
      assert.equal(sha256(join(saved, localName(path))), there, path);
    }
    // Keys are on the laptop too, but nobody reads them there.
    const key = localName(`${server}/cred/passwd`);
    assert.ok(existsSync(join(saved, `${key}.is-sealed`)) && !existsSync(join(saved, key)));
    assert.equal(await node.done('ls -d /run/coldstart 2>/dev/null || true'), '');
  },
);
