import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failing } from '../../../support/failing.ts';
import { needsNspawn } from '../../../support/needs.ts';
import { nodeLan, nspawnNode } from '../../../support/nodes/nspawn.ts';
import { begin, ended, runThrough, standings } from '../../../support/practice-site.ts';
import { realSite, standInK3s, untilServing } from '../../../support/real-site.ts';
import { remedyAsk } from '../../../support/remedies.ts';
import { context } from '../../../support/sites.ts';

const interfaces = '/etc/network/interfaces';

test(
  'a lost address is given back beside the new one, K3s is told, and it is written down',
  needsNspawn(),
  async t => {
    const lan = nodeLan(t);
    const node = await nspawnNode(t, { name: 'addr1', lan });
    const other = await nspawnNode(t, { name: 'addr2', lan });
    await standInK3s(node, 'cluster-init: true\ntoken: "right"\nnode-ip: "10.0.1.77"\n');
    await untilServing(node);
    // a container may not run a network service; here the files it would read are looked at
    await node.done(`printf '#!/bin/sh\\n' >/usr/sbin/ifup; chmod 755 /usr/sbin/ifup; mkdir -p /etc/network
printf 'auto lo\\niface lo inet loopback\\nauto eth0\\niface eth0 inet dhcp\\n' >${interfaces}`);
    const app = await realSite(t, node);
    const form = await app.calls['remedy.form']({ node: app.node, remedy: 'set-address' }, context());
    const value = (name: string): string => form.fields.find(one => one.name === name)?.value ?? '';
    assert.deepEqual(
      [value('address'), value('device'), value('manager'), value('node-ip')],
      ['10.0.1.77/24', 'eth0', 'ifupdown', 'yes'],
    );

    // somebody else’s address is never taken
    const taken = [{ name: 'address', value: `${other.inside}/24` }];
    const no = await runThrough(app, remedyAsk(app, 'set-address', taken));
    assert.equal(no.failure?.code, 'refused', standings(no));
    assert.match(no.failure?.says ?? '', /Another machine answers/);
    const bare = remedyAsk(app, 'set-address', [{ name: 'address', value: '10.0.1.77' }]);
    await failing('bad-ask', () => app.calls['run.plan']({ ask: bare }, context()));

    const { run } = await begin(app, remedyAsk(app, 'set-address', [{ name: 'gateway', value: '' }]));
    const done = await ended(app, run.id);
    assert.equal(done.state, 'passed', standings(done));
    const now = await node.done('ip -o -4 addr show');
    assert.ok(now.includes(' 10.0.1.77/24 ') && now.includes(` ${node.inside}/24 `), now);
    await other.done('ping -c 1 -W 2 10.0.1.77');
    const file = await node.done(`cat ${interfaces}`);
    assert.match(file, /^# iface eth0 inet dhcp$/m);
    assert.match(file, /^iface eth0 inet static\n {4}address 10\.0\.1\.77\/24$/m);
    assert.match(await node.done(`cat ${interfaces}.before-*`), /^iface eth0 inet dhcp$/m);
    assert.equal(await node.done('grep -c \'^node-ip: "10.0.1.77"$\' /etc/rancher/k3s/config.yaml'), '1');
  },
);
