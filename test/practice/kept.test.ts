import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folder } from '../support/folder.ts';
import { station } from './station.ts';

const opener = `
import { systemChance } from './main/machine/chance.ts';
import { systemClock } from './main/machine/clock.ts';
import { practiceStation } from './main/practice/station.ts';
const [home, resources, script] = process.argv.slice(1);
const node = await practiceStation({ home, resources, clock: systemClock, chance: systemChance });
node.set({ k3sStartMs: 100, k3sReadyMs: 100 });
await node.installK3s('etcd');
const ran = await node.run(script);
node.save();
process.stdout.write(JSON.stringify({ ran, identity: node.node.identity }) + '\\n');
setInterval(() => {}, 1000);
`;

test('a killed app finds the node as it was', async t => {
  const home = folder(t);
  const root = join(import.meta.dirname, '..', '..');
  const script =
    'umask 077; echo kept >/root/note; ln -s note /root/link; ln /root/note /root/twin; chown 1000:1000 /root/note; touch -d @1000000000 /root/note; cat /var/lib/rancher/k3s/server/token';
  const child = spawn(
    process.execPath,
    ['--input-type=module-typescript', '-e', opener, home, join(root, 'resources', 'practice'), script],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGKILL');
  await once(child, 'exit');
  const told = JSON.parse(line.toString()) as {
    ran: { stdout: string };
    identity: { machineId: string; bootId: string };
  };

  const practice = await station(t, home);
  assert.deepEqual({ ...practice.node.identity }, told.identity);
  const { stdout } = await practice.run(
    'cat /root/link /root/twin; stat -c "%u %a %h %Y" /root/note; systemctl is-active k3s; systemctl is-enabled k3s; cat /var/lib/rancher/k3s/server/token; k3s kubectl wait --for=condition=Ready node --all; k3s etcd-snapshot save && ls /var/lib/rancher/k3s/server/db/snapshots | wc -l',
  );
  assert.equal(
    stdout,
    `kept\nkept\n1000 600 2 1000000000\nactive\nenabled\n${told.ran.stdout}node/practice-node-1 condition met\n1\n`,
  );
});

test('a state that cannot be read is set aside, and the trainee gets a fresh node', async t => {
  const home = folder(t);
  const first = await station(t, home);
  await first.close();
  const path = join(home, 'station', 'node.state');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  writeFileSync(path, 'COLDSTART PRACTICE NODE 1\n99\n{');
  const second = await station(t, home);
  assert.notEqual(second.node.identity.machineId, first.node.identity.machineId);
  assert.ok(existsSync(`${path}.damaged`));
  assert.deepEqual(
    readdirSync(join(home, 'station')).filter(name => name.endsWith('.new')),
    [],
  );
});

test('a reset gives another node behind the same host key', async t => {
  const practice = await station(t);
  const { machineId } = practice.node.identity;
  await practice.installK3s('etcd');
  practice.set({ clockOffsetMs: 1000, disk: 'small' });
  await practice.reset();
  assert.notEqual(practice.node.identity.machineId, machineId);
  const { stdout } = await practice.run(
    'ls /usr/local/bin /etc/systemd/system/k3s.service 2>/dev/null; df -Pk / | tail -n 1 | tr -s " " | cut -d" " -f2',
  );
  assert.equal(stdout, '/usr/local/bin:\n33554432\n');
});

test('a restart of the node empties its memory and starts what was enabled', async t => {
  const practice = await station(t);
  await practice.installK3s('etcd');
  await practice.run('echo x >/run/gone; echo x >/tmp/gone; echo x >/root/stays; sleep 100 &');
  const { bootId } = practice.node.identity;
  practice.reboot();
  const { stdout } = await practice.run(
    'ls /run/gone /tmp/gone /root/stays 2>/dev/null; cat /proc/sys/kernel/random/boot_id; pgrep -x sleep; while ! systemctl is-active -q k3s; do sleep 0.1; done; systemctl is-active k3s ssh',
  );
  const [stays, boot, ...active] = stdout.trim().split('\n');
  assert.equal(stays, '/root/stays');
  assert.notEqual(boot, bootId);
  assert.deepEqual(active, ['active', 'active']);
});

test('a node that was starting K3s when the app ended goes on starting it', async t => {
  const home = folder(t);
  const first = await station(t, home);
  await first.installK3s('etcd');
  first.set({ k3sStartMs: 3_000 });
  await first.run('systemctl stop k3s; systemctl start --no-block k3s');
  assert.equal((await first.run('systemctl is-active k3s')).stdout, 'activating\n');
  first.set({ k3sStartMs: 50 });
  first.save();
  await first.close();
  const second = await station(t, home);
  const { stdout } = await second.run(
    'while ! systemctl is-active -q k3s; do sleep 0.1; done; systemctl is-active k3s',
  );
  assert.equal(stdout, 'active\n');
});
