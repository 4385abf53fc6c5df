import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Examination } from '../../../preload/contract/doctor.ts';
import { needs, needsNspawn } from '../../support/needs.ts';
import { breakConfig, otherToken } from '../../support/nodes/failures.ts';
import type { RealNode } from '../../support/nodes/node.ts';
import { nspawnNode } from '../../support/nodes/nspawn.ts';
import { runningK3s } from '../../support/nodes/running-k3s.ts';
import { realSite } from '../../support/real-site.ts';
import type { OpenApp } from '../../support/practice-site.ts';

async function examined(app: OpenApp): Promise<Examination> {
  const feed = app.handlers.feeds['doctor.examine'];
  for await (const news of feed({ node: app.node }, new AbortController().signal))
    if (news.is === 'ended') return news.examination;
  throw new Error('no end');
}
const causes = ({ findings }: Examination): readonly string[] => findings.map(({ cause }) => cause);
const linesOf = ({ findings }: Examination): string =>
  findings.flatMap(({ lines }) => lines.map(({ text }) => text)).join('\n');

async function untilEmergency(node: RealNode): Promise<void> {
  for (const end = Date.now() + 60_000; ;) {
    const { stdout } = await node.run('systemctl is-active emergency.target');
    if (stdout.trim() === 'active') return;
    assert.ok(Date.now() < end, `never in emergency mode: ${node.said().slice(-800)}`);
    await new Promise(done => setTimeout(done, 200));
  }
}

test(
  'on a real systemd the doctor leaves nothing behind, and tells trouble from history',
  { ...needs('gcc'), ...needsNspawn() },
  async t => {
    const node = await nspawnNode(t);
    await runningK3s(node);
    const app = await realSite(t, node);

    await t.test('a node that is well stays as it was, to the last file', async () => {
      const files =
        'find / -xdev -path /run -prune -o -path /proc -prune -o -path /sys -prune -o -path /var/log -prune -o -path /var/lib/rancher -prune -o -newer /run/before -print; ls -A /run /dev/shm /tmp';
      await node.done('sleep 0.1; touch /run/before; sleep 0.1');
      const before = await node.done(files);
      const { findings, verdict } = await examined(app);
      assert.deepEqual([findings, verdict], [[], 'healthy']);
      assert.equal(await node.done(files), before);
    });

    await t.test('a fault that was mended is history when another one comes', async () => {
      await otherToken(node);
      await node.done(
        `systemctl stop k3s; sed -i 's/^token:.*/token: "0123456789abcdef0123456789abcdef"/' /etc/rancher/k3s/config.yaml`,
      );
      await breakConfig(node);
      const found = await examined(app);
      assert.deepEqual(causes(found), ['config-typo'], found.says);
      assert.match(linesOf(found), /yaml: line \d+/);
    });

    await t.test('a disk without inodes is told from a full one', async () => {
      await node.done(
        'mount -t tmpfs -o nr_inodes=40 few /var/log; for n in $(seq 60); do touch /var/log/f$n 2>/dev/null; done; true',
      );
      const found = await examined(app);
      assert.ok(causes(found).includes('inodes-full') && !causes(found).includes('disk-full'), found.says);
      assert.match(linesOf(found), /100% \/var\/log$/m);
      await node.done('umount /var/log');
    });

    await t.test('a boot that a line of fstab stops is named with that line', async () => {
      await node.done("printf 'tmpfs /data tmpfs wrong=1 0 2\\n' >>/etc/fstab");
      await node.run('systemctl reboot');
      await untilEmergency(node);
      const found = await examined(app);
      assert.deepEqual(causes(found), ['emergency-fstab'], found.says);
      assert.equal(found.findings[0]?.sure, 'certain');
      assert.match(linesOf(found), /Failed to mount .*\/data/);
    });
  },
);
