import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsQemu } from '../../support/needs.ts';
import { qemuNode } from '../../support/nodes/qemu.ts';
import { realSite } from '../../support/real-site.ts';
import { context } from '../../support/sites.ts';

// A machine with a kernel of its own is slow to ask. Both faults come with the first two chapters; then it is stopped.
test(
  'a wrong clock and a disk the kernel closed after an error are told while the examination still goes on, and kept when it is stopped',
  needsQemu(),
  async t => {
    const node = await qemuNode(t);
    const app = await realSite(t, node);
    await node.done(
      'systemctl stop systemd-timesyncd 2>/dev/null; date -s 2012-01-01T00:00:00Z >/dev/null; for f in /sys/fs/ext4/*/trigger_fs_error; do echo 1 >"$f"; done; sleep 1',
    );
    const stop = new AbortController();
    for await (const news of app.handlers.feeds['doctor.examine']({ node: app.node }, stop.signal))
      if (news.is === 'findings' && news.findings.length > 1) stop.abort();
    const last = await app.calls['doctor.last']({ node: app.node }, context());
    assert.ok(last);
    assert.equal(last.verdict, 'findings');
    const [clock, disk] = last.findings;
    assert.deepEqual(
      [clock?.cause, clock?.sure, disk?.cause, disk?.sure],
      ['clock-wrong', 'certain', 'card-read-only', 'certain'],
      last.says,
    );
    assert.match(clock?.lines[0]?.text ?? '', /2012/);
    assert.match(
      disk?.lines.map(({ text }) => text).join('\n') ?? '',
      /EXT4-fs error|Remounting filesystem read-only/i,
    );
  },
);
