import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { loggedIn } from './console.ts';
import type { Typist } from './console.ts';
import { station } from './station.ts';

/** Makes the shell quiet, as a program that drives it would. */
async function quiet(at: Typist): Promise<void> {
  await at.ask('exec sh\r', /# $/);
  await at.ask("PS1= PS2=; stty -echo cols 500; echo rea''dy\r", /ready\r\n/);
  at.forget();
}

test('a line beyond 4096 bytes loses its end in canonical mode, and nothing is said', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  await quiet(at);
  await at.send(`x=${'a'.repeat(5000)}\r`);
  assert.match(await at.ask('echo ${#x}\r', /\d+\r\n/, 10_000), /^4093\r\n/);
});

test('bytes of every value reach a file through a raw line', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  await quiet(at);
  const all = Uint8Array.from({ length: 2048 }, (_, i) => i & 255);
  await at.ask(
    's=$(stty -g); stty raw -echo; echo go; dd bs=1 count=2048 of=/tmp/f status=none; stty "$s"\r',
    /go\n/,
  );
  await at.line.send(all);
  const sum = createHash('sha256').update(all).digest('hex');
  assert.match(await at.ask('sha256sum </tmp/f\r', /[0-9a-f]{64}/), new RegExp(sum));
});

test('head takes its bytes and leaves the rest of the line to the shell', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  await quiet(at);
  assert.match(
    await at.ask('stty -icanon min 1; head -c 5 >/tmp/h\rabcdeecho left; stty icanon\r', /left/),
    /left/,
  );
  assert.match(await at.ask('cat /tmp/h; echo .\r', /\.\r\n/), /^abcde\.\r\n/);
});

test('a read with a time limit ends by itself', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  await quiet(at);
  const began = performance.now();
  await at.ask(
    'stty -icanon min 0 time 5; dd bs=64 count=1 2>&1 | tail -n 3; stty icanon; echo over\r',
    /over\r\n/,
  );
  const took = performance.now() - began;
  assert.ok(took > 450 && took < 3000, `${took} ms`);
});

test('base64 and gzip bring a file over a canonical line', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  await quiet(at);
  const content = Buffer.from('cold hands\n'.repeat(400));
  const lines = gzipSync(content).toString('base64').replace(/.{76}/g, '$&\r');
  await at.send(`base64 -d <<'EOF' | gzip -dc >/tmp/g\r${lines}\rEOF\r`);
  assert.match(await at.ask('wc -c </tmp/g; cksum </tmp/g\r', /\d+\r\n\d+ \d+\r\n/), /^4400\r\n\d+ 4400\r\n/);
  assert.match(
    await at.ask('head -c 22 /tmp/g | base64; tail -c 5 /tmp/g | od -An -tx1\r', /0a\r\n/),
    /Y29sZCBoYW5kcwpjb2xkIGhhbmRzCg==\r\n 61 6e 64 73 0a\r\n/,
  );
});

test('cksum is the POSIX one', async t => {
  const practice = await station(t);
  assert.equal(
    (await practice.run('printf 123456789 | cksum; printf "" | cksum; echo a >/tmp/x; cksum /tmp/x')).stdout,
    '930766865 9\n4294967295 0\n2418082923 2 /tmp/x\n',
  );
});

test('detached jobs, groups, traps and waits work from the console', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  await quiet(at);
  assert.match(
    await at.ask(
      "setsid sh -c 'echo $$ >/run/p; sleep 50 & wait' >/dev/null 2>&1 </dev/null & sleep 0.2; p=$(cat /run/p); kill -0 -- -$p && echo alive; kill -TERM -- -$p; wait; kill -0 -- -$p 2>/dev/null || echo dead\r",
      /dead\r\n/,
    ),
    /alive\r\n(.*\r\n)?dead/,
  );
  assert.match(
    await at.ask(`sh -c 'trap "echo caught" TERM; kill -TERM $$; echo on'\r`, /on\r\n/),
    /caught\r\non/,
  );
  assert.match(await at.ask('sh -c "trap \\"echo bye\\" EXIT; exit 3"; echo $?\r', /\d\r\n/), /bye\r\n3\r\n/);
  assert.match(
    await at.ask('read -r a b; echo "<$a|$b>" >/dev/tty\rone two\\ three\r', />\r\n/),
    /<one\|two\\ three>/,
  );
  assert.match(
    await at.ask('printf "%s\\n" x >/dev/ttyS0; tty; stty size\r', /500\r\n/),
    /x\r\n\/dev\/ttyS0\r\n24 500/,
  );
});

test('kernel messages land in the middle, until they are turned down', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  assert.match(
    await at.ask(
      'echo "<3>mmc0: error -110 whilst initialising" > /dev/kmsg; echo done\r',
      /done\r\n[^]*# $/,
    ),
    /\[ *\d+\.\d{6}\] mmc0: error -110/,
  );
  const silent = await at.ask(
    'dmesg -n 1; echo "<3>again" > /dev/kmsg; dmesg | tail -n 1; echo done\r',
    /done\r\n[^]*# $/,
  );
  assert.equal(silent.match(/\] again/g)?.length, 1);
});

test('sudo asks on the console and reads from it when told to', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice, practice.user);
  const secret = practice.password.reveal();
  await at.ask('sudo id -u\r', /\[sudo\] password for technician: $/);
  assert.match(await at.ask(`${secret}\r`, /\$ $/), /\r\n0\r\n/);
  await at.ask('sudo -k; stty -echo; sudo -S -p marker: id -un\r', /marker:$/);
  assert.match(await at.ask(`${secret}\r`, /root/), /root/);
});

test('background jobs are told of as bash does', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  assert.match(await at.ask('sleep 0.2 &\r', /# $/), /\[1\] \d+\r\n/);
  await practice.node.clock.sleep(400);
  assert.match(await at.ask('\r', /# $/), /\[1\]\+ {2}Done {20,}sleep 0\.2\r\n/);
});

test('Ctrl-Z stops a command, and fg lets it go on', async t => {
  const practice = await station(t);
  const at = await loggedIn(t, practice);
  await at.send('cat\r');
  await at.until(/cat\r\n/);
  await practice.node.clock.sleep(50);
  assert.match(await at.ask('\x1a', /# $/), /\^Z[^]*\[1\]\+ {2}Stopped +cat\r\n/);
  assert.match(await at.ask('jobs\r', /# $/), /\[1\]\+ {2}Stopped +cat\r\n/);
  await at.ask('fg\r', /fg\r\n[^]*cat\r\n/);
  assert.match(await at.ask('hello\r', /hello\r\nhello\r\n/), /hello/);
  assert.match(await at.ask('\x03', /# $/), /\^C/);
});
