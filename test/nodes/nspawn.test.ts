import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { needsNspawn } from '../support/needs.ts';
import { Console } from '../support/nodes/console.ts';
import { nodeLan, nspawnNode } from '../support/nodes/nspawn.ts';
import { openssh } from '../support/nodes/openssh.ts';
import { stateOf } from '../support/nodes/state.ts';

const idOf = (node: { readonly console: string }): string => node.console.split('/').at(-2) ?? '';
const mounts = (): string => readFileSync('/proc/self/mountinfo', 'utf8');

test(
  'three nodes on one network run a whole systemd, see each other and nothing else',
  needsNspawn(),
  async t => {
    const lan = nodeLan(t);
    const nodes = await Promise.all(['cp1', 'cp2', 'cp3'].map(name => nspawnNode(t, { name, lan })));
    for (const node of nodes) {
      assert.equal(await node.done('systemctl is-system-running --wait'), 'running');
      for (const other of nodes) await node.done(`ping -c 1 -W 2 ${other.inside}`);
      assert.notEqual((await node.run('ping -c 1 -W 1 192.0.2.1')).code, 0);
    }
    const ids = await Promise.all(nodes.map(node => node.done('cat /etc/machine-id')));
    assert.equal(new Set(ids).size, 3);
    assert.equal(new Set(nodes.map(node => node.fingerprint)).size, 3);
  },
);

test('OpenSSH logs in by key, to the host key the node was said to have', needsNspawn(), async t => {
  const node = await nspawnNode(t, { name: 'cp1' });
  const said = await openssh(node, 'hostname; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
  assert.match(said, /^cp1\n/);
  assert.ok(said.includes(node.fingerprint), said);
});

test('the console asks for a login, and is taken up again after it was let go of', needsNspawn(), async t => {
  const node = await nspawnNode(t, { name: 'cp1' });
  const first = await Console.open(node.console);
  await first.login(node.user, node.password);
  assert.deepEqual(await first.cmd('id -un; exit_with() { return 3; }; exit_with'), {
    code: 3,
    out: node.user,
  });
  await first.cmd('kept=here');
  first.close();
  const again = await Console.open(node.console);
  t.after(() => again.close());
  assert.equal((await again.cmd('echo $kept')).out, 'here');
  again.send('exit\r');
  await again.expect(/cp1 login: $/);
  await again.loginHere('root', node.rootPassword);
  assert.equal((await again.cmd('id -u')).out, '0');
  again.send('exit\r');
  await again.expect(/login: $/);
  again.send('root\r');
  await again.expect(/assword: $/);
  again.send('wrong\r');
  await again.expect(/Login incorrect/);
});

test('a full disk is really full, and stays so over a reboot', needsNspawn(), async t => {
  const node = await nspawnNode(t, { diskMiB: 64 });
  const filled = await node.run('dd if=/dev/zero of=/var/fill bs=1M');
  assert.match(filled.stderr, /No space left on device/);
  await node.reboot();
  assert.match(
    (await node.run('dd if=/dev/zero of=/var/more bs=1M count=1')).stderr,
    /No space left on device/,
  );
});

test('a reboot and a pulled plug give a new boot of the same machine', needsNspawn(), async t => {
  const node = await nspawnNode(t);
  const who = (): Promise<string> => node.done('cat /etc/machine-id');
  const boot = (): Promise<string> => node.done('cat /proc/sys/kernel/random/boot_id');
  const [machine, first] = [await who(), await boot()];
  await node.done('echo kept >/root/file; echo gone >/run/file');
  await node.reboot();
  const second = await boot();
  assert.notEqual(second, first);
  await node.kill();
  assert.equal((await node.run('true')).code, 255);
  await node.powerOn();
  assert.notEqual(await boot(), second);
  assert.equal(await who(), machine);
  assert.equal(
    await node.done('cat /root/file; ls /run/file 2>&1 || true'),
    "kept\nls: cannot access '/run/file': No such file or directory",
  );
});

test('a mount that fails ends in emergency mode on the console', needsNspawn(), async t => {
  const node = await nspawnNode(t);
  await node.done('echo "gone /data nosuchfs defaults 0 2" >>/etc/fstab');
  const person = await Console.open(node.console);
  t.after(() => person.close());
  await node.kill();
  const on = node.powerOn().catch(() => undefined);
  await person.expect(/Give root password for maintenance\r\n\(or press Control-D to continue\): $/);
  await person.maintenance(node.rootPassword);
  assert.equal((await person.cmd('systemctl is-system-running')).out, 'maintenance');
  await person.cmd('sed -i /gone/d /etc/fstab; systemctl daemon-reload');
  person.send('systemctl default\r');
  await person.expect(/login: $/);
  await on;
});

test(
  'nothing is left of a node that was stopped, nor of one whose test was killed',
  needsNspawn(),
  async t => {
    const node = await nspawnNode(t);
    const id = idOf(node);
    assert.ok(mounts().includes(`csn-${id}`));
    await node.stop();
    const gone = (one: string): boolean =>
      !mounts().includes(`csn-${one}`) &&
      !existsSync(stateOf(one)) &&
      !existsSync(`/run/netns/csn-${one}`) &&
      !existsSync(`/sys/fs/cgroup/systemd/csn-${one}`);
    assert.ok(gone(id));

    const child = spawn(process.execPath, [join(import.meta.dirname, 'killed-child.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    const [orphan] = (
      await new Promise<string>(done => createInterface(child.stdout).once('line', done))
    ).split(' ');
    assert.ok(orphan !== undefined && mounts().includes(`csn-${orphan}`));
    child.kill('SIGKILL');
    for (const end = Date.now() + 10_000; !gone(orphan) && Date.now() < end;) await pause(50);
    assert.ok(gone(orphan));
  },
);
