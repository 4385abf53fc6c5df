import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needsNspawn } from '../../../support/needs.ts';
import { nspawnNode } from '../../../support/nodes/nspawn.ts';
import { runThrough, standings } from '../../../support/practice-site.ts';
import { realSite, standInK3s, untilServing } from '../../../support/real-site.ts';
import { remedyAsk } from '../../../support/remedies.ts';
import { failing } from '../../../support/failing.ts';
import { context } from '../../../support/sites.ts';

test(
  'a restart on a real systemd is a new process, and the stand-in serves again',
  needsNspawn(),
  async t => {
    const node = await nspawnNode(t);
    await standInK3s(node);
    await untilServing(node);
    const pid = await node.done('systemctl show k3s -p MainPID --value');
    const app = await realSite(t, node);
    const done = await runThrough(app, remedyAsk(app, 'restart-k3s'));
    assert.equal(done.state, 'passed', standings(done));
    assert.notEqual(await node.done('systemctl show k3s -p MainPID --value'), pid);
    assert.equal(await node.done('ls /run/coldstart 2>/dev/null | wc -l'), '0');
  },
);

test(
  'expired certificates are renewed by a restart, those made ahead of time by a rotation',
  needsNspawn(),
  async t => {
    const node = await nspawnNode(t);
    await standInK3s(node);
    await untilServing(node);
    const tls = '/var/lib/rancher/k3s/server/tls';
    const again = (days: string): Promise<string> =>
      node.done(
        `systemctl stop k3s; cd ${tls}; openssl x509 -req -in x.csr -CA server-ca.crt -CAkey server-ca.key -CAcreateserial ${days} -out serving-kube-apiserver.crt 2>/dev/null || openssl ca -help 2>/dev/null; echo ok`,
      );
    // signed for a day that is over
    await again('-days -1');
    const app = await realSite(t, node);
    const form = await app.calls['run.plan']({ ask: remedyAsk(app, 'renew-certificates') }, context());
    assert.match(form.warnings.join(' '), /serving-kube-apiserver.crt expired on/);
    const renewed = await runThrough(app, remedyAsk(app, 'renew-certificates'));
    assert.equal(renewed.state, 'passed', standings(renewed));
    await node.done(`openssl x509 -checkend 86400 -noout -in ${tls}/serving-kube-apiserver.crt`);

    const before = await node.done(`sha256sum ${tls}/serving-kube-apiserver.crt`);
    const rotated = await runThrough(app, remedyAsk(app, 'rotate-certificates'));
    assert.equal(rotated.state, 'passed', standings(rotated));
    assert.notEqual(await node.done(`sha256sum ${tls}/serving-kube-apiserver.crt`), before);
    assert.match(await node.done('ls /var/lib/rancher/k3s/server'), /tls-before-/);
  },
);

test(
  'a boot stuck in emergency mode by a mount that fails goes on after its line was mended',
  needsNspawn(),
  async t => {
    const node = await nspawnNode(t);
    await node.done(
      "printf '# disks\\ntmpfs /data tmpfs wrong=1 0 2\\ntmpfs /scratch tmpfs size=1m 0 0\\n' >/etc/fstab",
    );
    await node.run('systemctl reboot');
    for (const end = Date.now() + 30_000; ;) {
      const { stdout } = await node.run('systemctl is-active emergency.target');
      if (stdout.trim() === 'active') break;
      assert.ok(Date.now() < end, `never in emergency mode: ${node.said().slice(-800)}`);
      await new Promise(done => setTimeout(done, 100));
    }
    const app = await realSite(t, node);
    const form = await app.calls['remedy.form']({ node: app.node, remedy: 'fix-fstab' }, context());
    assert.deepEqual(
      form.fields.map(({ name, value }) => [name, value]),
      [
        ['lines', '2'],
        ['how', 'nofail'],
      ],
    );
    const ask = remedyAsk(app, 'fix-fstab');
    const plan = await app.calls['run.plan']({ ask }, context());
    assert.match(
      JSON.stringify(plan.steps),
      /\+ 2 {2}tmpfs \/data tmpfs wrong=1,nofail,x-systemd.device-timeout=5s 0 2/,
    );
    const done = await runThrough(app, ask);
    assert.equal(done.state, 'passed', standings(done));
    assert.equal((await node.run('systemctl is-active emergency.target')).stdout.trim(), 'inactive');
    await node.done('systemctl is-active ssh');
    assert.match(await node.done('cat /etc/fstab.before-*'), /tmpfs \/data tmpfs wrong=1 0 2/);
    // and it stays mended: the next boot needs nobody
    await node.reboot();
    await node.done('systemctl is-active ssh');
    const { says } = await failing('refused', () =>
      app.calls['remedy.form']({ node: app.node, remedy: 'fix-fstab' }, context()),
    );
    assert.match(says, /No line of/);
  },
);
