import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { pullRecorded } from '../../main/services/recorder/pull.ts';
import { needsNspawn } from '../support/needs.ts';
import { targetNode } from '../support/nodes/link.ts';
import { nspawnNode } from '../support/nodes/nspawn.ts';
import { runThrough, standings } from '../support/practice-site.ts';
import { realSite } from '../support/real-site.ts';
import { pullingLaptop } from '../support/recorded.ts';
import { remedyAsk } from '../support/remedies.ts';
import { lonelyLinks, openTrusting, patience } from '../support/ssh.ts';

const samples = "cat /run/coldstart-recorder/open 2>/dev/null | grep -c '^R ' || true";
const chunks = 'ls /var/lib/coldstart/recorder 2>/dev/null';
/** Files of ours, and units systemd knows. */
const traces =
  "find / -xdev \\( -path /proc -o -path /sys \\) -prune -o -name '*coldstart*' -print; find /run -name '*coldstart*'; systemctl list-unit-files --no-legend 'coldstart*' || true";

test(
  'under a real systemd the timer logs, a restart loses nothing, a pulled plug what lay in memory, and it is pulled and taken away',
  needsNspawn(),
  async t => {
    const node = await nspawnNode(t);
    const before = await node.done(traces);
    const app = await realSite(t, node);
    const done = await runThrough(app, remedyAsk(app, 'recorder-install'));
    assert.equal(done.state, 'passed', standings(done));
    assert.equal(await node.done(samples), '1', 'the sample of the runbook');
    assert.match(
      await node.done('systemctl show -p NextElapseUSecMonotonic --value coldstart-recorder.timer'),
      /^\d/,
      'the timer knows when it comes next',
    );
    // The timer's own five minutes are too long to wait for.
    await node.done(
      "mkdir -p /etc/systemd/system/coldstart-recorder.timer.d; printf '[Timer]\\nOnBootSec=\\nOnUnitActiveSec=\\nOnCalendar=*:*:*\\nAccuracySec=50ms\\n' >/etc/systemd/system/coldstart-recorder.timer.d/fast.conf; mkdir -p /etc/systemd/system/coldstart-recorder.service.d; printf '[Unit]\\nStartLimitIntervalSec=0\\n' >/etc/systemd/system/coldstart-recorder.service.d/fast.conf; systemctl daemon-reload; systemctl restart coldstart-recorder.timer",
    );
    for (const end = Date.now() + 20_000; (await node.done(chunks).catch(() => '')) === ''; await pause(200))
      assert.ok(Date.now() < end, await node.done('systemctl status coldstart-recorder.service || true'));
    assert.equal(
      await node.done('journalctl -b --no-pager -q -u coldstart-recorder.service | wc -l'),
      '0',
      'the timer says nothing to the journal',
    );
    while (Number(await node.done(samples)) < 2) await pause(200);
    await node.reboot();
    const kept = (await node.done(chunks)).split('\n');
    assert.deepEqual(kept, ['00000001.gz', '00000002.gz'], 'what lay in memory was kept before the restart');
    await node.kill();
    await node.powerOn();

    const links = await lonelyLinks(t);
    const link = await openTrusting(t, links, targetNode(node));
    const laptop = pullingLaptop(t);
    const first = await pullRecorded(link, node, laptop, { signal: patience() });
    assert.ok(first.there && first.samples >= 5, JSON.stringify(first));
    assert.deepEqual([first.unplaced, first.clockJumps, first.left], [0, 0, []]);
    assert.equal(laptop.taken.length, first.samples);
    const times = laptop.taken.map(({ at }) => at);
    assert.ok(times.every((at, i) => at > (times[i - 1] ?? 0) && Math.abs(at - Date.now()) < 120_000));
    assert.match(laptop.taken[0]?.text ?? '', /^node_memory_MemTotal_bytes \d+$/m);

    await node.done('systemctl stop coldstart-recorder.timer; /usr/local/lib/coldstart/recorder sample');
    const second = await pullRecorded(link, node, laptop, { signal: patience() });
    assert.ok(second.samples >= 1, 'what was logged since, also in memory');
    assert.deepEqual(await pullRecorded(link, node, laptop, { signal: patience() }), {
      ...second,
      samples: 0,
      bytes: second.bytes,
    });
    assert.equal(await node.done('ls -d /run/coldstart-pull 2>/dev/null | wc -l'), '0');

    await node.done('rm -r /etc/systemd/system/coldstart-recorder.*.d');
    const removed = await runThrough(app, remedyAsk(app, 'recorder-remove'));
    assert.equal(removed.state, 'passed', standings(removed));
    assert.equal(await node.done(traces), before);
  },
);
