import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import ssh2 from 'ssh2';
import type { Client } from 'ssh2';
import { FieldError } from '../../preload/contract/failure.ts';
import { Secret } from '../../main/core/secret.ts';
import { script, sh } from '../../main/core/sh.ts';
import type { PracticeStation } from '../../main/practice/station.ts';
import { folder } from '../support/folder.ts';
import { needs } from '../support/needs.ts';
import { linkTo, station } from './station.ts';

const { signal } = new AbortController();
const fails = (code: string) => (thrown: unknown) =>
  thrown instanceof FieldError && thrown.failure.code === code;

/** A bare ssh2 client, for what the app never asks. */
async function client(t: TestContext, { port, user, password }: PracticeStation): Promise<Client> {
  const made = new ssh2.Client();
  made.on('error', () => undefined);
  made.connect({ host: '127.0.0.1', port, username: user, password: password.reveal() });
  await once(made, 'ready');
  t.after(() => made.end());
  return made;
}

test('every start has another password, and the same node behind the same host key', async t => {
  const home = folder(t);
  const first = await station(t, home);
  const before = await linkTo(t, first);
  await before.exec(sh`echo kept >note`, { signal });
  await before.close();
  await first.close();
  const second = await station(t, home);
  const after = await linkTo(t, second);
  assert.notEqual(second.password.reveal(), first.password.reveal());
  assert.equal(second.fingerprint, first.fingerprint);
  assert.deepEqual(after.who, before.who);
  assert.equal((await after.exec(sh`cat note`, { signal })).stdout, 'kept\n');
});

test('a wrong password, an unknown user and a node that refuses are all refused', async t => {
  const node = await station(t);
  const refused = fails('login-refused');
  await assert.rejects(linkTo(t, { ...node, password: new Secret('not the password') }), refused);
  await assert.rejects(linkTo(t, node, { user: 'root' }), refused);
  node.faults.refuseLogins = true;
  await assert.rejects(linkTo(t, node), refused);
});

test('the practice node forwards nowhere', async t => {
  const ssh = await client(t, await station(t));
  await assert.rejects(
    new Promise((done, failed) =>
      ssh.forwardOut('127.0.0.1', 0, '127.0.0.1', 22, error => (error ? failed(error) : done(undefined))),
    ),
  );
  await assert.rejects(
    new Promise((done, failed) =>
      ssh.forwardIn('127.0.0.1', 0, error => (error ? failed(error) : done(undefined))),
    ),
  );
});

test('sudo asks for the login password, and takes no other', async t => {
  const node = await station(t);
  const link = await linkTo(t, node);
  assert.equal(await link.sudo(signal), 'password');
  assert.equal(
    (await link.exec(sh`id -un; echo "$SUDO_USER"`, { signal, as: 'root' })).stdout,
    `root\n${node.user}\n`,
  );
  const ssh = await client(t, node);
  const [code, said] = await told(ssh, "sudo -k -S -p '[ask]' id -u", 'wrong\nwrong\nwrong\n');
  assert.equal(code, 1);
  assert.equal(
    said,
    '[ask]Sorry, try again.\n[ask]Sorry, try again.\n[ask]sudo: 3 incorrect password attempts\n',
  );
  assert.deepEqual(await told(ssh, 'sudo -n id -u', ''), [1, 'sudo: a password is required\n']);
  assert.match((await told(ssh, 'sudo id -u', ''))[1], /a terminal is required/);
});

test('without the right to sudo, and with sudo that asks nothing', async t => {
  const node = await station(t);
  node.set({ sudo: 'none' });
  const link = await linkTo(t, node);
  await assert.rejects(link.exec(sh`true`, { signal, as: 'root' }), fails('sudo-refused'));
  node.set({ sudo: 'passwordless' });
  assert.equal(await (await linkTo(t, node)).sudo(signal), 'passwordless');
});

/** Runs a command with this input; gives its status and what it said on stderr. */
function told(ssh: Client, command: string, input: string): Promise<[number, string]> {
  return new Promise((done, failed) => {
    ssh.exec(command, (error, channel) => {
      if (error) {
        failed(error);
        return;
      }
      let [status, said] = [-1, ''];
      channel.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
      channel.on('exit', (code: number) => (status = code));
      channel.on('close', () => done([status, said]));
      channel.resume();
      channel.end(input);
    });
  });
}

test('what only root may read is closed to the login user, in the shell and over SFTP', async t => {
  const link = await linkTo(t, await station(t));
  await link.writeFile('/root/secret', Buffer.from('s'), {
    signal,
    mode: 0o600,
    as: 'root',
    owner: 'root:root',
  });
  assert.equal((await link.exec(sh`cat /root/secret`, { signal })).code, 1);
  await assert.rejects(link.readFile('/root/secret', { signal }));
  await assert.rejects(link.writeFile('/etc/x', Buffer.from('s'), { signal, mode: 0o600 }));
  assert.equal(Buffer.from(await link.readFile('/root/secret', { signal, as: 'root' })).toString(), 's');
});

