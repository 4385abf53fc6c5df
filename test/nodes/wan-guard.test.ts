import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Plan } from '../../preload/contract/domain.ts';
import { needsNspawn } from '../support/needs.ts';
import { nodeLan, nspawnNode } from '../support/nodes/nspawn.ts';
import { runThrough, standings, terminalOf } from '../support/practice-site.ts';
import { realSite } from '../support/real-site.ts';
import { remedyAsk } from '../support/remedies.ts';
import { context } from '../support/sites.ts';
import { standInKubectl } from '../support/wan-guard.ts';

const k3s = `[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
`;

test(
  'the guard of a real node sees its way out go and come back, and is taken away without a node left cordoned',
  needsNspawn(),
  async t => {
    const lan = nodeLan(t);
    const [node, hq] = await Promise.all(['cp1', 'hq'].map(name => nspawnNode(t, { name, lan })));
    assert.ok(node && hq);
    const put = (path: string, text: string, mode = '644'): Promise<string> =>
      node.done(`echo ${Buffer.from(text).toString('base64')} | base64 -d >${path}; chmod ${mode} ${path}`);
    await put('/usr/local/bin/k3s', standInKubectl, '755');
    await put('/etc/systemd/system/k3s.service', k3s);
    await node.done(
      'mkdir -p /var/lib/rancher/k3s/server/db/etcd/member; systemctl daemon-reload; systemctl start k3s; ip route del default 2>/dev/null || true',
    );
    const nodes = async (): Promise<string[]> => (await node.done('cat /usr/local/bin/nodes')).split('\n');
    const app = await realSite(t, node);
    const install = remedyAsk(app, 'wan-guard-install', [{ name: 'targets', value: `${hq.inside}:22` }]);
    const plan = () => app.calls['run.plan']({ ask: install }, context()) as Promise<Plan>;
    await put('/usr/local/bin/nodes', 'cp1||\n');
    await assert.rejects(plan(), /This site has one node/);
    await put('/usr/local/bin/nodes', 'cp1||\nw1||\nw2|true|\n');
    await assert.rejects(plan(), /no default route/);
    await node.done(`ip route add default via ${hq.inside}`);
    const [first = ''] = (await plan()).warnings;
    assert.match(first, /While the 3 nodes are cordoned, running pods go on .* jobs of 1 CronJob\./);

    await hq.kill();
    const unreached = await runThrough(app, install);
    assert.equal(unreached.state, 'failed', 'targets that do not answer are not guarded');
    assert.equal(await node.done('ls -d /etc/coldstart 2>/dev/null | wc -l'), '0');
    await hq.powerOn();

    const installed = await runThrough(app, install);
    assert.equal(
      installed.state,
      'passed',
      `${standings(installed)}\n${await terminalOf(app, installed.id)}`,
    );
    // minutes become seconds
    await node.done(
      "echo hold_after=2 release_after=2 >>/etc/coldstart/wan-guard.conf; mkdir -p /etc/systemd/system/coldstart-wan-guard.timer.d; printf '[Timer]\\nOnBootSec=\\nOnUnitActiveSec=\\nOnCalendar=*:*:*\\nAccuracySec=50ms\\n' >/etc/systemd/system/coldstart-wan-guard.timer.d/fast.conf; mkdir -p /etc/systemd/system/coldstart-wan-guard.service.d; printf '[Unit]\\nStartLimitIntervalSec=0\\n' >/etc/systemd/system/coldstart-wan-guard.service.d/fast.conf; systemctl daemon-reload; systemctl restart coldstart-wan-guard.timer",
    );
    const until = async (wanted: readonly string[]): Promise<void> => {
      for (const end = Date.now() + 40_000; (await nodes()).join() !== wanted.join(); await pause(300))
        assert.ok(
          Date.now() < end,
          `${(await nodes()).join()}: ${await node.done('systemctl status coldstart-wan-guard.service; ls -la /run/coldstart-wan-guard || true')}`,
        );
    };
    await hq.kill();
    await until(['cp1|true|cp1', 'w1|true|cp1', 'w2|true|']);
    assert.match(
      await node.done('journalctl --no-pager -q -o cat -u coldstart-wan-guard.service'),
      /^No way out for 2 s\. Cordoned: cp1 w1$/,
    );
    await hq.powerOn();
    await until(['cp1||', 'w1||', 'w2|true|']);

    await hq.kill();
    await until(['cp1|true|cp1', 'w1|true|cp1', 'w2|true|']);
    await node.done('rm -r /etc/systemd/system/coldstart-wan-guard.*.d');
    const removed = await runThrough(app, remedyAsk(app, 'wan-guard-remove'));
    assert.equal(removed.state, 'passed', `${standings(removed)}\n${await terminalOf(app, removed.id)}`);
    assert.deepEqual(await nodes(), ['cp1||', 'w1||', 'w2|true|']);
    assert.equal(
      await node.done(
        "find / -xdev \\( -path /proc -o -path /sys \\) -prune -o -name '*coldstart*' -print; ls -d /run/coldstart* 2>/dev/null || true",
      ),
      '',
    );
  },
);
