import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fieldLan, hostileNames } from './lan/field-lan.ts';
import type { FieldLan } from './lan/field-lan.ts';
import { lanOf } from './lan/lan.ts';
import type { Lan } from './lan/lan.ts';
import { namespacesOf, removeOrphans } from './lan/namespaces.ts';
import { fingerprintOf } from './nodes/node.ts';
import { needsLan } from './needs.ts';

const here = needsLan();
let field: FieldLan;
let lan: Lan;
before(async () => {
  if (here.skip !== undefined) return;
  field = await fieldLan();
  lan = await lanOf({ hosts: field.hosts });
});
after(async () => {
  if (here.skip === undefined) await lan.close();
});

const address = (name: string): string => lan.host(name).addresses[0] ?? '';
const curl = (...args: readonly string[]): Promise<string> =>
  lan.laptop.does(['curl', '-sk', '--max-time', '5', ...args]);
const shell = (script: string): Promise<string> => lan.laptop.does(['sh', '-c', script]);
/** Subject and issuer of what a port shows. */
const shown = async (host: string, port: number): Promise<string> =>
  shell(
    `openssl s_client -connect ${host}:${port} </dev/null 2>/dev/null | openssl x509 -noout -subject -issuer`,
  );
/** A small program in the laptop's network. */
const node = (program: string): Promise<string> => lan.laptop.does([process.execPath, '-e', program]);

test(
  'nmap finds every host with a network address, each with its own MAC and its ports as they are',
  here,
  async () => {
    const said = await lan.laptop.does([
      'nmap',
      '-n',
      '-sT',
      '-p22,6443',
      '--max-rtt-timeout',
      '200ms',
      '10.66.0.0/24',
    ]);
    const blocks = new Map(
      said
        .split('Nmap scan report for ')
        .slice(1)
        .map(block => [block.split('\n')[0] ?? '', block]),
    );
    const shows = { open: 'open', closed: 'closed', silent: 'filtered', rejected: '(filtered|closed)' };
    const there = lan.hosts.filter(host => !host.late);
    const inNetwork = there.flatMap(host =>
      host.addresses.filter(one => one.startsWith('10.66.0.')).map(one => ({ host, one })),
    );
    for (const { host, one } of inNetwork) {
      const block = blocks.get(one) ?? '';
      for (const port of [22, 6443]) {
        const twins = lan.hosts.filter(other => other.addresses.includes(one));
        const is = host.ports[port] ?? 'closed';
        assert.match(block, new RegExp(`^${port}/tcp +${shows[is]} `, 'm'), `${host.name} ${port}`);
        assert.ok(
          twins.some(twin => block.toLowerCase().includes(twin.mac)),
          `${host.name} ${block}`,
        );
      }
    }
    assert.equal(
      blocks.size,
      new Set(inNetwork.map(({ one }) => one)).size + 1,
      'nobody else but the laptop',
    );
    assert.ok(new Set(inNetwork.map(({ host }) => host)).size >= 32);
    assert.equal(new Set(lan.hosts.map(host => host.mac)).size, lan.hosts.length);
  },
);

test(
  'every SSH host has its own key, a clone has that of its original, and one of them lets us in',
  here,
  async () => {
    const isQuick = (name: string): boolean => name !== 'late-banner' && !lan.host(name).late;
    const hosts = lan.hosts.filter(host => host.hostKeys.ed25519 !== undefined && isQuick(host.name));
    const at = hosts.map(host => `${host.linkLocal}%eth0`);
    const said = await shell(`ssh-keyscan -T 5 -t ed25519 ${at.join(' ')} 2>/dev/null`);
    for (const [i, host] of hosts.entries()) {
      const lines = said
        .split('\n')
        .filter(line => line.startsWith(`${at[i]} `) || line.startsWith(`[${at[i]}] `));
      const prints = lines.map(line => fingerprintOf(line.split(' ').slice(1).join(' ')));
      assert.deepEqual(prints, [host.hostKeys.ed25519], host.name);
    }
    assert.deepEqual(lan.host('clone').hostKeys, lan.host('original').hostKeys);
    assert.equal(new Set(hosts.map(host => host.hostKeys.ed25519)).size, hosts.length - 1);
    const ssh = [
      'ssh',
      '-i',
      lan.loginKey,
      '-o',
      'StrictHostKeyChecking=no',
      '-o',
      'UserKnownHostsFile=/dev/null',
    ];
    const inside = await lan.laptop.does([...ssh, `root@${address('dome-1')}`, 'ip -br link show eth0']);
    assert.ok(inside.includes(lan.host('dome-1').mac), inside);
  },
);

