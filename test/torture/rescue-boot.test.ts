import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Examination } from '../../preload/contract/doctor.ts';
import type { Run } from '../../preload/contract/domain.ts';
import type { CommandLine } from '../support/coldstart.ts';
import { needsQemu } from '../support/needs.ts';
import { firstChapters, laptopAtTheConsole } from '../support/nodes/laptop.ts';
import { qemuNode } from '../support/nodes/qemu.ts';
import type { QemuNode } from '../support/nodes/qemu.ts';

const causes = ({ findings }: Examination): readonly string[] => findings.map(({ cause }) => cause);

/** Runs a remedy to its end, as a script would. */
async function remedied(cli: CommandLine, ...args: readonly string[]): Promise<Run> {
  const run = (await cli.done('remedy', 'cp1', ...args, '--yes')) as Run;
  assert.equal(run.state, 'passed');
  return run;
}

/** Waits until nobody is logged in on the console any more. */
async function atItsLogin(node: QemuNode): Promise<void> {
  for (const end = Date.now() + 30_000; !node.said().endsWith('cp1 login: ');) {
    assert.ok(Date.now() < end, node.said().slice(-500));
    await pause(100);
  }
}

test('over its console alone a real machine is brought back', needsQemu(), async t => {
  const node = await qemuNode(t, { name: 'cp1', until: 'begun' });
  await node.done(
    String.raw`printf 'LABEL=gone /data ext4 defaults,x-systemd.device-timeout=2s 0 2\n' >>/etc/fstab; sync`,
  );
  await node.reset();
  for (const end = Date.now() + 120_000; !/Give root password for maintenance/.test(node.said());) {
    assert.ok(Date.now() < end, node.said().slice(-500));
    await pause(200);
  }
  const cli = await laptopAtTheConsole(t, node);

  await t.test('from emergency mode, where a line of fstab names a disk that is gone', async () => {
    const found = await firstChapters(cli);
    assert.match(node.said(), /You are in emergency mode[^]*Give root password for maintenance/);
    assert.equal(causes(found)[0], 'emergency-fstab', found.says);
    const [finding] = found.findings;
    assert.equal(finding?.sure, 'certain');
    assert.match(finding.lines[0]?.text ?? '', /LABEL=gone \/data/);
    assert.deepEqual(
      finding.remedies.map(({ remedy }) => remedy),
      ['fix-fstab'],
    );

    const run = await remedied(cli, 'fix-fstab');
    await atItsLogin(node);
    assert.equal(await node.done('systemctl is-system-running'), 'running');
    assert.match(await node.done('grep LABEL=gone /etc/fstab'), /nofail/);
    assert.doesNotMatch(await node.done('cat /etc/fstab.before-*'), /nofail/);
    const kept = readdirSync(join(cli.home, 'runs', run.id));
    assert.ok(
      kept.some(name => /^etc-fstab\.before\..*\.sealed$/.test(name)),
      kept.join(' '),
    );
  });

  await t.test('from a clock that stands in 2020, with the mended fstab found no more', async () => {
    await node.done(
      'systemctl stop systemd-timesyncd 2>/dev/null; date -u -s 2020-01-01T00:00:00 >/dev/null; hwclock -w -u',
    );
    const found = await firstChapters(cli);
    assert.deepEqual(causes(found), ['clock-wrong'], found.says);
    assert.match(found.findings[0]?.lines[0]?.text ?? '', /2020/);
    assert.ok(found.findings[0]?.remedies.some(({ remedy }) => remedy === 'set-clock'));

    await remedied(cli, 'set-clock', '--choose', 'laptop-right=yes');
    const [now = '', board = ''] = (await node.done('date +%s; cat /sys/class/rtc/rtc0/since_epoch')).split(
      '\n',
    );
    for (const seconds of [now, board])
      assert.ok(Math.abs(Number(seconds) - Date.now() / 1000) < 5, `${seconds} is not the time`);

    assert.deepEqual(causes(await firstChapters(cli)), []);
  });
});