test('20 MB go there and back over SFTP unharmed', needs('sftp'), async t => {
  const node = await station(t);
  const here = folder(t);
  writeFileSync(join(here, 'sent'), randomBytes(20_000_000));
  writeFileSync(join(here, 'known_hosts'), `${node.hostKey}\n`);
  const options = [
    'BatchMode=yes',
    `UserKnownHostsFile=${join(here, 'known_hosts')}`,
    'IdentitiesOnly=yes',
    'PreferredAuthentications=publickey',
  ];
  const args = ['-q', '-b', '-', '-F', '/dev/null', '-i', node.keyFile, '-P', String(node.port)];
  const child = spawn('sftp', [...args, ...options.flatMap(each => ['-o', each]), `${node.user}@127.0.0.1`], {
    cwd: here,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end('put sent a\nrename a b\nchmod 600 b\nmkdir d\nls -la\nget b back\nrm b\nrmdir d\n');
  const [code] = (await once(child, 'exit')) as [number];
  assert.equal(code, 0);
  assert.ok(readFileSync(join(here, 'back')).equals(readFileSync(join(here, 'sent'))));
});

test('a cable pulled in mid-upload costs only what was on its way', async t => {
  const node = await station(t);
  const content = randomBytes(6_000_000);
  const from = {
    bytes: content.length,
    read: async (offset: number, length: number) => content.subarray(offset, offset + length),
  };
  const first = await linkTo(t, node);
  node.faults.cutAfterBytes = 3_000_000;
  await assert.rejects(first.upload(from, 'image.tar', { signal, mode: 0o644 }), fails('link-lost'));
  node.faults.cutAfterBytes = undefined;
  const second = await linkTo(t, node);
  const done = await second.upload(from, 'image.tar', { signal, mode: 0o644 });
  assert.equal(done.bytes, content.length);
  assert.ok(done.resumedAt > 0, 'it was taken up where it stopped');
});

test('a command can be cut before it starts and after it ran', async t => {
  const node = await station(t);
  const first = await linkTo(t, node);
  node.faults.atExec = command => (command.includes('touch') ? 'cut before' : 'go');
  await assert.rejects(first.exec(sh`touch one`, { signal }), fails('link-lost'));
  const second = await linkTo(t, node);
  node.faults.atExec = command => (command.includes('touch') ? 'cut after' : 'go');
  await second.exec(sh`touch two`, { signal }).catch(() => undefined);
  node.faults.atExec = () => 'go';
  assert.equal((await (await linkTo(t, node)).exec(sh`ls`, { signal })).stdout, 'two\n');
});

test('a detached job outlives its connection, and a command is told of the end of its input', async t => {
  const node = await station(t);
  const link = await linkTo(t, node);
  await link.exec(script('setsid sh -c "sleep 0.3; echo done >job" >/dev/null 2>&1 </dev/null &'), {
    signal,
  });
  node.cutConnections();
  const again = await linkTo(t, node);
  const { stdout } = await again.exec(script('while ! [ -s job ]; do sleep 0.05; done; cat job'), { signal });
  assert.equal(stdout, 'done\n');
  assert.equal(
    (await again.exec(sh`wc -c`, { signal, stdin: Buffer.alloc(300_000) })).stdout.trim(),
    '300000',
  );
});

test('output comes while the command runs, and stopping it ends it on the node', async t => {
  const node = await station(t);
  const link = await linkTo(t, node);
  const stop = new AbortController();
  const began = Date.now();
  const running = link.exec(script('echo first; sleep 20; echo last'), {
    signal: stop.signal,
    onOutput: () => stop.abort(),
  });
  await assert.rejects(running, fails('cancelled'));
  assert.ok(Date.now() - began < 5000);
  const left = await link.exec(script('ps -eo args | grep -c "^sleep 20"'), { signal });
  assert.equal(left.stdout, '0\n');
});

test('a trainee has a terminal: prompt, editing, history, Ctrl-C, size, sudo unseen', async t => {
  const node = await station(t);
  const link = await linkTo(t, node);
  const shell = await link.shell({ cols: 100, rows: 30 }, signal);
  let screen = '';
  const reading = shell[Symbol.asyncIterator]();
  const until = async (wanted: RegExp | string): Promise<void> => {
    const limit = Date.now() + 5000;
    while (!(typeof wanted === 'string' ? screen.includes(wanted) : wanted.test(screen))) {
      assert.ok(Date.now() < limit, `not seen: ${wanted.toString()}\n${screen}`);
      const { value } = await reading.next();
      screen += Buffer.from((value as Uint8Array | undefined) ?? []).toString();
    }
    screen = '';
  };
  const type = (text: string) => shell.send(Buffer.from(text));
  const prompt = `${node.user}@practice-node-1:~$ `;
  await until(prompt);
  type('echo hellp\x7fo\r');
  await until(/hello\r\n.*\$ $/s);
  type('\x1b[A\r');
  await until(/echo hello\S*\r\nhello\r\n/);
  type('sleep 30\r');
  await until('sleep 30');
  type('\x03');
  await until(/\^C\r\n.*\$ $/s);
  type('stty size; cd /tmp; x=5\r');
  await until('30 100\r\n');
  shell.resize({ cols: 80, rows: 24 });
  type('stty size; echo $x $?\r');
  await until(/24 80\r\n5 0\r\n.*:\/tmp\$ $/s);
  type('sudo id -un\r');
  await until(`[sudo] password for ${node.user}: `);
  type(`${node.password.reveal()}\r`);
  await until(/root\r\n/);
  type('exit\r');
  await until('logout');
  await shell.close();
});

test('a simple command answers at once', async t => {
  const link = await linkTo(t, await station(t));
  await link.exec(sh`true`, { signal });
  const began = performance.now();
  for (let i = 0; i < 20; i += 1) await link.exec(sh`uname -n`, { signal });
  assert.ok((performance.now() - began) / 20 < 30, 'under 30 ms each');
});

test('keys of the station open only to their owner', async t => {
  const node = await station(t);
  assert.equal(statSync(node.keyFile).mode & 0o777, 0o600);
});