test('a K3s server answers as one, its own CA signs it, and a rogue cannot show that', here, async () => {
  const at = `https://${address('dome-1')}:6443`;
  assert.equal(await curl(`${at}/ping`), 'pong');
  const ca = await curl(`${at}/cacerts`);
  assert.equal(createHash('sha256').update(ca).digest('hex'), lan.host('dome-1').caHash);
  assert.equal((JSON.parse(await curl(`${at}/version`)) as { code: number }).code, 401);
  assert.match(
    await shown(address('dome-1'), 6443),
    /^subject=O = k3s, CN = k3s\nissuer=CN = k3s-server-ca@\d{10}\n$/,
  );
  assert.equal(await curl(`https://${address('rogue')}:6443/cacerts`), ca);
  const file = join(lan.folder, 'ca.pem');
  writeFileSync(file, ca);
  const verified = (name: string): Promise<string> =>
    shell(
      `openssl s_client -CAfile ${file} -connect ${address(name)}:6443 </dev/null 2>&1 | grep 'Verify return code' | tail -1`,
    );
  assert.match(await verified('dome-2'), /: 0 \(ok\)/);
  for (const name of ['rogue', 'other-1', 'rke2'])
    assert.doesNotMatch(await verified(name), /: 0 \(ok\)/, name);
});

test('a node with a wrong clock says so in its Date', here, async () => {
  const head = await curl('-D', '-', '-o', '/dev/null', `https://${address('dome-3')}:6443/ping`);
  const date = Date.parse(/^date: (.*)$/im.exec(head)?.[1] ?? '');
  assert.ok(Math.abs(date - (Date.now() - 400_000)) < 3000, head);
});

test('kubelets name their node, and two of them hold certificates that end or have ended', here, async () => {
  for (const name of ['dome-1', 'dome-4', 'other-2'])
    assert.match(
      await shown(address(name), 10250),
      new RegExp(`^subject=CN = ${name}\nissuer=CN = k3s-server-ca@`),
    );
  const holds = (name: string, seconds: number): Promise<string> =>
    shell(
      `openssl s_client -connect ${address(name)}:10250 </dev/null 2>/dev/null | openssl x509 -noout -checkend ${seconds} || true`,
    );
  assert.match(await holds('dome-4', 300 * 86_400), /will not expire/);
  assert.match(await holds('dome-6', 0), /will not expire/);
  assert.match(await holds('dome-6', 30 * 86_400), /will expire/);
  assert.match(await holds('dome-7', 0), /will expire/);
  assert.equal(await curl(`https://${address('dome-4')}:10250/metrics`), 'Unauthorized');
});

test('etcd shows its names and talks to nobody without a certificate', here, async () => {
  for (const [port, cn] of [
    [2379, 'etcd-server'],
    [2380, 'etcd-peer'],
  ] as const) {
    assert.match(
      await shown(address('dome-2'), port),
      new RegExp(`^subject=CN = ${cn}\nissuer=CN = ${cn}-ca@`),
    );
    await assert.rejects(curl(`https://${address('dome-2')}:${port}/health`));
  }
});

test('RKE2, Talos and kubeadm show what tells them from K3s', here, async () => {
  assert.match(
    await shown(address('rke2'), 9345),
    /^subject=O = rke2, CN = rke2\nissuer=CN = rke2-server-ca@/,
  );
  assert.equal(await curl(`https://${address('rke2')}:9345/ping`), 'pong');
  assert.equal(
    (JSON.parse(await curl(`https://${address('rke2')}:6443/ping`)) as { code: number }).code,
    401,
  );
  assert.match(await shown(address('talos'), 50000), /^subject=O = talos, CN = talos-1\nissuer=O = talos\n$/);
  await assert.rejects(curl(`https://${address('talos')}:50000/`));
  assert.match(await shown(address('talos'), 6443), /issuer=O = kubernetes\n$/);
  assert.match(
    await shown(address('kubeadm'), 6443),
    /^subject=CN = kube-apiserver\nissuer=CN = kubernetes\n$/,
  );
  assert.equal(
    (JSON.parse(await curl(`https://${address('kubeadm')}:6443/cacerts`)) as { code: number }).code,
    403,
  );
});

