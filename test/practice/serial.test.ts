import assert from 'node:assert/strict';
import { test } from 'node:test';
import { station } from './station.ts';
import { loggedIn, typist } from './console.ts';

test('the console is silent until a key is pressed, then asks for a login', async t => {
  const practice = await station(t);
  await practice.node.clock.sleep(100);
  const at = await typist(t, practice);
  await practice.node.clock.sleep(100);
  assert.equal(at.text(), '');
  assert.match(
    await at.ask('\r', /login: $/),
    /\r\nDebian GNU\/Linux 13 practice-node-1 ttyS0\r\n\r\npractice-node-1 login: $/,
  );
});

test('a wrong password is refused, and login asks for the name again', async t => {
  const practice = await station(t);
  practice.serial.side.failDelayMs = 50;
  const at = await typist(t, practice);
  await at.ask('\r', /login: $/);
  assert.match(await at.ask('root\r', /Password: $/), /^root\r\n/);
  const refused = await at.ask('not the password\r', /login: $/);
  assert.equal(refused, '\r\n\r\nLogin incorrect\r\npractice-node-1 login: ');
  await at.ask('root\r', /Password: $/);
  assert.match(
    await at.ask(`${practice.password.reveal()}\r`, /# $/),
    /practice station[^]*root@practice-node-1:~# $/,
  );
  assert.doesNotMatch(at.text(), new RegExp(practice.password.reveal()));
});

test('commands run over the console, with their exit status', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  const said = await at.ask('id -u; false; echo "status $?"\r', /status \d+\r\n[^]*# $/);
  assert.match(said, /\x1b\[\?2004l\r0\r\nstatus 1\r\n/);
  assert.match(await at.ask('for i in 1 2\r', /> $/), /> $/);
  assert.match(await at.ask('do echo n$i\r', /> $/), /> $/);
  assert.match(await at.ask('done\r', /n2\r\n[^]*# $/), /n1\r\nn2\r\n/);
  await at.ask('exit\r', /logout[^]*login: $/);
});

test('another rate than the node’s gives bytes that are no text', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  await at.line.set({ ...at.line.settings, baud: 57_600 });
  at.forget();
  practice.serial.side.kernelSays('usb 1-1: new high-speed USB device number 4 using xhci_hcd');
  await practice.node.clock.sleep(200);
  const noise = at.text();
  assert.ok(noise.length > 5, noise);
  // eslint-disable-next-line no-control-regex
  const odd = [...noise].filter(char => !/[\x20-\x7e\r\n]/.test(char)).length;
  assert.ok(odd / noise.length > 0.3, JSON.stringify(noise));
});

test('bytes take as long as the rate says', async t => {
  const practice = await station(t);
  practice.serial.side.uart.baud = 19_200;
  const at = await typist(t, practice, { baud: 19_200 });
  const began = performance.now();
  practice.serial.side.tty.print('x'.repeat(960));
  await at.until(/x{960}/);
  const took = performance.now() - began;
  assert.ok(took > 470 && took < 900, `${took} ms for half a second of bytes`);
});

test('a pulled adapter ends the line and leaves the node as it is', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  await at.ask('x=kept\r', /# $/);
  practice.serial.pull();
  assert.match(await at.line.lost, /pulled/);
  assert.deepEqual(await practice.serial.ports.list(), []);
  await assert.rejects(at.send('y'), /The serial adapter is gone/);
  practice.serial.plug();
  const again = await typist(t, practice);
  assert.match(await again.ask('echo "<$x>"\r', /<kept>/), /<kept>/);
});

test('a reboot plays from the boot loader to the login', async t => {
  const practice = await station(t);
  practice.serial.side.pace = 0.1;
  const at = await loggedIn(t, practice);
  const seen = await at.ask('reboot\r', /multi-user\.target[^]*login: $/);
  for (const part of [
    /GNU GRUB/,
    /executed automatically in 5s/,
    /Linux version 6\.12/,
    /OK {2}\x1b\[0m\] Started/,
  ])
    assert.match(seen, part);
});

test('Ctrl-C ends a command and not the shell', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  await at.send('sleep 60\r');
  await at.until(/sleep 60\r\n/);
  await practice.node.clock.sleep(50);
  assert.match(await at.ask('\x03', /# $/), /\^C/);
  assert.match(await at.ask('echo $?\r', /130/), /130/);
});