test('the registry and the node exporter are the real ones', here, async () => {
  assert.match(await curl('-D', '-', `http://${address('registry')}:5000/v2/`), /registry\/2\.0[^]*\{\}$/);
  assert.match(await curl(`http://${address('exporter')}:9100/metrics`), /^node_uname_info\{/m);
});

test(
  'avahi answers over mDNS, also for a host that has no address but its link-local one',
  here,
  async () => {
    const heard = await node(`
    const question = Buffer.from('0000000000010000000000000473736800', 'hex');
    const name = Buffer.concat(['_ssh', '_tcp', 'local'].map(l => Buffer.concat([Buffer.from([l.length]), Buffer.from(l)])));
    const query = Buffer.concat([Buffer.from('000000000001000000000000', 'hex'), name, Buffer.from('00000c0001', 'hex')]);
    let heard = '';
    for (const [family, group] of [['udp4', '224.0.0.251'], ['udp6', 'ff02::fb%eth0']]) {
      const socket = require('dgram').createSocket(family);
      socket.on('message', m => heard += m.toString('latin1')).bind(() => socket.send(query, 5353, group));
    }
    setTimeout(() => { process.stdout.write(heard); process.exit(0); }, 700);`);
    for (const name of ['dome-1', 'dome-8', 'announcer']) assert.ok(heard.includes(name), name);
  },
);

test('a tarpit says nothing, a flood says ten megabytes, and garbage is no protocol', here, async () => {
  const read = (name: string, port: number, ms: number): Promise<string> =>
    node(`let n = 0, first; const s = require('net').connect(${port}, '${address(name)}');
      s.on('data', d => { first ??= d.subarray(0, 3).toString('hex'); n += d.length; if (n >= 10 * 2 ** 20) done(); });
      const done = () => { process.stdout.write(n + ' ' + first); process.exit(0); };
      s.on('connect', () => setTimeout(done, ${ms}));`);
  assert.equal(await read('tarpit', 6443, 300), '0 undefined');
  assert.equal(await read('flood', 22, 5000), `${10 * 2 ** 20} 414141`);
  assert.equal(await read('garbage', 22, 100), '4096 0dd297');
  assert.match(await read('hostile-names', 22, 100), /^\d+ 535348$/);
  const subject = await lan.laptop.does([
    'sh',
    '-c',
    `openssl s_client -connect ${address('hostile-names')}:10250 </dev/null 2>/dev/null | openssl x509 -noout -subject -nameopt utf8,-esc_ctrl,-esc_msb`,
  ]);
  assert.ok(subject.includes(hostileNames.terminal), JSON.stringify(subject));
});

test('firewalls drop, reject and reset as they say', here, async () => {
  const met = async (name: string, port: number): Promise<string> =>
    node(`const s = require('net').connect(${port}, '${address(name)}');
      const done = w => { process.stdout.write(w); process.exit(0); };
      s.on('connect', () => done('open')).on('error', e => done(e.code)); setTimeout(() => done('silent'), 500);`);
  assert.equal(await met('drops-all', 22), 'silent');
  assert.equal(await met('drops-some', 22), 'open');
  assert.equal(await met('drops-some', 6443), 'silent');
  assert.equal(await met('rejects-some', 22), 'open');
  assert.equal(await met('rejects-some', 6443), 'ECONNREFUSED');
  assert.equal(await met('rejects-all', 22), 'EHOSTUNREACH');
  assert.equal(await met('resets-all', 22), 'ECONNREFUSED');
});

test('one packet to all nodes finds also those without an address of this network', here, async () => {
  const said = await shell('ping -6 -n -I eth0 -c2 -i 0.3 -W1 ff02::1 2>/dev/null || true');
  const answered = new Set([...said.matchAll(/from (fe80::[0-9a-f:]+)%eth0/g)].map(([, one]) => one));
  const missing = lan.hosts.filter(host => !host.late && !answered.has(host.linkLocal));
  assert.deepEqual(
    missing.map(host => host.name),
    [],
  );
  assert.match(await shown(`[${lan.host('dome-8').linkLocal}%eth0]`, 10250), /CN = dome-8/);
  assert.match(await shown(`[${lan.host('dome-9').linkLocal}%eth0]`, 10250), /CN = dome-9/);
});

test('the host that comes up late is silent until its time, and so is the late banner', here, async () => {
  const alive = (): Promise<string> =>
    curl(
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '--connect-timeout',
      '0.3',
      `https://${address('dome-10')}:10250/`,
    ).catch(() => 'none');
  assert.equal(await alive(), 'none');
  const banner =
    node(`const at = Date.now(); const s = require('net').connect(22, '${address('late-banner')}');
    let open; s.on('connect', () => open = Date.now() - at).on('data', d => { process.stdout.write(open + ' ' + (Date.now() - at) + ' ' + d); process.exit(0); });`);
  lan.begin();
  await pause(1000);
  assert.equal(await alive(), 'none');
  await pause(1500);
  assert.equal(await alive(), '401');
  lan.lateAgain();
  const [open, said, text] = (await banner).split(' ');
  assert.ok(Number(open) < 500 && Number(said) > 1900, `${open} ${said}`);
  assert.match(text ?? '', /^SSH-2\.0-/);
});

test('one address that two hosts have is answered by both', here, async () => {
  const answers = `arp[6:2] = 2 and arp src ${address('same-address-1')}`;
  const listen = ['timeout', '5', 'tcpdump', '-i', 'eth0', '-n', '--immediate-mode', '-c', '2', answers];
  const dump = lan.laptop.run(listen, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(dump, 'close');
  let said = '';
  dump.stdout?.setEncoding('utf8').on('data', (text: string) => (said += text));
  await once(dump.stderr as NodeJS.ReadableStream, 'data');
  lan.laptop.forget();
  await shell(`ssh-keyscan -T 1 ${address('same-address-1')} >/dev/null 2>&1 || true`);
  await ended;
  for (const name of ['same-address-1', 'same-address-2']) assert.ok(said.includes(lan.host(name).mac), said);
});

test('ARP questions and unresolved neighbours are counted', here, async () => {
  const [arp, neighbours] = [await lan.countArp(), lan.watchNeighbours()];
  await node(`for (const last of [5, 6, 7]) require('net').connect(22, '10.66.0.' + last).on('error', () => {});
    setTimeout(() => process.exit(0), 1400);`);
  const [asked, table] = [await arp.stop(), await neighbours.stop()];
  assert.deepEqual(
    ['10.66.0.5', '10.66.0.6', '10.66.0.7'].map(one => asked.byAddress.get(one)),
    [2, 2, 2],
  );
  assert.equal(asked.perSecond[0], 3);
  assert.ok(table.mostUnresolved >= 3 && table.mostEntries >= table.mostUnresolved, JSON.stringify(table));
});

test('the cable and the adapter can be pulled', here, async () => {
  lan.cable('laptop', false);
  assert.match(await shell('ip link show eth0'), /NO-CARRIER/);
  lan.cable('laptop', true);
  assert.doesNotMatch(await shell('ip link show eth0'), /NO-CARRIER/);
});

/** What a network leaves behind. */
/** A test's process of its own, with a small network. */
const another = async (): Promise<{
  readonly kill: (keeper: boolean) => void;
  readonly prefix: string;
}> => {
  const program = `import { lanOf } from '${join(import.meta.dirname, 'lan/lan.ts')}';
    const lan = await lanOf({ hosts: [{ name: 'a', kind: 'ssh', addresses: ['10.66.0.2'], ssh: {} }] });
    process.stdout.write(lan.laptop.namespace);
    setInterval(() => undefined, 1000);`;
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [laptop] = (await once(child.stdout, 'data')) as [Buffer];
  const keepers = readdirSync('/proc')
    .filter(pid => /^\d+$/.test(pid) && parentOf(pid) === child.pid)
    .map(Number);
  const prefix = String(laptop).replace(/laptop$/, '');
  return {
    prefix,
    kill: keeper => {
      if (keeper) for (const pid of keepers) process.kill(pid, 'SIGKILL');
      child.kill('SIGKILL');
    },
  };
};
const parentOf = (pid: string): number => {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
};

test('a network goes when its test is killed', here, async () => {
  const killed = await another();
  assert.equal(namespacesOf(killed.prefix).length, 3);
  killed.kill(false);
  const files = `/tmp/${killed.prefix}files`;
  for (let tries = 100; tries > 0 && existsSync(files); tries -= 1) await pause(50);
  assert.deepEqual(namespacesOf(killed.prefix), []);
  assert.equal(existsSync(files), false);
});

test('a network whose keeper was killed as well goes with the next one', here, async () => {
  const killed = await another();
  killed.kill(true);
  await pause(100);
  assert.equal(namespacesOf(killed.prefix).length, 3);
  removeOrphans();
  assert.deepEqual(namespacesOf(killed.prefix), []);
  assert.equal(existsSync(`/tmp/${killed.prefix}files`), false);
});
